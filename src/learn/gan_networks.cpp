// SPDX-License-Identifier: BSD-3-Clause
#include "gan_networks.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::learn {

namespace {

constexpr double place_unit = 10;  // distances of neighbours: places as inputs are then near 1
constexpr double leak = 0.2;       // slope of the leaky ReLU below zero

std::int64_t raw_width(GeneratorConfig const& config, bridge::GraphShape const& shape) {
  auto const label = config.resolved_label(shape);
  if (label == "values") return static_cast<std::int64_t>(shape.value_names.size());
  return (label == "frames" ? 6 : 3) + (config.has_ratios(shape) ? 2 : 0);
}

/// Graph convolutions, which know a node's place where plain values are made.
class ConvolutionGan : public GanNetworks {
 public:
  ConvolutionGan(GeneratorConfig const& config, bridge::GraphShape const& shape);
  void initialise(std::uint64_t seed) override;
  void set_input_statistics(InputStatistics const& statistics) override {
    inputs_.set_input_statistics(statistics);
  }
  Input read(bridge::Batch const& graphs) const override { return inputs_.read(graphs); }
  GraphLabels generate(Input const& input, torch::Tensor const& noise) override;
  std::vector<torch::Tensor> prepare_critic(Input const& input) override {
    return critic_->prepare(input.positions, input.graph.edges);
  }
  /// The mean over the nodes of a graph of one number of each, or with critic_units two layers of
  /// the mean over its nodes of what the convolutions found.
  torch::Tensor criticise(Input const& input, std::vector<torch::Tensor> const& prepared,
                          torch::Tensor const& labels, torch::Tensor const& graph_of_node,
                          std::int64_t graphs) override;
  /// |gradient| over all nodes and channels of a graph.
  torch::Tensor excess(torch::Tensor const& slope, torch::Tensor const& graph_of_node,
                       std::int64_t graphs) const override {
    auto const squares = graph_sums(slope.square().sum(1, true), graph_of_node, graphs);
    return (at::sqrt(squares + 1e-8) - config_.gradient_norm).square();
  }
  double generator_operations(double neighbours) const override {
    return generator_->operations(neighbours);
  }

 private:
  GeneratorConfig config_;
  bridge::GraphShape shape_;
  NodeFeatures inputs_;
  ConvolutionStack critic_{nullptr}, generator_{nullptr};
  Affine critic_units_{nullptr}, critic_score_{nullptr};  // with config.critic_units
};

}  // namespace

DirectionalConvolutionConfig convolution_of(GeneratorConfig const& config, std::int64_t in,
                                            std::int64_t out) {
  DirectionalConvolutionConfig layer{in, out, "isotropic", 1, "learned", 1.0};
  if (config.layer == "isotropic") return layer;
  layer.directions = config.directions == 0 ? "stencil" : "learned";
  layer.count = std::max<std::int64_t>(1, config.directions);
  return layer;
}

torch::Tensor plain_values(bridge::Batch const& batch) {
  auto values = float_tensor(batch.at("values"));
  // The least and the greatest of numbers with a NaN among them are NaN, and refused.
  if (values.numel() > 0 && !(values.min().item<double>() >= 0 && values.max().item<double>() <= 1))
    throw core::InputError(
        "the values of the graphs must lie in [0, 1] for a generator of values: scale them");
  return values;
}

void fill_affine(Affine& layer, double scale, std::uint64_t seed, std::uint64_t index) {
  torch::NoGradGuard const no_grad;
  auto weight = layer->named_parameters()["weight"];
  std::vector<float> values(static_cast<std::size_t>(weight.numel()));
  core::fill_normals(seed, core::Purpose::initial_weights, index, 0, values);
  weight.copy_(torch::from_blob(values.data(), weight.sizes(), torch::kFloat32) /
               (std::sqrt(static_cast<double>(weight.size(1))) / scale));
}

NodeFeatures::NodeFeatures(bridge::GraphShape shape, bool places)
    : shape_(std::move(shape)), places_(places), distance_mean_(at::zeros({1})) {
  auto const scalars = static_cast<std::int64_t>(shape_.scalar_names.size());
  scalar_mean_ = at::zeros({scalars});
  scalar_sd_ = at::ones({scalars});
}

