// SPDX-License-Identifier: BSD-3-Clause
// Coarser and coarser copies of graphs, so that distant nodes are few steps apart. Plain host code.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace shearwater::learn {

constexpr std::int64_t level_ratio = 4;  ///< nodes for each node of the next level

/// Edges from nodes of one kind to nodes of the same or of another kind: those of node i lead to
/// node[begin[i]] to node[begin[i + 1] - 1], nearest first.
struct NodeLinks {
  std::vector<std::int64_t> begin = {0}, node;
};

/// A level of a batch of graphs, made of a finer one.
struct GraphLevel {
  std::vector<std::int64_t> graph_begin = {0};  ///< (graphs + 1) first node of each graph
  std::vector<float> positions;                 ///< (nodes, 3)
  NodeLinks same;                               ///< from each node to its nearest of this level
  NodeLinks down;  ///< from each node to the nearest of the finer level
  NodeLinks up;    ///< from each node of the finer level to these
};

/// The `count` levels above graphs whose nodes [graph_begin[g], graph_begin[g + 1]) lie at
/// `positions` (nodes, 3). The nodes of a level are a quarter (rounded up) of those of the level
/// before: the one nearest to the mean of the graph's positions, then again and again the one
/// farthest from those chosen (Gonzalez 1985), in their old order. Each edge leads to one of the
/// `neighbours` nearest (0: all) of the same graph, without the node itself within a level. Ties go
/// to the lower node. A graph's levels do not depend on the graphs beside it.
std::vector<GraphLevel> coarser_levels(std::span<std::int64_t const> graph_begin,
                                       std::span<float const> positions, std::int64_t neighbours,
                                       std::int64_t count);

}  // namespace shearwater::learn
