// SPDX-License-Identifier: BSD-3-Clause
// The whole network: standardised inputs, ResNet of the maps, joined summaries, layers, mixture.
#pragma once

#include <cstdint>
#include <vector>

#include "input_statistics.hpp"
#include "mixture.hpp"
#include "residual_network.hpp"
#include "shearwater/bridge/example_source.hpp"

namespace shearwater::learn {

struct NetworkInput {
  torch::Tensor maps, mask, noise, summaries;  ///< undefined where the network does not read them
};

/// x W^T + b.
class AffineImpl : public torch::nn::Module {
 public:
  AffineImpl(std::int64_t in, std::int64_t out, bool bias);
  torch::Tensor forward(torch::Tensor const& x) const;
  torch::Tensor const& weight() const { return weight_; }
  torch::Tensor const& bias() const { return bias_; }

 private:
  torch::Tensor weight_, bias_;
};
TORCH_MODULE(Affine);

/// Fully connected layers, each followed by the activation.
class LayersImpl : public torch::nn::Module {
 public:
  LayersImpl(std::vector<std::int64_t> const& widths, std::int64_t in, std::string activation);
  torch::Tensor forward(torch::Tensor x);
  std::int64_t features() const { return features_; }

 private:
  std::string activation_;
  std::int64_t features_;
  std::vector<Affine> layers_;
};
TORCH_MODULE(Layers);

class PosteriorNetworkImpl : public torch::nn::Module {
 public:
  PosteriorNetworkImpl(NetworkConfig const& config, bridge::ExampleShape const& shape);

  /// `bfloat16`: the ResNet's convolutions run in bfloat16; all else is float32.
  Mixture forward(NetworkInput const& input, bool bfloat16);
  void set_input_statistics(InputStatistics const& statistics);
  /// Running moments of all batch norms, in a fixed order.
  std::vector<Norm> norms() const;

 private:
  torch::Tensor map_features(NetworkInput const& input, bool bfloat16);
  torch::Tensor joined_features(NetworkInput const& input, bool bfloat16);

  NetworkConfig config_;
  std::int64_t parameters_;
  torch::Tensor map_mean_, map_sd_, noise_mean_, noise_sd_, summary_mean_, summary_sd_;
  // In the order of the forward pass: gradients of the last ones are complete first.
  ResidualNetwork resnet_{nullptr};
  Affine projection_{nullptr};
  Layers summary_layers_{nullptr}, layers_{nullptr};
  Affine head_{nullptr};
};
TORCH_MODULE(PosteriorNetwork);

/// Fills all weights from Philox streams keyed by (seed, position of the array), so that they
/// depend on neither rank nor build: He et al. 2015 (normal, sd sqrt(2 / fan in)) for layers and
/// convolutions, scales 1, shifts and biases 0, a tenth of that for the head, so that training
/// starts near the prior, with the components' means drawn from N(0, 0.3).
void initialise(PosteriorNetwork& network, NetworkConfig const& config, std::int64_t parameters,
                std::uint64_t seed);

}  // namespace shearwater::learn
