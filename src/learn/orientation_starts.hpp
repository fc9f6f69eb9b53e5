// SPDX-License-Identifier: BSD-3-Clause
// What turns a ragged batch into starts, paths and turned copies of itself. Plain host code.
#pragma once

#include <cstdint>
#include <vector>

#include "input_statistics.hpp"
#include "shearwater/bridge/array_ref.hpp"

namespace shearwater::learn {

/// Adds what a sample of (seed, draw) starts from at each node, by its "id": "start_frames" (n, 3,
/// 3), whose first axis is the start of a headless axis, and "start_ratios" (n, 2), float32.
void add_starts(bridge::Batch& graphs, std::uint64_t seed, std::uint32_t draw);

/// Points on paths from random starts to the labels, `draws` of each node, the points of one node
/// side by side; rows last. The times of a node's draws are spread evenly: (d + u) / draws.
struct PathPoints {
  std::int64_t rows = 0, axes = 0;                 ///< nodes * draws; 1 (an axis) or 3 (a frame)
  std::vector<float> time;                         ///< (1, rows)
  std::vector<float> point;                        ///< (axes, 3, rows)
  std::vector<float> velocity;                     ///< (3, rows)
  std::vector<float> ratio_point, ratio_velocity;  ///< (2, rows); empty without ratios
};
struct PathRequest {
  bool frames = false, ratios = false;
  std::int64_t draws = 1;
  std::uint64_t seed = 0;
  std::uint32_t step = 0;  ///< below 2^27: other numbers in each step
  InputStatistics::Moments ratio_scale;
};
PathPoints path_points(bridge::Batch const& graphs, PathRequest const& request);

/// A copy whose graphs are turned, each by a rotation of its own that (seed, step, its first "row")
/// fix: positions, axes and labels.
bridge::Batch randomly_turned(bridge::Batch const& graphs, std::uint64_t seed, std::uint32_t step);

}  // namespace shearwater::learn
