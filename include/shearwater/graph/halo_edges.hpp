// SPDX-License-Identifier: BSD-3-Clause
// The edges inside each graph of a batch. No edge leaves a graph. On the host, of this rank alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace shearwater::graph {

/// Directed edges by the node they start from, and again by the node they end at.
struct Edges {
  std::vector<std::int64_t> begin;          ///< (nodes + 1) edges of node i: begin[i] to begin[i+1]
  std::vector<std::int64_t> node;           ///< (edges) the neighbour that the edge ends at
  std::vector<std::int64_t> reverse_begin;  ///< (nodes + 1)
  std::vector<std::int64_t> reverse_edge;   ///< (edges) edges that end at each node, rising

  std::int64_t nodes() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  std::int64_t edges() const { return static_cast<std::int64_t>(node.size()); }
};

/// Edges from each node to its `neighbours` nearest of the same graph, without itself, nearest
/// first; to all of them where the graph has no more. 0 neighbours: complete graphs, the others in
/// rising order. Equal distances (coincident nodes above all) go by the lower node first, so the
/// result is a function of the input alone.
/// begin     (graphs + 1) first node of each graph, from 0, not falling
/// position  (nodes, 3)
/// Throws InternalError when the sizes do not fit, InputError for fewer than 0 neighbours or a
/// position that is not finite. Safe to call from several threads.
Edges halo_edges(std::span<std::int64_t const> begin, std::span<float const> position,
                 std::int64_t neighbours);

/// Fills reverse_begin and reverse_edge from begin and node, which name nodes of the same range.
void add_reverse(Edges& edges);

}  // namespace shearwater::graph