std::int64_t NodeFeatures::width() const {
  return static_cast<std::int64_t>(shape_.scalar_names.size() + 6 * shape_.axis_names.size()) +
         (places_ ? 3 : 0);
}

void NodeFeatures::set_input_statistics(InputStatistics const& statistics) {
  auto const n = static_cast<std::int64_t>(statistics.scalars.mean.size());
  scalar_mean_ = float_tensor(statistics.scalars.mean, {n});
  scalar_sd_ = float_tensor(statistics.scalars.sd, {n});
  distance_mean_ = float_tensor(statistics.distance.mean, {1});
}

NodeFeatures::Input NodeFeatures::read(bridge::Batch const& graphs) const {
  auto const input = graph_input(shape_, graphs);
  auto const positions = in_spacings(input.positions);
  std::vector<torch::Tensor> features = {(input.scalars - scalar_mean_) / scalar_sd_};
  if (input.axes.size(1) > 0) features.push_back(direction_tensor(input.axes).flatten(1));
  if (places_) features.push_back(positions / place_unit);
  return {input, at::cat(features, 1), positions};
}

torch::Tensor unit_vectors(torch::Tensor const& vectors) {
  return vectors * at::rsqrt(vectors.square().sum(-1, true) + 1e-12);
}

torch::Tensor frames_from(torch::Tensor const& raw) {
  auto const first = unit_vectors(raw.narrow(1, 0, 3));
  auto const second = raw.narrow(1, 3, 3);
  auto const across = unit_vectors(second - (second * first).sum(1, true) * first);
  return at::stack({first, across, at::linalg_cross(first, across, 1)}, 1);
}

torch::Tensor label_features(GraphLabels const& labels) {
  std::vector<torch::Tensor> parts;
  if (labels.axes.defined()) {
    // Off the diagonal each component stands for two of the matrix.
    double const twice = std::sqrt(2.0);
    auto const metric = at::tensor({1.0, 1.0, 1.0, twice, twice, twice}, labels.axes.options());
    parts.push_back((direction_tensor(labels.axes) * metric).flatten(1));
  }
  if (labels.ratios.defined()) parts.push_back(labels.ratios);
  if (labels.values.defined()) parts.push_back(labels.values);
  return at::cat(parts, 1);
}

std::int64_t label_width(GeneratorConfig const& config, bridge::GraphShape const& shape) {
  auto const label = config.resolved_label(shape);
  if (label == "values") return static_cast<std::int64_t>(shape.value_names.size());
  return (label == "frames" ? 18 : 6) + (config.has_ratios(shape) ? 2 : 0);
}

torch::Tensor graph_sums(torch::Tensor const& rows, torch::Tensor const& graph_of_node,
                         std::int64_t graphs) {
  return at::zeros({graphs, rows.size(1)}, rows.options()).index_add(0, graph_of_node, rows);
}

ConvolutionStackImpl::ConvolutionStackImpl(GeneratorConfig const& config,
                                           std::vector<std::int64_t> const& widths, std::int64_t in,
                                           std::int64_t out)
    : out_(register_module("out", Affine(widths.empty() ? in : widths.back(), out, true))),
      directions_(convolution_of(config, 1, 1).directions_used()),
      widths_({in}) {
  for (auto const width : widths) {
    convolutions_.push_back(
        register_module("convolution" + std::to_string(convolutions_.size()),
                        DirectionalConvolution(convolution_of(config, widths_.back(), width))));
    widths_.push_back(width);
  }
}

std::uint64_t ConvolutionStackImpl::initialise(std::uint64_t seed, std::uint64_t first) {
  torch::NoGradGuard const no_grad;
  for (auto& convolution : convolutions_) first = convolution->initialise(seed, first);
  fill_affine(out_, 1, seed, first++);
  return first;
}

std::vector<torch::Tensor> ConvolutionStackImpl::prepare(torch::Tensor const& positions,
                                                         GraphEdges const& edges) {
  std::vector<torch::Tensor> weights;
  for (auto& convolution : convolutions_)
    weights.push_back(convolution->edge_weights(positions, edges));
  return weights;
}

