// SPDX-License-Identifier: BSD-3-Clause
#include "orientation_starts.hpp"

#include <algorithm>

#include "orientation_paths.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

constexpr std::uint32_t draws_per_step = 8;

std::uint64_t key_of(bridge::Batch const& graphs, char const* name, std::int64_t node) {
  return static_cast<std::uint64_t>(bridge::host_data<std::int64_t>(graphs.at(name))[node]);
}

Axis axis_at(float const* from) { return {from[0], from[1], from[2]}; }

Frame frame_at(float const* from) { return {axis_at(from), axis_at(from + 3), axis_at(from + 6)}; }

/// Writes `values` as column `row` of a row-major (values, rows) array.
template <class Values>
void set_column(std::vector<float>& to, std::int64_t rows, std::int64_t row, std::int64_t first,
                Values const& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    to[static_cast<std::size_t>((first + static_cast<std::int64_t>(i)) * rows + row)] =
        static_cast<float>(values[i]);
}

bridge::ArrayRef copy_of(bridge::ArrayRef const& array) {
  auto copy = bridge::allocate(array.type, array.extents);
  std::copy_n(bridge::host_data<float>(array), array.size(), bridge::host_data<float>(copy));
  return copy;
}

void turn(float* vectors, std::int64_t count, Frame const& rotation) {
  for (std::int64_t i = 0; i < count; ++i, vectors += 3) {
    auto const v = axis_at(vectors);
    for (std::size_t a = 0; a < 3; ++a)
      vectors[a] =
          static_cast<float>(rotation[a][0] * v[0] + rotation[a][1] * v[1] + rotation[a][2] * v[2]);
  }
}

/// Coordinates of the ratios of a node, standardised.
std::array<double, 2> ratio_label(float const* ratios, InputStatistics::Moments const& scale) {
  auto y = ratio_coordinates(ratios[0], ratios[1]);
  for (std::size_t i = 0; i < 2; ++i) y[i] = (y[i] - scale.mean[i]) / scale.sd[i];
  return y;
}

}  // namespace

void add_starts(bridge::Batch& graphs, std::uint64_t seed, std::uint32_t draw) {
  auto const n = graphs.at("id").extents[0];
  auto frames = bridge::allocate(bridge::ElementType::float32, {n, 3, 3});
  auto ratios = bridge::allocate(bridge::ElementType::float32, {n, 2});
  float* frame = bridge::host_data<float>(frames);
  float* ratio = bridge::host_data<float>(ratios);
  for (std::int64_t i = 0; i < n; ++i) {
    auto const start = random_start(StartKind::sample, seed, key_of(graphs, "id", i), draw);
    for (auto const& axis : start.frame)
      for (double const value : axis) *frame++ = static_cast<float>(value);
    for (double const value : start.ratio) *ratio++ = static_cast<float>(value);
  }
  graphs["start_frames"] = frames;
  graphs["start_ratios"] = ratios;
}

PathPoints path_points(bridge::Batch const& graphs, PathRequest const& request) {
  core::require(request.draws <= draws_per_step, "too many draws of a node in a step");
  auto const n = graphs.at("row").extents[0], rows = n * request.draws;
  PathPoints points;
  points.rows = rows;
  points.axes = request.frames ? 3 : 1;
  auto const size = static_cast<std::size_t>(rows);
  points.time.resize(size);
  points.point.resize(static_cast<std::size_t>(3 * points.axes) * size);
  points.velocity.resize(3 * size);
  if (request.ratios) {
    points.ratio_point.resize(2 * size);
    points.ratio_velocity.resize(2 * size);
  }
  float const* frames =
      graphs.contains("frames") ? bridge::host_data<float>(graphs.at("frames")) : nullptr;
  float const* label = frames != nullptr ? frames : bridge::host_data<float>(graphs.at("major"));
  std::int64_t const width = frames != nullptr ? 9 : 3;
  float const* ratios =
      request.ratios ? bridge::host_data<float>(graphs.at("axis_ratios")) : nullptr;
  for (std::int64_t row = 0; row < rows; ++row) {
    auto const node = row / request.draws;
    auto const d = static_cast<std::uint32_t>(row % request.draws);
    auto const start = random_start(StartKind::training, request.seed, key_of(graphs, "row", node),
                                    request.step * draws_per_step + d);
    double const time = (d + start.time) / static_cast<double>(request.draws);
    points.time[static_cast<std::size_t>(row)] = static_cast<float>(time);
    if (request.frames) {
      auto const path = frame_path(start.frame, frame_at(label + width * node), time);
      for (std::size_t a = 0; a < 3; ++a)
        set_column(points.point, rows, row, 3 * static_cast<std::int64_t>(a), path.point[a]);
      set_column(points.velocity, rows, row, 0, path.velocity);
    } else {
      auto const path = axis_path(start.axis, axis_at(label + width * node), time);
      set_column(points.point, rows, row, 0, path.point);
      set_column(points.velocity, rows, row, 0, path.velocity);
    }
    if (!request.ratios) continue;
    auto y = ratio_label(ratios + 2 * node, request.ratio_scale);
    std::array<double, 2> velocity{};
    for (std::size_t i = 0; i < 2; ++i) {
      velocity[i] = y[i] - start.ratio[i];
      y[i] = start.ratio[i] + time * velocity[i];
    }
    set_column(points.ratio_point, rows, row, 0, y);
    set_column(points.ratio_velocity, rows, row, 0, velocity);
  }
  return points;
}

bridge::Batch randomly_turned(bridge::Batch const& graphs, std::uint64_t seed, std::uint32_t step) {
  auto result = graphs;
  auto const* begin = bridge::host_data<std::int64_t>(graphs.at("graph_begin"));
  auto const count = graphs.at("graph_begin").extents[0] - 1;
  for (auto const* name : {"positions", "axes", "frames", "major"}) {
    if (!graphs.contains(name)) continue;
    auto copy = copy_of(graphs.at(name));
    auto const vectors = copy.extents.size() == 3 ? copy.extents[1] : 1;
    for (std::int64_t g = 0; g < count; ++g) {
      if (begin[g] == begin[g + 1]) continue;
      // The upper half of the keys, which no node has.
      auto const key = ~key_of(graphs, "row", begin[g]);
      auto const rotation = random_start(StartKind::training, seed, key, step).frame;
      turn(bridge::host_data<float>(copy) + 3 * vectors * begin[g],
           vectors * (begin[g + 1] - begin[g]), rotation);
    }
    result[name] = copy;
  }
  return result;
}

}  // namespace shearwater::learn
