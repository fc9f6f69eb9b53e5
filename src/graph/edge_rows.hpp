// SPDX-License-Identifier: BSD-3-Clause
// What aggregate.hpp describes, for some nodes, in one thread, in vectors.
#pragma once

#include "shearwater/graph/aggregate.hpp"

namespace shearwater::graph {

/// Nodes [first, last) alone.
struct NodeRange {
  std::int64_t first = 0, last = 0;
};

template <class T>
void sum_neighbours_of(NodeRange nodes, EdgeOrder const& edges, Widths widths, T const* weight,
                       T const* feature, T* out);
template <class T>
void collect_neighbours_of(NodeRange nodes, EdgeOrder const& edges, Widths widths, T const* weight,
                           T const* stack, T* out);
template <class T>
void edge_products_of(NodeRange nodes, EdgeOrder const& edges, Widths widths, T const* stack,
                      T const* feature, T* out);

/// What direction_weights() reads and writes; with a gradient, what direction_derivatives() does.
template <class T>
struct DirectionArrays {
  std::int64_t directions;
  T const *unit, *strength, *direction, *gradient;
  T *out, *sum;
};
/// Edges [first, last) alone.
template <class T>
void directions_of(std::int64_t first, std::int64_t last, DirectionArrays<T> const& arrays);

}  // namespace shearwater::graph
