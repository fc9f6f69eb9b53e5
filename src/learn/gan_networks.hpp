// SPDX-License-Identifier: BSD-3-Clause
// The generator and the critic of a Wasserstein GAN on graphs.
#pragma once

#include <vector>

#include "directional_convolution.hpp"
#include "graph_tensors.hpp"
#include "posterior_network.hpp"
#include "shearwater/learn/generator_config.hpp"

namespace shearwater::learn {

/// What a generator makes for each node; what it does not make is undefined.
struct GraphLabels {
  torch::Tensor axes;    ///< (n, 1 or 3, 3) unit vectors, headless
  torch::Tensor ratios;  ///< (n, 2) coordinates of the axis ratios, standardised
  torch::Tensor values;  ///< (n, V) in [0, 1]
};

/// What a critic sees of labels, (n, C): of an axis the six components of n n^T - 1/3, with the
/// metric of matrices, so that n and -n are the same and every direction counts alike; ratios and
/// values as they are.
torch::Tensor label_features(GraphLabels const& labels);
std::int64_t label_width(GeneratorConfig const& config, bridge::GraphShape const& shape);

/// Graph convolutions, each followed by leaky ReLU of slope 0.2, then a linear layer at each node.
/// No normalisation: statistics of a batch would tell a graph of the others.
class ConvolutionStackImpl : public torch::nn::Module {
 public:
  ConvolutionStackImpl(GeneratorConfig const& config, std::vector<std::int64_t> const& widths,
                       std::int64_t in, std::int64_t out);
  /// Weights from Philox streams (seed, first + position). Returns the first position not used.
  std::uint64_t initialise(std::uint64_t seed, std::uint64_t first);
  /// Edge weights of each layer, which several passes over the same graphs share.
  std::vector<torch::Tensor> prepare(torch::Tensor const& positions, GraphEdges const& edges);
  /// (n, out) from (n, in).
  torch::Tensor forward(torch::Tensor features, std::vector<torch::Tensor> const& edge_weights,
                        GraphEdges const& edges);
  /// Multiplications and additions for a node with that many neighbours.
  double operations(double neighbours) const;

 private:
  std::vector<DirectionalConvolution> convolutions_;
  Affine out_;
  std::int64_t directions_;
  std::vector<std::int64_t> widths_;  // before each convolution, and after the last one
};
TORCH_MODULE(ConvolutionStack);

/// Both networks under one roof, so that their weights are one list. Inputs of a node are its
/// standardised scalars, its axes as tensors and, where plain values are made, its place; positions
/// are in units of the mean distance of neighbours (geometric).
class GanNetworksImpl : public torch::nn::Module {
 public:
  GanNetworksImpl(GeneratorConfig const& config, bridge::GraphShape const& shape);
  void initialise(std::uint64_t seed);
  void set_input_statistics(InputStatistics const& statistics);

  struct Input {
    torch::Tensor features, positions;
    GraphEdges edges;
  };
  Input read(bridge::Batch const& graphs) const;
  /// Labels from noise (n, noise + shared_noise).
  GraphLabels generate(Input const& input, torch::Tensor const& noise);
  std::vector<torch::Tensor> prepare_critic(Input const& input);
  /// One number for each graph: the mean over its nodes of one of each, or with critic_units two
  /// layers of the mean over its nodes of what the convolutions found.
  torch::Tensor criticise(Input const& input, std::vector<torch::Tensor> const& edge_weights,
                          torch::Tensor const& labels, torch::Tensor const& graph_of_node,
                          std::int64_t graphs);
  double generator_operations(double neighbours) const {
    return generator_->operations(neighbours);
  }

 private:
  GeneratorConfig config_;
  bridge::GraphShape shape_;
  torch::Tensor scalar_mean_, scalar_sd_, distance_mean_;
  ConvolutionStack critic_{nullptr}, generator_{nullptr};
  Affine critic_units_{nullptr}, critic_score_{nullptr};  // with config.critic_units
};
TORCH_MODULE(GanNetworks);

/// Sums of the rows (n, C) of each graph: (graphs, C).
torch::Tensor graph_sums(torch::Tensor const& rows, torch::Tensor const& graph_of_node,
                         std::int64_t graphs);

}  // namespace shearwater::learn
