// SPDX-License-Identifier: BSD-3-Clause
// Velocity of the values of all nodes of a graph on their way from noise to data.
#pragma once

#include <vector>

#include "gan_networks.hpp"
#include "graph_levels.hpp"

namespace shearwater::learn {

/// A residual block at the nodes of a level, of F features, with the condition c of the graph:
///   h <- h + W silu((1 + s(c)) y + b(c)),   y = convolution of h / sqrt(mean of h^2 over features)
/// No normalisation over nodes or graphs: a batch would tell a graph of the others.
class ValueBlockImpl : public torch::nn::Module {
 public:
  ValueBlockImpl(DirectionalConvolutionConfig const& layer, std::int64_t condition);
  /// h (n, F), edge weights of `convolution`, condition (g, C); `graph` leads from a node to its
  /// graph.
  torch::Tensor forward(torch::Tensor const& h, torch::Tensor const& edge_weights,
                        GraphEdges const& same, torch::Tensor const& condition,
                        GraphEdges const& graph);
  std::uint64_t initialise(std::uint64_t seed, std::uint64_t first);

  DirectionalConvolution convolution;

 private:
  Affine scale_shift_, mix_;
};
TORCH_MODULE(ValueBlock);

/// What a network knows of graphs, whatever their values are.
struct ValueContext {
  struct Level {
    GraphEdges same, graph;  ///< within the level; from each node to its graph
    GraphEdges down, up;     ///< between this level and the next: from its nodes; to its nodes
    std::vector<torch::Tensor> weights;  ///< of the edges in each block's convolution
    torch::Tensor down_weights, up_weights;
  };
  std::vector<Level> levels;
  torch::Tensor features;  ///< (n, W) inputs of a node besides its values
  GraphEdges members;      ///< from each graph to its nodes of the coarsest level
  torch::Tensor shares;    ///< (members, 1) one over the number of a graph's members
};

/// A U-shaped stack of directional convolutions (Ronneberger et al. 2015, on graphs): blocks at the
/// nodes; convolutions to the nodes of a coarser level and blocks there, and so on; then the way
/// back, each level adding to what it knew, and blocks again. The mean over the coarsest level
/// joins the time in the condition of all later blocks, so that distant parts agree.
class ValueNetworkImpl : public torch::nn::Module {
 public:
  ValueNetworkImpl(GeneratorConfig const& config, bridge::GraphShape const& shape);
  void initialise(std::uint64_t seed);
  void set_input_statistics(InputStatistics const& statistics) {
    inputs_.set_input_statistics(statistics);
  }

  ValueContext prepare(bridge::Batch const& graphs);
  /// Velocity (n, V) at values (n, V) and times (g, 1).
  torch::Tensor forward(ValueContext const& context, torch::Tensor const& values,
                        torch::Tensor const& time);
  /// Multiplications and additions for a node with that many neighbours.
  double operations(double neighbours) const;

 private:
  using Blocks = std::vector<ValueBlock>;
  torch::Tensor condition_of(torch::Tensor const& time);
  torch::Tensor run(Blocks& blocks, torch::Tensor h, torch::Tensor const& condition,
                    ValueContext::Level const& level, std::size_t first_weight);
  Blocks make_blocks(std::string const& name, std::int64_t count);

  GeneratorConfig config_;
  NodeFeatures inputs_;
  std::int64_t neighbours_;  // of a node; 0: all of its graph
  DirectionalConvolutionConfig layer_;
  std::vector<Blocks> inward_, outward_;  // by level; outward of all but the coarsest
  std::vector<DirectionalConvolution> down_, up_;
  Affine in_, time_, time_out_, global_, global_out_, out_;
};
TORCH_MODULE(ValueNetwork);

}  // namespace shearwater::learn
