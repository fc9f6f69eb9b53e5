// SPDX-License-Identifier: BSD-3-Clause
// Weighted sums over the edges of graphs, and the sums that are their derivatives. On the host's
// threads, of this rank alone; every element is summed in the order of its edges by one thread, so
// that the bits depend on neither threads nor the order of work.
#pragma once

#include <cstdint>
#include <span>

namespace shearwater::graph {

/// Edges in the order of the nodes at their near end: those of node i are edge[t] for t from
/// begin[i] to begin[i + 1] - 1, and lead to far[edge[t]]. With Edges of halo_edges.hpp,
/// {begin, {}, node} goes along the edges and {reverse_begin, reverse_edge, source} against them.
struct EdgeOrder {
  std::span<std::int64_t const> begin;  ///< (nodes + 1)
  std::span<std::int64_t const> edge;   ///< (edges); empty: edge[t] = t
  std::span<std::int64_t const> far;    ///< (edges) by edge

  std::int64_t nodes() const { return static_cast<std::int64_t>(begin.size()) - 1; }
};

/// Length of the last axes: M weights of an edge, F features of a node.
struct Widths {
  std::int64_t weights = 1, features = 1;
};

/// out[i, m, :] = sum over edges e of i of weight[e, m] feature[far[e], :]
/// weight (edges, M), feature (nodes, F), out (nodes, M, F), overwritten.
template <class T>
void sum_neighbours(EdgeOrder const& edges, Widths widths, T const* weight, T const* feature,
                    T* out);

/// out[i, :] = sum over edges e of i and m of weight[e, m] stack[far[e], m, :]
/// stack (nodes, M, F), out (nodes, F), overwritten: sum_neighbours, transposed, where `edges` goes
/// the other way.
template <class T>
void collect_neighbours(EdgeOrder const& edges, Widths widths, T const* weight, T const* stack,
                        T* out);

/// out[e, m] = sum over f of stack[i, m, f] feature[far[e], f] for the edges e of i
/// out (edges, M), overwritten: the derivative of sum_neighbours with respect to `weight`.
template <class T>
void edge_products(EdgeOrder const& edges, Widths widths, T const* stack, T const* feature, T* out);

/// How an edge shares out its strength among directions: out[e, m] = strength[e] q_m, with
///   q = softmax over m of direction[m, :] . unit[e, :]
/// unit (edges, 3), strength (edges), direction (M, 3), out (edges, M), overwritten.
template <class T>
void direction_weights(std::int64_t edges, std::int64_t directions, T const* unit,
                       T const* strength, T const* direction, T* out);

/// The derivatives of a sum of gradient[e, m] out[e, m]: by the scores direction[m, :] . unit[e, :]
///   score[e, m] = strength[e] q_m (gradient[e, m] - sum[e])
/// and by the strengths, sum[e] = sum over m of q_m gradient[e, m].
template <class T>
void direction_derivatives(std::int64_t edges, std::int64_t directions, T const* unit,
                           T const* strength, T const* direction, T const* gradient, T* score,
                           T* sum);

}  // namespace shearwater::graph
