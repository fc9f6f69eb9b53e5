// SPDX-License-Identifier: BSD-3-Clause
// Blocks of graphs of one fixed size, so that what is computed for a graph does not depend on those
// beside it.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/bridge/array_ref.hpp"

namespace shearwater::learn {

/// Consecutive graphs of a ragged batch that are computed together.
struct GraphBlock {
  std::int64_t first = 0, count = 0;  ///< graphs
  std::int64_t nodes = 0, edges = 0;  ///< of the padded block
};

/// Cuts a ragged batch with edges into blocks of 512 nodes and `edges_per_node` times as many
/// edges; one node at least is padding. A graph too large for that is a block alone, its size
/// rounded up to a power of two. Kernels are chosen by these sizes alone, and rows and edges beside
/// each other never meet in a sum.
std::vector<GraphBlock> graph_blocks(bridge::Batch const& graphs, std::int64_t edges_per_node);

/// Every graph that has nodes as a block of its own, without padding: for networks whose sums
/// depend on the sizes of all graphs of a block.
std::vector<GraphBlock> single_graphs(bridge::Batch const& graphs);

/// The arrays `names` (by node), "graph_begin" and the edges of one block, padded with zeros (axes
/// with unit vectors) and with edges from the last node to itself.
bridge::Batch padded(bridge::Batch const& graphs, GraphBlock const& block,
                     std::vector<std::string> const& names);

}  // namespace shearwater::learn
