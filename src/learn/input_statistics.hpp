// SPDX-License-Identifier: BSD-3-Clause
// Means and standard deviations of the network's inputs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::learn {

/// Mean and standard deviation of each map channel, noise channel and summary; of graphs those of
/// each scalar of a node, of ln r of the edges and of the axis ratios' coordinates. A quantity that
/// never changes has sd 1. What examples do not hold is empty.
struct InputStatistics {
  struct Moments {
    std::vector<float> mean, sd;
  };
  Moments maps, noise, summaries;
  Moments scalars, distance, ratios;
};

/// Calls visit("maps", moments) and so on for every kind that graphs have and maps have not, and
/// the other way round.
template <class Statistics, class Visit>
void visit_map_moments(Statistics& statistics, Visit&& visit) {
  visit("maps", statistics.maps);
  visit("noise", statistics.noise);
  visit("summaries", statistics.summaries);
}
template <class Statistics, class Visit>
void visit_graph_moments(Statistics& statistics, Visit&& visit) {
  visit("scalars", statistics.scalars);
  visit("distance", statistics.distance);
  visit("ratios", statistics.ratios);
}

/// Adds a quantity of this mean and mean square.
void append_moments(InputStatistics::Moments& moments, double mean, double mean_square);
/// Sums of `width` numbers over the blocks of all ranks, in their order. Collective over comm.
std::vector<double> sum_blocks(parallel::Communicator const& comm,
                               std::vector<double> const& blocks, std::int64_t width);

/// Measures examples [first, first + count) of `source`, in blocks of 64 that are summed in the
/// order of the examples, so that the result does not depend on the number of ranks. Collective
/// over comm. Throws on all ranks what `source` throws on one.
InputStatistics measure_inputs(parallel::Communicator const& comm,
                               bridge::ExampleSource const& source, std::int64_t first,
                               std::int64_t count);

/// The same for `count` graphs, evenly spread over those from `first` on, which lie by size. Nodes
/// and edges all count alike.
InputStatistics measure_graphs(parallel::Communicator const& comm,
                               bridge::ExampleSource const& source, std::int64_t first,
                               std::int64_t count);

}  // namespace shearwater::learn
