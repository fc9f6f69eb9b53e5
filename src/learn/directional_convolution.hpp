// SPDX-License-Identifier: BSD-3-Clause
// The directional graph convolution: a convolution on a graph that knows where a neighbour lies.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <string>

#include "graph_operations.hpp"

namespace shearwater::learn {

struct DirectionalConvolutionConfig {
  std::int64_t in = 1, out = 1;        ///< features of a node before and after
  std::string directions = "learned";  ///< "stencil", "learned" or "isotropic"
  std::int64_t count = 8;              ///< M of learned directions; a stencil has 26, isotropic 1
  std::string radial = "gaussian";  ///< weight of distance: "gaussian", "learned" (scale) or "one"
  double scale = 1.0;               ///< s of the Gaussian, in the unit of the positions
  bool own = true;  ///< W_0 is there; edges to nodes of another kind have none of a node's own

  std::int64_t directions_used() const;  ///< M
  /// Throws InputError for an unknown kind, or a count or scale that is not positive.
  void check() const;
};

/// What convolutions know of edges: where they point, and the sum of their weights.
struct EdgeRays {
  torch::Tensor unit;      ///< (E, 3); 0 where the ends coincide; undefined if isotropic
  torch::Tensor strength;  ///< (E, 1)
};

/// y_i = b + W_0 h_i + sum_m sum_j A^m_ij W_m h_j over the neighbours j of i, with
///   A^m_ij = q_m(i, j) w_ij / sqrt((1 + sum_k w_ik) (1 + sum_k w_jk))
///   q_m = softmax over m of u_m . (x_j - x_i) / |x_j - x_i|
///   w_ij = exp(-|x_j - x_i|^2 / 2 s^2), or 1
/// (Verma, Boyer & Verbeek 2018 for q; Kipf & Welling 2017 for the normalisation, which is the
/// whole of the "isotropic" kind: M = 1, q = 1). Directions u of a stencil are the 26 unit vectors
/// to the cells around one, fixed; learned ones are trained, their lengths too. Nodes at the same
/// place have no direction: there q = 1/M, and no gradient.
///
/// Sums over neighbours come first and products with W after, so that the work of the products does
/// not grow with the number of edges.
class DirectionalConvolutionImpl : public torch::nn::Module {
 public:
  explicit DirectionalConvolutionImpl(DirectionalConvolutionConfig const& config);

  /// Weights from Philox streams (seed, first + position of the array): W normal with sd
  /// sqrt(2 / in), directions standard normal, bias 0. Returns the first position not used.
  std::uint64_t initialise(std::uint64_t seed, std::uint64_t first);

  /// What edge_weights() is made of. Layers whose radial weight is not learned can share it.
  EdgeRays rays(torch::Tensor const& positions, GraphEdges const& edges) const;
  /// The same of edges from nodes at `near` (N, 3) to others at `far` (L, 3), whose strengths are
  /// those of a mean, w_ij / sum_k w_ik.
  EdgeRays rays(torch::Tensor const& near, torch::Tensor const& far, GraphEdges const& edges) const;
  /// A (E, M) from them.
  torch::Tensor edge_weights(EdgeRays const& rays) const;
  /// A (E, M) for positions (N, 3).
  torch::Tensor edge_weights(torch::Tensor const& positions, GraphEdges const& edges) const;
  /// (N, out) from features (N, in) and positions (N, 3).
  torch::Tensor forward(torch::Tensor const& features, torch::Tensor const& positions,
                        GraphEdges const& edges) const;
  /// (N, out) from features (L, in) of the nodes that edges lead to, without `own`, or (N, in), and
  /// ready edge weights (E, M), which layers of one fixed kind can share.
  torch::Tensor apply_weights(torch::Tensor const& features, torch::Tensor const& edge_weights,
                              GraphEdges const& edges) const;

 private:
  torch::Tensor radial_weights(torch::Tensor const& squared) const;

  DirectionalConvolutionConfig config_;
  torch::Tensor weight_;      // ((1 + M) in, out): W_0, then W_1 to W_M
  torch::Tensor bias_;        // (out)
  torch::Tensor directions_;  // (M, 3)
  torch::Tensor log_scale_;   // (1)
};
TORCH_MODULE(DirectionalConvolution);

}  // namespace shearwater::learn
