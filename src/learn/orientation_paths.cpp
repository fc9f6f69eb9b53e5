// SPDX-License-Identifier: BSD-3-Clause
#include "orientation_paths.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "shearwater/core/random.hpp"

namespace shearwater::learn {

namespace {

double dot(Axis const& a, Axis const& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Axis cross(Axis const& a, Axis const& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Axis scaled(Axis const& a, double factor) { return {factor * a[0], factor * a[1], factor * a[2]}; }

Axis sum(Axis const& a, Axis const& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }

double length(Axis const& a) { return std::sqrt(dot(a, a)); }

/// `v` turned by the angle whose cosine and sine are given, about the unit vector `about`.
Axis turned(Axis const& v, Axis const& about, double cosine, double sine) {
  return sum(sum(scaled(v, cosine), scaled(cross(about, v), sine)),
             scaled(about, (1 - cosine) * dot(about, v)));
}

/// The rotation vector, in space, of the rotation that takes the axes of `from` to those of `to`.
Axis rotation_vector(Frame const& from, Frame const& to) {
  Axis twice_sine{};  // 2 sin(angle) times the axis of the rotation
  double trace = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    twice_sine = sum(twice_sine, cross(from[a], to[a]));
    trace += dot(from[a], to[a]);
  }
  double const sine = length(twice_sine) / 2, cosine = (trace - 1) / 2;
  if (sine == 0) return {};
  return scaled(twice_sine, std::atan2(sine, cosine) / (2 * sine));
}

/// Two numbers in (0, 1) of 32 bits, from two words.
double unit(std::uint32_t word) { return (word + 0.5) * 0x1p-32; }

double logit(double x) {
  double const cut = std::clamp(x, 1e-4, 1 - 1e-4);
  return std::log(cut / (1 - cut));
}

}  // namespace

Frame random_frame(double u, double v, double w) {
  double const a = std::sqrt(1 - u), b = std::sqrt(u), two_pi = 2 * std::numbers::pi;
  double const x = a * std::sin(two_pi * v), y = a * std::cos(two_pi * v),
               z = b * std::sin(two_pi * w), s = b * std::cos(two_pi * w);
  return {Axis{1 - 2 * (y * y + z * z), 2 * (x * y - z * s), 2 * (x * z + y * s)},
          Axis{2 * (x * y + z * s), 1 - 2 * (x * x + z * z), 2 * (y * z - x * s)},
          Axis{2 * (x * z - y * s), 2 * (y * z + x * s), 1 - 2 * (x * x + y * y)}};
}

Start random_start(StartKind kind, std::uint64_t seed, std::uint64_t key, std::uint32_t draw) {
  auto const purpose =
      kind == StartKind::training ? core::Purpose::augmentation : core::Purpose::generator;
  auto const first = core::philox(seed, purpose, key, 2 * draw);
  auto const second = core::philox(seed, purpose, key, 2 * draw + 1);
  Start start;
  start.time = unit(first[0]);
  start.frame = random_frame(unit(first[1]), unit(first[2]), unit(first[3]));
  start.axis = start.frame[0];
  double const radius = std::sqrt(-2 * std::log(unit(second[0])));
  double const angle = 2 * std::numbers::pi * unit(second[1]);
  start.ratio = {radius * std::cos(angle), radius * std::sin(angle)};
  return start;
}

AxisPoint axis_path(Axis const& start, Axis const& end, double time) {
  auto const target = dot(start, end) < 0 ? scaled(end, -1) : end;
  auto const normal = cross(start, target);
  double const sine = length(normal), angle = std::atan2(sine, dot(start, target));
  if (sine == 0) return {start, {}};
  auto const along = cross(scaled(normal, 1 / sine), start);
  double const c = std::cos(time * angle), s = std::sin(time * angle);
  return {sum(scaled(start, c), scaled(along, s)),
          sum(scaled(start, -angle * s), scaled(along, angle * c))};
}

FramePoint frame_path(Frame const& start, Frame const& end, double time) {
  double const handedness = dot(cross(end[0], end[1]), end[2]) < 0 ? -1 : 1;
  std::array<double, 3> cosine{}, best{1, 1, handedness};
  for (std::size_t a = 0; a < 3; ++a) cosine[a] = dot(start[a], end[a]);
  double largest = -4;
  for (double const x : {1.0, -1.0})
    for (double const y : {1.0, -1.0}) {
      double const z = handedness * x * y;
      double const trace = x * cosine[0] + y * cosine[1] + z * cosine[2];
      if (trace > largest) best = {x, y, z};
      largest = std::max(largest, trace);
    }
  Frame target;
  for (std::size_t a = 0; a < 3; ++a) target[a] = scaled(end[a], best[a]);
  auto const vector = rotation_vector(start, target);
  double const angle = length(vector);
  FramePoint result{start, {}};
  if (angle == 0) return result;
  auto const about = scaled(vector, 1 / angle);
  for (std::size_t a = 0; a < 3; ++a) {
    result.point[a] = turned(start[a], about, std::cos(time * angle), std::sin(time * angle));
    result.velocity[a] = dot(vector, start[a]);
  }
  return result;
}

std::array<double, 2> ratio_coordinates(double q, double s) { return {logit(q), logit(s / q)}; }

std::array<double, 2> ratios_of(double x, double y) {
  double const q = 1 / (1 + std::exp(-x));
  return {q, q / (1 + std::exp(-y))};
}

}  // namespace shearwater::learn
