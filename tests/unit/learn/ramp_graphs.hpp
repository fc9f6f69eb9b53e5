// SPDX-License-Identifier: BSD-3-Clause
// Pictures whose truth is known: a grid of values that rise in one direction.
#pragma once

#include <cmath>

#include "shearwater/core/random.hpp"
#include "shearwater/graph/halo_graphs.hpp"

namespace shearwater::test {

/// `count` grids of side x side nodes. The value of a node is 1/2 plus a slope of 0.3 across the
/// grid in a direction of its own: up to a half turn of it where `half`, so that values never rise
/// towards negative x.
inline graph::HaloGraphs ramp_graphs(int count, int side, bool half = false) {
  graph::HaloGraphs graphs;
  graphs.value_names = {"pixel"};
  for (int g = 0; g < count; ++g) {
    core::Stream random(3, core::Purpose::observation, static_cast<std::uint64_t>(g));
    double const angle = half ? 3.1416 * (random.uniform() - 0.5) : 6.28 * random.uniform();
    double const middle = 0.5 * (side - 1);
    for (int i = 0; i < side * side; ++i) {
      double const x = i % side - middle, y = i / side - middle;
      for (double const v : {x, y, 0.0}) graphs.position.push_back(static_cast<float>(v));
      graphs.values.push_back(
          static_cast<float>(0.5 + 0.3 * (x * std::cos(angle) + y * std::sin(angle)) / middle));
      graphs.id.push_back(g * side * side + i);
    }
    graphs.begin.push_back(graphs.begin.back() + side * side);
  }
  return graphs;
}

}  // namespace shearwater::test