torch::Tensor ConvolutionStackImpl::forward(torch::Tensor features,
                                            std::vector<torch::Tensor> const& edge_weights,
                                            GraphEdges const& edges) {
  for (std::size_t i = 0; i < convolutions_.size(); ++i)
    features =
        at::leaky_relu(convolutions_[i]->apply_weights(features, edge_weights[i], edges), leak);
  return out_(features);
}

double ConvolutionStackImpl::operations(double neighbours) const {
  auto const m = static_cast<double>(directions_);
  double total = 0;
  for (std::size_t i = 0; i + 1 < widths_.size(); ++i) {
    auto const in = static_cast<double>(widths_[i]), out = static_cast<double>(widths_[i + 1]);
    total += 2 * (1 + m) * in * out + neighbours * m * (2 * in + 10);
  }
  return total;
}

ConvolutionGan::ConvolutionGan(GeneratorConfig const& config, bridge::GraphShape const& shape)
    : config_(config), shape_(shape), inputs_(shape, config.resolved_label(shape) == "values") {
  auto const inputs = inputs_.width();
  auto const units = config.critic_units;
  critic_ = register_module(
      "critic", ConvolutionStack(config, config.critic_layers, inputs + label_width(config, shape),
                                 units > 0 ? units : 1));
  if (units > 0) {
    critic_units_ = register_module("critic_units", Affine(units, units, true));
    critic_score_ = register_module("critic_score", Affine(units, 1, true));
  }
  generator_ =
      register_module("generator", ConvolutionStack(config, config.generator_layers,
                                                    inputs + config.noise + config.shared_noise,
                                                    raw_width(config, shape)));
}

void ConvolutionGan::initialise(std::uint64_t seed) {
  auto next = generator_->initialise(seed, critic_->initialise(seed, 0));
  if (config_.critic_units == 0) return;
  fill_affine(critic_units_, std::sqrt(2.0), seed, next++);
  fill_affine(critic_score_, 1, seed, next);
}

GraphLabels ConvolutionGan::generate(Input const& input, torch::Tensor const& noise) {
  auto const weights = generator_->prepare(input.positions, input.graph.edges);
  auto const raw = generator_(at::cat({input.features, noise}, 1), weights, input.graph.edges);
  GraphLabels labels;
  auto const label = config_.resolved_label(shape_);
  if (label == "values") {
    labels.values = at::sigmoid(raw);
    return labels;
  }
  labels.axes =
      label == "frames" ? frames_from(raw) : unit_vectors(raw.narrow(1, 0, 3)).unsqueeze(1);
  if (config_.has_ratios(shape_)) labels.ratios = raw.narrow(1, raw.size(1) - 2, 2);
  return labels;
}

torch::Tensor ConvolutionGan::criticise(Input const& input,
                                        std::vector<torch::Tensor> const& prepared,
                                        torch::Tensor const& labels,
                                        torch::Tensor const& graph_of_node, std::int64_t graphs) {
  auto const scores = critic_(at::cat({input.features, labels}, 1), prepared, input.graph.edges);
  auto const nodes = graph_sums(at::ones_like(scores.narrow(1, 0, 1)), graph_of_node, graphs);
  auto const mean = [&](torch::Tensor const& rows) {
    return graph_sums(rows, graph_of_node, graphs) / nodes.clamp_min(1);
  };
  if (config_.critic_units == 0) return mean(scores).squeeze(1);
  // A mean of linear numbers would be blind to how distant parts of a graph belong together.
  auto const found = critic_units_(mean(at::leaky_relu(scores, leak)));
  return critic_score_(at::leaky_relu(found, leak)).squeeze(1);
}

std::shared_ptr<GanNetworks> make_gan_networks(GeneratorConfig const& config,
                                               bridge::GraphShape const& shape) {
  if (config.layer == "equivariant" || config.layer == "none")
    return make_equivariant_gan(config, shape);
  return std::make_shared<ConvolutionGan>(config, shape);
}

}  // namespace shearwater::learn
