// SPDX-License-Identifier: BSD-3-Clause
#include "posterior_network.hpp"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include <cmath>
#include <span>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::learn {

namespace {

/// Convolutions in bfloat16 while it lives.
class Bfloat16 {
 public:
  Bfloat16(bool enabled, at::DeviceType device)
      : device_(device), before_(at::autocast::is_autocast_enabled(device)) {
    at::autocast::set_autocast_enabled(device_, enabled);
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  }
  ~Bfloat16() {
    // The cache holds casts of weights that the optimiser is about to change in place.
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, before_);
  }
  Bfloat16(Bfloat16 const&) = delete;
  Bfloat16& operator=(Bfloat16 const&) = delete;

 private:
  at::DeviceType device_;
  bool before_;
};

void fill(torch::Tensor const& buffer, std::vector<float> const& values) {
  buffer.copy_(torch::tensor(values).view_as(buffer));
}

}  // namespace

AffineImpl::AffineImpl(std::int64_t in, std::int64_t out, bool bias) {
  weight_ = register_parameter("weight", at::zeros({out, in}));
  if (bias) bias_ = register_parameter("bias", at::zeros({out}));
}

torch::Tensor AffineImpl::forward(torch::Tensor const& x) const {
  return at::linear(x, weight_, bias_);
}

LayersImpl::LayersImpl(std::vector<std::int64_t> const& widths, std::int64_t in,
                       std::string activation)
    : activation_(std::move(activation)), features_(in) {
  for (auto const width : widths) {
    layers_.push_back(
        register_module(std::to_string(layers_.size()), Affine(features_, width, true)));
    features_ = width;
  }
}

torch::Tensor LayersImpl::forward(torch::Tensor x) {
  for (auto& layer : layers_) x = activate(activation_, layer(x));
  return x;
}

PosteriorNetworkImpl::PosteriorNetworkImpl(NetworkConfig const& config,
                                           bridge::ExampleShape const& shape)
    : config_(config), parameters_(shape.parameters) {
  auto buffer = [&](char const* name, std::int64_t length, double value) {
    return register_buffer(name, at::full({length}, value, torch::kFloat32));
  };
  std::int64_t features = 0;
  if (config.use_maps) {
    map_mean_ = buffer("map_mean", shape.channels, 0);
    map_sd_ = buffer("map_sd", shape.channels, 1);
    auto channels = shape.channels + (config.mask_channel ? 1 : 0);
    if (config.noise_channel) {
      noise_mean_ = buffer("noise_mean", shape.channels, 0);
      noise_sd_ = buffer("noise_sd", shape.channels, 1);
      channels += shape.channels;
    }
    resnet_ = register_module("resnet", ResidualNetwork(config, channels));
    features = resnet_->features();
    if (config.map_features > 0) {
      projection_ = register_module("projection", Affine(features, config.map_features, false));
      features = config.map_features;
    }
  }
  if (config.use_summaries) {
    summary_mean_ = buffer("summary_mean", shape.summaries, 0);
    summary_sd_ = buffer("summary_sd", shape.summaries, 1);
    summary_layers_ = register_module(
        "summary_layers", Layers(config.summary_layers, shape.summaries, config.layer_activation));
    features += summary_layers_->features();
  }
  layers_ = register_module("layers", Layers(config.layers, features, config.layer_activation));
  head_ = register_module(
      "head", Affine(layers_->features(), mixture_width(config.components, parameters_), true));
}

torch::Tensor PosteriorNetworkImpl::map_features(NetworkInput const& input, bool bfloat16) {
  auto standard = [](torch::Tensor const& x, torch::Tensor const& mean, torch::Tensor const& sd) {
    return (x - mean.view({1, -1, 1, 1})) / sd.view({1, -1, 1, 1});
  };
  std::vector<torch::Tensor> channels = {standard(input.maps, map_mean_, map_sd_)};
  if (config_.mask_channel) channels.push_back(input.mask);
  if (config_.noise_channel) channels.push_back(standard(input.noise, noise_mean_, noise_sd_));
  auto const image = (channels.size() > 1 ? at::cat(channels, 1) : channels[0])
                         .contiguous(at::MemoryFormat::ChannelsLast);
  Bfloat16 const scope(bfloat16, image.device().type());
  return resnet_(image);
}

torch::Tensor PosteriorNetworkImpl::joined_features(NetworkInput const& input, bool bfloat16) {
  std::vector<torch::Tensor> features;
  if (config_.use_maps) {
    auto const pooled = map_features(input, bfloat16);
    features.push_back(projection_.is_empty() ? pooled : projection_(pooled));
  }
  if (config_.use_summaries) {
    auto standard = (input.summaries - summary_mean_) / summary_sd_;
    if (config_.summary_clip > 0)
      standard = standard.clamp(-config_.summary_clip, config_.summary_clip);
    features.push_back(summary_layers_(standard));
  }
  return features.size() > 1 ? at::cat(features, 1) : features[0];
}

Mixture PosteriorNetworkImpl::forward(NetworkInput const& input, bool bfloat16) {
  auto const features = layers_(joined_features(input, bfloat16));
  return make_mixture(head_(features), config_.components, parameters_);
}

void PosteriorNetworkImpl::set_input_statistics(InputStatistics const& statistics) {
  torch::NoGradGuard const no_grad;
  if (config_.use_maps) {
    fill(map_mean_, statistics.maps.mean);
    fill(map_sd_, statistics.maps.sd);
  }
  if (config_.noise_channel) {
    fill(noise_mean_, statistics.noise.mean);
    fill(noise_sd_, statistics.noise.sd);
  }
  if (config_.use_summaries) {
    fill(summary_mean_, statistics.summaries.mean);
    fill(summary_sd_, statistics.summaries.sd);
  }
}

std::vector<Norm> PosteriorNetworkImpl::norms() const {
  std::vector<Norm> norms;
  for (auto const& module : modules(/*include_self=*/false))
    if (auto norm = std::dynamic_pointer_cast<NormImpl>(module);
        norm && norm->running_mean.defined())
      norms.emplace_back(norm);
  return norms;
}

void initialise(PosteriorNetwork& network, NetworkConfig const& config, std::int64_t parameters,
                std::uint64_t seed) {
  torch::NoGradGuard const no_grad;
  std::uint64_t position = 0;
  for (auto const& item : network->named_parameters()) {
    auto const& name = item.key();
    auto weight = item.value();
    auto const index = position++;
    if (weight.dim() < 2) {
      weight.fill_(name.ends_with("scale") ? 1.0 : 0.0);
      if (name != "head.bias") continue;
    }
    std::vector<float> values(static_cast<std::size_t>(weight.numel()));
    core::fill_normals(seed, core::Purpose::initial_weights, index, 0, values);
    auto normals = torch::from_blob(values.data(), weight.sizes(), torch::kFloat32);
    if (name == "head.bias") {
      auto means = weight.view({config.components, -1}).slice(1, 1, 1 + parameters);
      if (config.components > 1)
        means.copy_(0.3 * normals.view({config.components, -1}).slice(1, 1, 1 + parameters));
      continue;
    }
    auto const fan_in = static_cast<double>(weight.numel() / weight.size(0));
    weight.copy_(normals * (std::sqrt(2.0 / fan_in) * (name == "head.weight" ? 0.1 : 1.0)));
  }
}

}  // namespace shearwater::learn
