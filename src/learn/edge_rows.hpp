// SPDX-License-Identifier: BSD-3-Clause
// Rows of nodes as rows of edges and back, each the other's gradient, in the order of the edges:
// torch's own index_add goes row by row through a general kernel, which is several times slower on
// the host, and on a device adds in any order.
#pragma once

#include "graph_operations.hpp"

namespace shearwater::learn {

enum class EdgeEnd { source, node };

/// Row of the edge's source, or of the node that it leads to: (E, ...) from (N, ...), float32 or
/// float64, where the edges are. Differentiable any number of times.
torch::Tensor to_edges(torch::Tensor const& nodes, GraphEdges const& edges, EdgeEnd end);

/// Sum over the edges that start at each node: (N, ...) from (E, ...). As to_edges() else.
torch::Tensor sum_edges(torch::Tensor const& rows, GraphEdges const& edges);

}  // namespace shearwater::learn
