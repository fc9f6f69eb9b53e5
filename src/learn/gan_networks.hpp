// SPDX-License-Identifier: BSD-3-Clause
// The generator and the critic of a Wasserstein GAN on graphs.
#pragma once

#include <memory>
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

/// The layers of [generator] that are convolutions.
DirectionalConvolutionConfig convolution_of(GeneratorConfig const& config, std::int64_t in,
                                            std::int64_t out);

/// "values" (n, V) of a batch. Throws InputError where they are not in [0, 1].
torch::Tensor plain_values(bridge::Batch const& batch);

/// Normal weights of sd scale / sqrt(in) from the Philox stream (seed, index).
void fill_affine(Affine& layer, double scale, std::uint64_t seed, std::uint64_t index);

/// What convolutions read of a node besides what is generated: its standardised scalars, its axes
/// as tensors and, with `places`, where it lies.
class NodeFeatures {
 public:
  struct Input {
    GraphInput graph;
    torch::Tensor features;   ///< (n, width)
    torch::Tensor positions;  ///< (n, 3) in units of the (geometric) mean distance of neighbours
  };
  NodeFeatures(bridge::GraphShape shape, bool places);
  std::int64_t width() const;
  void set_input_statistics(InputStatistics const& statistics);
  Input read(bridge::Batch const& graphs) const;
  /// Positions in units of the mean distance of neighbours.
  torch::Tensor in_spacings(torch::Tensor const& positions) const {
    return positions * at::exp(-distance_mean_);
  }

 private:
  bridge::GraphShape shape_;
  bool places_;
  torch::Tensor scalar_mean_, scalar_sd_, distance_mean_;
};

/// The generator and the critic under one roof, so that their weights are one list: names begin
/// with "generator." and "critic.".
class GanNetworks : public torch::nn::Module {
 public:
  /// Without features and positions where no convolutions read them.
  using Input = NodeFeatures::Input;
  virtual void initialise(std::uint64_t seed) = 0;
  virtual void set_input_statistics(InputStatistics const& statistics) = 0;
  virtual Input read(bridge::Batch const& graphs) const = 0;
  /// Labels from noise (n, noise + shared_noise).
  virtual GraphLabels generate(Input const& input, torch::Tensor const& noise) = 0;
  /// What the critic knows of graphs without labels, which several passes share.
  virtual std::vector<torch::Tensor> prepare_critic(Input const& input) = 0;
  /// One number for each graph.
  virtual torch::Tensor criticise(Input const& input, std::vector<torch::Tensor> const& prepared,
                                  torch::Tensor const& labels, torch::Tensor const& graph_of_node,
                                  std::int64_t graphs) = 0;
  /// (|gradient| - target)^2 of each graph from the gradients of its score by its labels (n, C).
  virtual torch::Tensor excess(torch::Tensor const& slope, torch::Tensor const& graph_of_node,
                               std::int64_t graphs) const = 0;
  /// Multiplications and additions of the generator for a node with that many neighbours.
  virtual double generator_operations(double neighbours) const = 0;
};

/// Those that config.layer names.
std::shared_ptr<GanNetworks> make_gan_networks(GeneratorConfig const& config,
                                               bridge::GraphShape const& shape);
std::shared_ptr<GanNetworks> make_equivariant_gan(GeneratorConfig const& config,
                                                  bridge::GraphShape const& shape);

/// Unit vectors along (..., 3); of the zero vector 0.
torch::Tensor unit_vectors(torch::Tensor const& vectors);

/// Right-handed frames (n, 3, 3) by Gram and Schmidt from two vectors each (n, 6).
torch::Tensor frames_from(torch::Tensor const& raw);

/// Sums of the rows (n, C) of each graph: (graphs, C).
torch::Tensor graph_sums(torch::Tensor const& rows, torch::Tensor const& graph_of_node,
                         std::int64_t graphs);

}  // namespace shearwater::learn
