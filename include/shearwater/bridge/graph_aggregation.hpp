// SPDX-License-Identifier: BSD-3-Clause
// Weighted sums over the edges of graphs, on arrays (graph/aggregate.hpp).
#pragma once

#include "shearwater/bridge/array_ref.hpp"

namespace shearwater::bridge {

/// Edges by the node at their near end, as graph::EdgeOrder; int64.
struct EdgeLists {
  ArrayRef begin;  ///< (n + 1)
  ArrayRef edge;   ///< (E); without data: in the order of the edges
  ArrayRef far;    ///< (E)
};

/// out (n, M, F) from weight (E, M) and feature (n, F): graph::sum_neighbours. All of one type,
/// float32 or float64, row-major, on the host. Throws InternalError for other shapes or types.
void sum_neighbours(EdgeLists const& edges, ArrayRef const& weight, ArrayRef const& feature,
                    ArrayRef const& out);

/// out (n, F) from weight (E, M) and stack (n, M, F): graph::collect_neighbours.
void collect_neighbours(EdgeLists const& edges, ArrayRef const& weight, ArrayRef const& stack,
                        ArrayRef const& out);

/// out (E, M) from stack (n, M, F) and feature (n, F): graph::edge_products.
void edge_products(EdgeLists const& edges, ArrayRef const& stack, ArrayRef const& feature,
                   ArrayRef const& out);

}  // namespace shearwater::bridge
