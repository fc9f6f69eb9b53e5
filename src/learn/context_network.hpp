// SPDX-License-Identifier: BSD-3-Clause
// What a galaxy knows of its halo: numbers, and symmetric tensors that turn with the halo.
#pragma once

#include <vector>

#include "directional_convolution.hpp"
#include "edge_rows.hpp"
#include "input_statistics.hpp"
#include "posterior_network.hpp"
#include "shearwater/learn/generator_config.hpp"

namespace shearwater::learn {

/// Graphs as tensors, float32.
struct GraphInput {
  torch::Tensor positions, scalars, axes;  ///< (n, 3), (n, S), (n, A, 3)
  GraphEdges edges;
};

/// A symmetric tensor is stored by xx, yy, zz, xy, xz, yz.
struct NodeContext {
  torch::Tensor scalars;  ///< (n, features)
  torch::Tensor tensors;  ///< (n, 6, C)
};

/// What messages know of an edge: its direction as a tensor, and its length in soft bins of ln r.
struct EdgeGeometry {
  torch::Tensor direction;  ///< (E, 6): r r^T - 1/3 of the unit vector r; 0 where nodes coincide
  torch::Tensor radial;     ///< (E, radial_bins)
};

/// One round of messages between neighbours, equivariant under rotations and reflections. With
/// z_ij = silu(W h_i + W' h_j + W'' e(|r_ij|) + W''' (r^T T_i r, r^T T_j r)):
///   T_i <- M T_i + sum_j g(z_ij) (r r^T - 1/3) + g'(z_ij) T_j,  then T / sqrt(1 + |T|^2)
///   h_i <- h_i + V silu(V' (h_i, mean_j z_ij, tr T_i T_i'))
/// (the construction of Thomas et al. 2018 and Satorras et al. 2021 in even tensors of rank 0 and
/// 2). "isotropic" lacks r, "none" the sums over j.
class MessageRoundImpl : public torch::nn::Module {
 public:
  explicit MessageRoundImpl(GeneratorConfig const& config);
  NodeContext forward(NodeContext const& in, GraphEdges const& edges, EdgeGeometry const& geometry);

 private:
  bool edges_, directions_;
  Affine own_{nullptr}, other_{nullptr}, radial_{nullptr}, direction_{nullptr}, gates_{nullptr};
  Affine mix_, left_, right_, update_, update_out_;
};
TORCH_MODULE(MessageRound);

/// The layers of [generator]: "equivariant", "isotropic" and "none" by rounds of messages;
/// "directional" by directional convolutions of the scalars and the components of the axes'
/// tensors, which knows directions but does not turn with the halo.
class ContextNetworkImpl : public torch::nn::Module {
 public:
  ContextNetworkImpl(GeneratorConfig const& config, bridge::GraphShape const& shape);
  NodeContext forward(GraphInput const& input);
  void set_input_statistics(InputStatistics const& statistics);
  /// Fills the directional convolutions, whose weights the general rule does not fit.
  void initialise_convolutions(std::uint64_t seed, std::uint64_t first);
  /// Multiplications and additions for a node with that many neighbours: of the products with
  /// weights, and of the sums over edges.
  double operations(double neighbours) const;

 private:
  NodeContext convolved(torch::Tensor const& scalars, torch::Tensor const& tensors,
                        GraphInput const& input);
  EdgeGeometry geometry(GraphInput const& input) const;

  GeneratorConfig config_;
  torch::Tensor scalar_mean_, scalar_sd_, distance_mean_, distance_sd_;
  Affine lift_{nullptr}, inner_, inner_out_, left_{nullptr}, right_{nullptr};
  std::vector<MessageRound> rounds_;
  std::vector<DirectionalConvolution> convolutions_;
  double directions_used_ = 0;  // of each convolution
  Affine convolved_tensors_{nullptr};
};
TORCH_MODULE(ContextNetwork);

/// tr(A B) of tensors (n, 6, C), channel by channel: (n, C).
torch::Tensor tensor_product(torch::Tensor const& a, torch::Tensor const& b);

/// n n^T - 1/3 of unit vectors (..., 3): (..., 6); of the zero vector 0.
torch::Tensor direction_tensor(torch::Tensor const& unit);

}  // namespace shearwater::learn
