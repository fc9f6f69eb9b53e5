// SPDX-License-Identifier: BSD-3-Clause
#include "residual_network.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

constexpr double norm_epsilon = 1e-5;

/// x (n, c, rows, columns) with `border` pixels wrapped around both axes. One pass each way that
/// keeps channels_last; slices and concatenations would fill and add whole maps in the backward
/// pass.
class Wrap : public torch::autograd::Function<Wrap> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, torch::Tensor const& x,
                               std::int64_t border) {
    context->saved_data["border"] = border;
    auto const h = x.size(2), w = x.size(3), b = border;
    auto wrapped = at::empty({x.size(0), x.size(1), h + 2 * b, w + 2 * b}, x.options(),
                             at::MemoryFormat::ChannelsLast);
    auto const rows = wrapped.narrow(2, b, h);
    rows.narrow(3, b, w).copy_(x);
    rows.narrow(3, 0, b).copy_(x.narrow(3, w - b, b));
    rows.narrow(3, w + b, b).copy_(x.narrow(3, 0, b));
    wrapped.narrow(2, 0, b).copy_(wrapped.narrow(2, h, b));
    wrapped.narrow(2, h + b, b).copy_(wrapped.narrow(2, b, b));
    return wrapped;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    auto const b = context->saved_data["border"].toInt();
    auto const& g = gradients[0];
    auto const h = g.size(2) - 2 * b;
    auto x = fold_columns(g.narrow(2, b, h), b);
    x.narrow(2, h - b, b).add_(fold_columns(g.narrow(2, 0, b), b));
    x.narrow(2, 0, b).add_(fold_columns(g.narrow(2, h + b, b), b));
    return {x, torch::Tensor()};
  }

 private:
  /// Adds the wrapped columns of some rows to those they were copied from.
  static torch::Tensor fold_columns(torch::Tensor const& rows, std::int64_t b) {
    auto const w = rows.size(3) - 2 * b;
    auto x = rows.narrow(3, b, w).clone(at::MemoryFormat::ChannelsLast);
    x.narrow(3, w - b, b).add_(rows.narrow(3, 0, b));
    x.narrow(3, 0, b).add_(rows.narrow(3, w + b, b));
    return x;
  }
};

/// A 1x1 convolution as a matrix product over the channels, which lie last in memory. (oneDNN's own
/// kernel for its weight gradient writes out of bounds for fewer than eight channels on AVX2.)
torch::Tensor convolve_pixel(torch::Tensor const& x, torch::Tensor const& weight,
                             std::int64_t stride) {
  auto const pixels =
      stride == 1 ? x : x.slice(2, 0, x.size(2), stride).slice(3, 0, x.size(3), stride);
  return at::linear(pixels.permute({0, 2, 3, 1}), weight.flatten(1)).permute({0, 3, 1, 2});
}

}  // namespace

torch::Tensor activate(std::string const& name, torch::Tensor const& x) {
  if (name == "relu") return at::relu(x);
  if (name == "silu") return at::silu(x);
  if (name == "gelu") return at::gelu(x);
  core::require(name == "elu", "unknown activation " + name);
  return at::elu(x);
}

NormImpl::NormImpl(NetworkConfig const& config, std::int64_t channels)
    : kind_(config.norm), groups_(config.norm_groups) {
  scale_ = register_parameter("scale", at::ones({channels}));
  shift_ = register_parameter("shift", at::zeros({channels}));
  if (kind_ != "batch") return;
  running_mean = register_buffer("running_mean", at::zeros({channels}));
  running_variance = register_buffer("running_variance", at::ones({channels}));
}

torch::Tensor NormImpl::forward(torch::Tensor const& x) {
  if (kind_ == "group") return at::group_norm(x, groups_, scale_, shift_, norm_epsilon, false);
  if (kind_ == "none") return x * scale_.view({1, -1, 1, 1}) + shift_.view({1, -1, 1, 1});
  if (!is_training())
    return at::batch_norm(x, scale_, shift_, running_mean, running_variance, false, 0.0,
                          norm_epsilon, false);
  // With momentum 1 the "running" moments that come back are the batch's own.
  batch_mean = at::zeros_like(running_mean);
  batch_variance = at::ones_like(running_variance);
  return at::batch_norm(x, scale_, shift_, batch_mean, batch_variance, true, 1.0, norm_epsilon,
                        false);
}

ConvolutionImpl::ConvolutionImpl(NetworkConfig const& config, std::int64_t in, std::int64_t out,
                                 std::int64_t kernel, std::int64_t stride)
    : circular_(config.padding == "circular"), kernel_(kernel), stride_(stride) {
  weight_ = register_parameter("weight", at::zeros({out, in, kernel, kernel}));
}

torch::Tensor ConvolutionImpl::forward(torch::Tensor const& x) {
  if (kernel_ == 1) return convolve_pixel(x, weight_, stride_);
  auto const border = kernel_ / 2;
  auto const padding = circular_ ? 0 : border;
  return at::conv2d(circular_ ? Wrap::apply(x, border) : x, weight_, /*bias=*/{},
                    at::IntArrayRef{stride_, stride_}, at::IntArrayRef{padding, padding});
}

BottleneckImpl::BottleneckImpl(NetworkConfig const& config, std::int64_t in, std::int64_t out,
                               std::int64_t stride)
    : activation_(config.activation),
      norm_in_(config, in),
      norm_middle_(config, out / config.bottleneck),
      norm_out_(config, out / config.bottleneck),
      narrow_(config, in, out / config.bottleneck, 1, 1),
      middle_(config, out / config.bottleneck, out / config.bottleneck, 3, stride),
      widen_(config, out / config.bottleneck, out, 1, 1) {
  register_module("norm_in", norm_in_);
  register_module("narrow", narrow_);
  register_module("norm_middle", norm_middle_);
  register_module("middle", middle_);
  register_module("norm_out", norm_out_);
  register_module("widen", widen_);
  if (in != out || stride != 1)
    shortcut_ = register_module("shortcut", Convolution(config, in, out, 1, stride));
}

torch::Tensor BottleneckImpl::forward(torch::Tensor const& x) {
  auto h = activate(activation_, norm_in_(x));
  auto const shortcut = shortcut_.is_empty() ? x : shortcut_(h);
  h = activate(activation_, norm_middle_(narrow_(h)));
  h = activate(activation_, norm_out_(middle_(h)));
  return widen_(h) + shortcut;
}

ResidualNetworkImpl::ResidualNetworkImpl(NetworkConfig const& config, std::int64_t channels)
    : activation_(config.activation),
      features_(config.stage_channels.back()),
      stem_(config, channels, config.stem_channels, config.stem_kernel, config.stem_stride),
      norm_(config, config.stage_channels.back()) {
  register_module("stem", stem_);
  auto in = config.stem_channels;
  for (std::size_t stage = 0; stage < config.stage_channels.size(); ++stage)
    for (std::int64_t block = 0; block < config.stage_blocks[stage]; ++block) {
      auto const out = config.stage_channels[stage];
      std::int64_t const stride = stage > 0 && block == 0 ? 2 : 1;
      blocks_.push_back(
          register_module("stage" + std::to_string(stage) + "_block" + std::to_string(block),
                          Bottleneck(config, in, out, stride)));
      in = out;
    }
  register_module("norm", norm_);
}

torch::Tensor ResidualNetworkImpl::forward(torch::Tensor const& maps) {
  auto x = stem_(maps);
  for (auto& block : blocks_) x = block(x);
  return activate(activation_, norm_(x)).to(torch::kFloat32).mean({2, 3});
}

}  // namespace shearwater::learn
