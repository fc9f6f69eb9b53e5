// SPDX-License-Identifier: BSD-3-Clause
// Pre-activation bottleneck ResNet (He et al. 2016, arXiv 1603.05027) of periodic maps.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/learn/network_config.hpp"

namespace shearwater::learn {

/// relu, silu, gelu or elu.
torch::Tensor activate(std::string const& name, torch::Tensor const& x);

/// Normalisation of (n, channels, rows, columns) with a scale and a shift for each channel.
///   group: over groups of channels of one example; batch: over the shard (training) or with the
///   running moments (evaluation); none: scale and shift alone.
class NormImpl : public torch::nn::Module {
 public:
  NormImpl(NetworkConfig const& config, std::int64_t channels);
  torch::Tensor forward(torch::Tensor const& x);
  /// Running mean and variance; undefined unless norm = "batch". In training mode a forward pass
  /// leaves the batch's own moments in `batch_mean` and `batch_variance`.
  torch::Tensor running_mean, running_variance, batch_mean, batch_variance;

 private:
  std::string kind_;
  std::int64_t groups_;
  torch::Tensor scale_, shift_;
};
TORCH_MODULE(Norm);

/// Convolution without bias whose borders wrap around or see zeros.
class ConvolutionImpl : public torch::nn::Module {
 public:
  ConvolutionImpl(NetworkConfig const& config, std::int64_t in, std::int64_t out,
                  std::int64_t kernel, std::int64_t stride);
  torch::Tensor forward(torch::Tensor const& x);

 private:
  bool circular_;
  std::int64_t kernel_, stride_;
  torch::Tensor weight_;
};
TORCH_MODULE(Convolution);

/// x + conv1(act norm conv3(act norm conv1(act norm x))); the shortcut is a 1x1 convolution where
/// channels or resolution change.
class BottleneckImpl : public torch::nn::Module {
 public:
  BottleneckImpl(NetworkConfig const& config, std::int64_t in, std::int64_t out,
                 std::int64_t stride);
  torch::Tensor forward(torch::Tensor const& x);

 private:
  std::string activation_;
  Norm norm_in_, norm_middle_, norm_out_;
  Convolution narrow_, middle_, widen_, shortcut_{nullptr};
};
TORCH_MODULE(Bottleneck);

/// Maps (n, channels, pixels, pixels) to features (n, features()), float32: stem, stages, mean over
/// the pixels.
class ResidualNetworkImpl : public torch::nn::Module {
 public:
  ResidualNetworkImpl(NetworkConfig const& config, std::int64_t channels);
  torch::Tensor forward(torch::Tensor const& maps);
  std::int64_t features() const { return features_; }

 private:
  std::string activation_;
  std::int64_t features_;
  Convolution stem_;
  std::vector<Bottleneck> blocks_;
  Norm norm_;
};
TORCH_MODULE(ResidualNetwork);

}  // namespace shearwater::learn
