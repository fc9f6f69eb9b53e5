// SPDX-License-Identifier: BSD-3-Clause
// Sums over the edges of graphs, differentiable any number of times.
#pragma once

#include <torch/types.h>

#include "shearwater/bridge/array_ref.hpp"

namespace shearwater::learn {

/// Directed graphs one after the other as one graph of N nodes and E edges. Node i's neighbours are
/// node[begin[i]] to node[begin[i + 1] - 1]; the edges that end at j are reverse_edge[...] of the
/// same form. Edges may also lead to L nodes of another kind, such as those of a coarser graph; L =
/// N else. All int64, contiguous, on one device: on a CUDA device, all that is summed over them
/// must be there too.
struct GraphEdges {
  torch::Tensor begin;          ///< (N + 1)
  torch::Tensor node;           ///< (E) the node that an edge leads to
  torch::Tensor reverse_begin;  ///< (L + 1)
  torch::Tensor reverse_edge;   ///< (E) edges by the node they lead to, ascending
  torch::Tensor source;         ///< (E) the node that an edge starts at

  std::int64_t nodes() const { return begin.numel() - 1; }
  std::int64_t far_nodes() const { return reverse_begin.numel() - 1; }
  std::int64_t edges() const { return node.numel(); }
  /// The same edges on a device; those themselves where they are there already.
  GraphEdges to(torch::Device device) const;
};

/// The edges with their reverse and their sources, made from `begin` and `node`, on the host; to()
/// takes them elsewhere. Throws InternalError where those are not on the host, InputError when
/// begin does not rise from 0 to E or an edge leads to no node.
GraphEdges make_graph_edges(torch::Tensor const& begin, torch::Tensor const& node);
/// The same of edges to `far_nodes` nodes of another kind.
GraphEdges make_graph_edges(torch::Tensor const& begin, torch::Tensor const& node,
                            std::int64_t far_nodes);

/// A contiguous tensor as kernels see it; one on a CUDA device with the stream in which torch works
/// there now. The tensor keeps the memory. Throws InternalError for one that is not contiguous.
bridge::ArrayRef array_of(torch::Tensor const& values);

/// Weighted sums of the neighbours' features:
///   out[i, m, :] = sum over edges e of i of weight[e, m] feature[node[e], :]
/// weight (E, M), feature (L, F), out (N, M, F); float32 or float64. Each derivative is a sum over
/// edges too, written as such, so that no order of differentiation needs floating-point atomics.
/// Throws InternalError for shapes or types that do not fit.
torch::Tensor aggregate(torch::Tensor const& weight, torch::Tensor const& feature,
                        GraphEdges const& edges);

/// The same, times a matrix (M F, O): (N, O). Nothing of size N M F is kept for the backward pass.
torch::Tensor aggregate_product(torch::Tensor const& weight, torch::Tensor const& feature,
                                torch::Tensor const& matrix, GraphEdges const& edges);

/// How edges share out their strengths among directions: (E, M) from unit vectors (E, 3), strengths
/// (E, 1) and directions (M, 3),
///   out[e, m] = strength[e] softmax over m of direction[m, :] . unit[e, :]
torch::Tensor direction_weights(torch::Tensor const& unit, torch::Tensor const& strength,
                                torch::Tensor const& directions);

}  // namespace shearwater::learn
