// SPDX-License-Identifier: BSD-3-Clause
// Starts and paths of orientations: geodesics to the nearest representative, their velocities, and
// that signs of axes mean nothing.
#include <array>
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "orientation_paths.hpp"
#include "shearwater/core/random.hpp"

namespace {

using namespace shearwater;
using learn::Axis;
using learn::Frame;

double dot(Axis const& a, Axis const& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Axis cross(Axis const& a, Axis const& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Frame frame_of(std::uint64_t key) {
  return learn::random_start(learn::StartKind::sample, 9, key, 0).frame;
}

/// Angle between two frames whose axes may be flipped.
double angle_between(Frame const& a, Frame const& b) {
  double largest = -4;
  for (int flip = 0; flip < 4; ++flip) {
    double trace = 0;
    for (std::size_t i = 0; i < 3; ++i)
      trace += (flip == 0 || static_cast<int>(i) == flip - 1 ? 1 : -1) * dot(a[i], b[i]);
    largest = std::max(largest, trace);
  }
  return std::acos(std::min(1.0, (largest - 1) / 2));
}

}  // namespace

TEST_CASE("an axis goes the short way at constant speed", "[learn]") {
  for (std::uint64_t key = 0; key < 200; ++key) {
    auto const start = frame_of(2 * key)[0], end = frame_of(2 * key + 1)[0];
    double const angle = std::acos(std::abs(dot(start, end)));
    auto const last = learn::axis_path(start, end, 1.0);
    CHECK(std::abs(dot(last.point, end)) == Approx(1.0).epsilon(1e-12));
    for (double const time : {0.0, 0.3, 0.9}) {
      auto const here = learn::axis_path(start, end, time);
      auto const after = learn::axis_path(start, end, time + 1e-6);
      CHECK(std::sqrt(dot(here.velocity, here.velocity)) == Approx(angle).epsilon(1e-9));
      CHECK(std::abs(dot(here.velocity, here.point)) < 1e-12);
      for (std::size_t a = 0; a < 3; ++a)
        CHECK(std::abs((after.point[a] - here.point[a]) / 1e-6 - here.velocity[a]) < 1e-5);
      auto const flipped = learn::axis_path(start, {-end[0], -end[1], -end[2]}, time);
      CHECK(flipped.point == here.point);
    }
  }
}

TEST_CASE("a frame turns about one axis to the nearest flip of the end", "[learn]") {
  for (std::uint64_t key = 0; key < 200; ++key) {
    auto const start = frame_of(2 * key), end = frame_of(2 * key + 1);
    double const angle = angle_between(start, end);
    CHECK(angle <= 2 * std::numbers::pi / 3 + 1e-9);
    auto const last = learn::frame_path(start, end, 1.0);
    for (std::size_t a = 0; a < 3; ++a)
      CHECK(std::abs(dot(last.point[a], end[a])) == Approx(1.0).epsilon(1e-9));
    for (double const time : {0.0, 0.4, 0.8}) {
      auto const here = learn::frame_path(start, end, time);
      auto const after = learn::frame_path(start, end, time + 1e-6);
      CHECK(std::sqrt(dot(here.velocity, here.velocity)) == Approx(angle).epsilon(1e-9));
      CHECK(dot(cross(here.point[0], here.point[1]), here.point[2]) == Approx(1.0).epsilon(1e-12));
      Axis space{};  // the angular velocity in space
      for (std::size_t a = 0; a < 3; ++a)
        for (std::size_t i = 0; i < 3; ++i) space[i] += here.velocity[a] * here.point[a][i];
      for (std::size_t a = 0; a < 3; ++a) {
        auto const moved = cross(space, here.point[a]);
        for (std::size_t i = 0; i < 3; ++i)
          CHECK(std::abs((after.point[a][i] - here.point[a][i]) / 1e-6 - moved[i]) < 1e-5);
      }
      // Any sign of any axis of the end, also those that make it left-handed.
      auto flipped = end;
      for (auto& value : flipped[key % 3]) value = -value;
      CHECK(learn::frame_path(start, flipped, time).point == here.point);
    }
  }
}

TEST_CASE("starts are uniform and functions of their key", "[learn]") {
  // 40,000 draws; |z| of three axes, and the trace of the frame, whose mean over SO(3) is 0. Limits
  // are 4 standard errors: false alarms 3e-4 in all.
  double height[3] = {}, trace = 0, normal = 0, square = 0;
  int const count = 40000;
  for (int i = 0; i < count; ++i) {
    auto const start =
        learn::random_start(learn::StartKind::training, 3, static_cast<std::uint64_t>(i), 7);
    for (std::size_t a = 0; a < 3; ++a) height[a] += std::abs(start.frame[a][2]);
    trace += start.frame[0][0] + start.frame[1][1] + start.frame[2][2];
    normal += start.ratio[0];
    square += start.ratio[1] * start.ratio[1];
    CHECK((start.time > 0 && start.time < 1));
  }
  double const root = std::sqrt(count);
  for (double const sum : height) CHECK(std::abs(sum / count - 0.5) < 4 * 0.289 / root);
  CHECK(std::abs(trace / count) < 4 * 1.0 / root);
  CHECK(std::abs(normal / count) < 4 / root);
  CHECK(std::abs(square / count - 1) < 4 * std::sqrt(2.0) / root);
  auto const one = learn::random_start(learn::StartKind::sample, 3, 5, 7);
  CHECK(one.frame == learn::random_start(learn::StartKind::sample, 3, 5, 7).frame);
  CHECK(one.frame != learn::random_start(learn::StartKind::sample, 3, 5, 8).frame);
  CHECK(one.frame != learn::random_start(learn::StartKind::sample, 4, 5, 7).frame);
  CHECK(one.frame != learn::random_start(learn::StartKind::sample, 3, 6, 7).frame);
  CHECK(one.frame != learn::random_start(learn::StartKind::training, 3, 5, 7).frame);
}

TEST_CASE("axis ratios have coordinates without bounds", "[learn]") {
  for (double const q : {0.1, 0.5, 0.95})
    for (double const part : {0.2, 0.6, 0.99}) {
      auto const x = learn::ratio_coordinates(q, q * part);
      auto const back = learn::ratios_of(x[0], x[1]);
      CHECK(back[0] == Approx(q).epsilon(1e-12));
      CHECK(back[1] == Approx(q * part).epsilon(1e-12));
    }
  auto const extreme = learn::ratio_coordinates(1.0, 1.0);
  CHECK((std::isfinite(extreme[0]) && std::isfinite(extreme[1])));
}
