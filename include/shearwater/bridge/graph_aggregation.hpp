// SPDX-License-Identifier: BSD-3-Clause
// Weighted sums over the edges of graphs, on arrays (graph/aggregate.hpp). All arrays of a call are
// on the host, or all on one CUDA device and in one stream: the work is then put there and not
// waited for (graph/aggregate_device.hpp). Anything else, a device in a build without CUDA too, is
// an InternalError.
#pragma once

#include "shearwater/bridge/array_ref.hpp"

namespace shearwater::bridge {

/// Edges by the node at their near end, as graph::EdgeOrder; int64. A part of `begin` stands for
/// n nodes out of N: arrays of the near end then have a row for each of those.
struct EdgeLists {
  ArrayRef begin;  ///< (n + 1)
  ArrayRef edge;   ///< (E); without data: in the order of the edges
  ArrayRef far;    ///< (E)
};

/// out (n, M, F) from weight (E, M) and feature (N, F): graph::sum_neighbours. All of one type,
/// float32 or float64, row-major. Throws InternalError for other shapes or types.
void sum_neighbours(EdgeLists const& edges, ArrayRef const& weight, ArrayRef const& feature,
                    ArrayRef const& out);

/// out (n, F) from weight (E, M) and stack (N, M, F): graph::collect_neighbours.
void collect_neighbours(EdgeLists const& edges, ArrayRef const& weight, ArrayRef const& stack,
                        ArrayRef const& out);

/// out (E, M) from stack (n, M, F) and feature (N, F): graph::edge_products; only the edges of
/// the n nodes are written.
void edge_products(EdgeLists const& edges, ArrayRef const& stack, ArrayRef const& feature,
                   ArrayRef const& out);

/// out (E, M) from unit (E, 3), strength (E, 1) and direction (M, 3): graph::direction_weights.
void direction_weights(ArrayRef const& unit, ArrayRef const& strength, ArrayRef const& direction,
                       ArrayRef const& out);

/// score (E, M) and sum (E, 1) from those and gradient (E, M): graph::direction_derivatives.
void direction_derivatives(ArrayRef const& unit, ArrayRef const& strength,
                           ArrayRef const& direction, ArrayRef const& gradient,
                           ArrayRef const& score, ArrayRef const& sum);

}  // namespace shearwater::bridge
