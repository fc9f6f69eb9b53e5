// SPDX-License-Identifier: BSD-3-Clause
#include "context_network.hpp"

#include <string>

namespace shearwater::learn {

namespace {

constexpr std::int64_t radial_bins = 8;
constexpr double radial_reach = 2.5;  // standard deviations of ln r that the bins span to each side
constexpr double smallest_square = 1e-12;  // (Mpc/h)^2: nodes nearer than this have no direction

/// Weights of the six components in a product of two tensors of a device.
torch::Tensor component_weights(torch::Device device) {
  return torch::tensor({1.0F, 1.0F, 1.0F, 2.0F, 2.0F, 2.0F}, device);
}

void set_values(torch::Tensor const& buffer, std::vector<float> const& values) {
  buffer.copy_(torch::tensor(values).view_as(buffer));
}

}  // namespace

torch::Tensor tensor_product(torch::Tensor const& a, torch::Tensor const& b) {
  return (a * b * component_weights(a.device()).view({1, 6, 1})).sum(1);
}

torch::Tensor direction_tensor(torch::Tensor const& unit) {
  auto const x = unit.select(-1, 0), y = unit.select(-1, 1), z = unit.select(-1, 2);
  auto const third = (x * x + y * y + z * z) / 3;
  return at::stack({x * x - third, y * y - third, z * z - third, x * y, x * z, y * z}, -1);
}

MessageRoundImpl::MessageRoundImpl(GeneratorConfig const& config)
    : edges_(config.layer != "none"),
      directions_(config.layer == "equivariant"),
      mix_(config.tensors, config.tensors, false),
      left_(config.tensors, config.tensors, false),
      right_(config.tensors, config.tensors, false),
      update_(config.features + config.tensors + (edges_ ? config.message : 0), config.features,
              true),
      update_out_(config.features, config.features, true) {
  if (edges_) {
    own_ = register_module("own", Affine(config.features, config.message, false));
    other_ = register_module("other", Affine(config.features, config.message, false));
    radial_ = register_module("radial", Affine(radial_bins, config.message, true));
    if (directions_)
      direction_ = register_module("direction", Affine(2 * config.tensors, config.message, false));
    gates_ = register_module("gates",
                             Affine(config.message, (directions_ ? 2 : 1) * config.tensors, true));
  }
  register_module("mix", mix_);
  register_module("left", left_);
  register_module("right", right_);
  register_module("update", update_);
  register_module("update_out", update_out_);
}

NodeContext MessageRoundImpl::forward(NodeContext const& in, GraphEdges const& edges,
                                      EdgeGeometry const& geometry) {
  auto tensors = mix_(in.tensors);
  std::vector<torch::Tensor> known = {in.scalars};
  if (edges_) {
    auto const others = to_edges(in.tensors, edges, EdgeEnd::node);
    auto hidden = to_edges(own_(in.scalars), edges, EdgeEnd::source) +
                  to_edges(other_(in.scalars), edges, EdgeEnd::node) + radial_(geometry.radial);
    auto const direction = geometry.direction.unsqueeze(2);
    if (directions_) {
      auto const mine = to_edges(in.tensors, edges, EdgeEnd::source);
      hidden =
          hidden + direction_(at::cat(
                       {tensor_product(direction, mine), tensor_product(direction, others)}, 1));
    }
    auto const z = at::silu(hidden);
    auto const gates = gates_(z).unsqueeze(1);
    auto const c = in.tensors.size(2);
    auto message = gates.narrow(2, 0, c) * others;
    if (directions_) message = message + gates.narrow(2, c, c) * direction;
    tensors = tensors + sum_edges(message, edges);
    auto const degree = (edges.begin.slice(0, 1) - edges.begin.slice(0, 0, -1)).clamp_min(1);
    known.push_back(sum_edges(z, edges) / degree.to(z.scalar_type()).unsqueeze(1));
  }
  tensors = tensors * at::rsqrt(1 + tensor_product(tensors, tensors)).unsqueeze(1);
  known.push_back(tensor_product(left_(tensors), right_(tensors)));
  return {in.scalars + update_out_(at::silu(update_(at::cat(known, 1)))), tensors};
}

ContextNetworkImpl::ContextNetworkImpl(GeneratorConfig const& config,
                                       bridge::GraphShape const& shape)
    : config_(config),
      inner_(static_cast<std::int64_t>(shape.scalar_names.size()) + config.tensors, config.features,
             true),
      inner_out_(config.features, config.features, true) {
  auto const scalars = static_cast<std::int64_t>(shape.scalar_names.size());
  auto const axes = static_cast<std::int64_t>(shape.axis_names.size());
  scalar_mean_ = register_buffer("scalar_mean", at::zeros({scalars}));
  scalar_sd_ = register_buffer("scalar_sd", at::ones({scalars}));
  distance_mean_ = register_buffer("distance_mean", at::zeros({1}));
  distance_sd_ = register_buffer("distance_sd", at::ones({1}));
  lift_ = register_module("lift", Affine(std::max<std::int64_t>(1, axes), config.tensors, false));
  left_ = register_module("left", Affine(config.tensors, config.tensors, false));
  right_ = register_module("right", Affine(config.tensors, config.tensors, false));
  register_module("inner", inner_);
  register_module("inner_out", inner_out_);
  if (config.layer == "directional") {
    auto in = config.features + 6 * config.tensors;
    for (std::int64_t round = 0; round < config.rounds; ++round) {
      DirectionalConvolutionConfig layer;
      layer.in = in;
      layer.out = config.features;
      layer.directions = config.directions == 0 ? "stencil" : "learned";
      layer.count = std::max<std::int64_t>(1, config.directions);
      layer.radial = "learned";
      directions_used_ = static_cast<double>(layer.directions_used());
      convolutions_.push_back(
          register_module("convolution" + std::to_string(round), DirectionalConvolution(layer)));
      in = config.features;
    }
    convolved_tensors_ =
        register_module("convolved_tensors", Affine(config.features, 6 * config.tensors, false));
    return;
  }
  for (std::int64_t round = 0; round < config.rounds; ++round)
    rounds_.push_back(register_module("round" + std::to_string(round), MessageRound(config)));
}

void ContextNetworkImpl::set_input_statistics(InputStatistics const& statistics) {
  torch::NoGradGuard const no_grad;
  set_values(scalar_mean_, statistics.scalars.mean);
  set_values(scalar_sd_, statistics.scalars.sd);
  set_values(distance_mean_, statistics.distance.mean);
  set_values(distance_sd_, statistics.distance.sd);
}

void ContextNetworkImpl::initialise_convolutions(std::uint64_t seed, std::uint64_t first) {
  for (auto& convolution : convolutions_) first = convolution->initialise(seed, first);
}

EdgeGeometry ContextNetworkImpl::geometry(GraphInput const& input) const {
  auto const separation = to_edges(input.positions, input.edges, EdgeEnd::node) -
                          to_edges(input.positions, input.edges, EdgeEnd::source);
  auto const square = separation.square().sum(1, true);
  auto const apart = square > smallest_square;
  auto const unit = at::where(apart, separation * at::rsqrt(square.clamp_min(smallest_square)),
                              at::zeros_like(separation));
  auto const x = (0.5 * at::log(square.clamp_min(smallest_square)) - distance_mean_) / distance_sd_;
  auto const centres = at::linspace(-radial_reach, radial_reach, radial_bins, x.options());
  double const width = 2 * radial_reach / (radial_bins - 1);
  auto const bins =
      at::exp(-0.5 * ((x.clamp(-2 * radial_reach, 2 * radial_reach) - centres) / width).square());
  return {direction_tensor(unit), bins};
}

NodeContext ContextNetworkImpl::convolved(torch::Tensor const& scalars,
                                          torch::Tensor const& tensors, GraphInput const& input) {
  auto const positions = input.positions * at::exp(-distance_mean_);
  auto features = at::cat({scalars, tensors.flatten(1)}, 1);
  for (auto& convolution : convolutions_)
    features = at::silu(convolution(features, positions, input.edges));
  return {features, convolved_tensors_(features).view({-1, 6, config_.tensors})};
}

double ContextNetworkImpl::operations(double neighbours) const {
  double total = 0;
  for (auto const& item : named_parameters()) {
    auto const& weight = item.value();
    if (weight.dim() < 2) continue;
    auto const& name = item.key();
    bool const tensors = name.ends_with("lift.weight") || name.ends_with("mix.weight") ||
                         name.ends_with("left.weight") || name.ends_with("right.weight");
    bool const edges = name.ends_with("radial.weight") || name.ends_with("direction.weight") ||
                       name.ends_with("gates.weight");
    total += 2.0 * static_cast<double>(weight.numel()) * (tensors ? 6 : edges ? neighbours : 1);
  }
  if (!convolutions_.empty()) {
    // Sums over the edges for each direction, and the weights of the edges.
    auto in = static_cast<double>(config_.features + 6 * config_.tensors);
    for (std::size_t i = 0; i < convolutions_.size(); ++i) {
      total += neighbours * directions_used_ * (2 * in + 10);
      in = static_cast<double>(config_.features);
    }
    return total;
  }
  double const edge_sums =
      static_cast<double>(config_.message * 3 + 6 * config_.tensors * 8) * neighbours;
  return config_.layer == "none" ? total : total + static_cast<double>(config_.rounds) * edge_sums;
}

NodeContext ContextNetworkImpl::forward(GraphInput const& input) {
  auto const n = input.positions.size(0);
  auto tensors = input.axes.size(1) > 0 ? direction_tensor(input.axes).transpose(1, 2)
                                        : at::zeros({n, 6, 1}, input.positions.options());
  tensors = lift_(tensors.contiguous());
  auto const standard = (input.scalars - scalar_mean_) / scalar_sd_;
  auto const products = tensor_product(left_(tensors), right_(tensors));
  auto const scalars = inner_out_(at::silu(inner_(at::cat({standard, products}, 1))));
  if (!convolutions_.empty()) return convolved(scalars, tensors, input);
  NodeContext context{scalars, tensors};
  auto const edges = config_.layer == "none" ? EdgeGeometry{} : geometry(input);
  for (auto& round : rounds_) context = round(context, input.edges, edges);
  return context;
}

}  // namespace shearwater::learn
