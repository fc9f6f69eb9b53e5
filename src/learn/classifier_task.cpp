// SPDX-License-Identifier: BSD-3-Clause
#include "classifier_task.hpp"

#include <algorithm>
#include <cmath>

#include "gan_networks.hpp"
#include "gradient_hand_over.hpp"
#include "graph_tensors.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::learn {

namespace {

constexpr double feature_leak =
    0.2;  // slope of the leaky ReLU below zero: no feature is ever constant
constexpr double place_scale = 10;  // distances of neighbours: places as inputs are then near 1
constexpr double head_scale = 0.1;  // training starts near equal probabilities

GeneratorConfig layers_of(ClassifierConfig const& config) {
  GeneratorConfig layers;
  layers.layer = config.layer;
  layers.directions = config.directions;
  return layers;
}

bridge::GraphShape shape_of(ClassifierCard const& card) {
  bridge::GraphShape shape;
  shape.value_names = card.values;
  shape.neighbours = card.neighbours;
  return shape;
}

void fill(Affine& layer, double scale, std::uint64_t seed, std::uint64_t index) {
  torch::NoGradGuard const no_grad;
  auto weight = layer->named_parameters()["weight"];
  std::vector<float> values(static_cast<std::size_t>(weight.numel()));
  core::fill_normals(seed, core::Purpose::initial_weights, index, 0, values);
  weight.copy_(torch::from_blob(values.data(), weight.sizes(), torch::kFloat32) *
               (scale * std::sqrt(2.0 / static_cast<double>(weight.size(1)))));
}

class ClassifierNetworkImpl : public torch::nn::Module {
 public:
  ClassifierNetworkImpl(ClassifierConfig const& config, ClassifierCard const& card)
      : nodes_(card.nodes),
        convolutions_(register_module(
            "nodes",
            ConvolutionStack(layers_of(config), config.layers,
                             static_cast<std::int64_t>(card.values.size()) + 3, config.channels))),
        features_(register_module("features",
                                  Affine(card.nodes * config.channels, config.features, true))),
        classes_(register_module("classes", Affine(config.features, card.classes, true))),
        distance_mean_(at::zeros({1})) {}

  void initialise(std::uint64_t seed) {
    auto const next = convolutions_->initialise(seed, 0);
    fill(features_, 1, seed, next);
    fill(classes_, head_scale, seed, next + 1);
  }
  void set_input_statistics(InputStatistics const& statistics) {
    distance_mean_ = float_tensor(statistics.distance.mean, {1});
  }

  /// (graphs, features) of the first graphs of a batch.
  torch::Tensor features(GraphInput const& input, torch::Tensor const& values,
                         std::int64_t graphs) {
    auto const positions = input.positions * at::exp(-distance_mean_);
    auto const weights = convolutions_->prepare(positions, input.edges);
    auto const rows =
        convolutions_(at::cat({values, positions / place_scale}, 1), weights, input.edges);
    auto const used = at::leaky_relu(rows.narrow(0, 0, graphs * nodes_), feature_leak);
    return at::leaky_relu(features_(used.reshape({graphs, -1})), feature_leak);
  }
  torch::Tensor log_probabilities(torch::Tensor const& features) {
    return classes_(features).log_softmax(1);
  }

 private:
  std::int64_t nodes_;
  ConvolutionStack convolutions_;
  Affine features_, classes_;
  torch::Tensor distance_mean_;
};
TORCH_MODULE(ClassifierNetwork);

class GraphClassifierTask : public ClassifierTask {
 public:
  GraphClassifierTask(ClassifierConfig const& config, ClassifierCard const& card,
                      std::uint64_t seed)
      : card_(card), shape_(shape_of(card)), network_(config, card) {
    network_->initialise(seed);
    flat_ = flatten_weights(*network_, arrays_);
    hand_over_gradients(network_->parameters(), arrays_, &sink_);
  }

  std::vector<WeightArray> const& arrays() const override { return arrays_; }
  std::span<float> weights() override {
    return {flat_.data_ptr<float>(), static_cast<std::size_t>(flat_.numel())};
  }
  std::span<float> running() override { return {}; }
  void set_input_statistics(InputStatistics const& statistics) override {
    network_->set_input_statistics(statistics);
  }
  void update_running(std::span<float const> /*batch_statistics*/) override {}

  double shard_loss(bridge::Batch const& shard, GradientSink& sink,
                    std::span<float> /*batch_statistics*/) override {
    sink_ = &sink;
    auto const loss = graph_losses(shard).mean();
    loss.backward();
    sink_ = nullptr;
    return loss.item<double>();
  }
  void losses(bridge::Batch const& rows, std::span<double> loss) override {
    torch::NoGradGuard const no_grad;
    auto const values = graph_losses(rows).to(torch::kFloat64).contiguous();
    std::copy_n(values.const_data_ptr<double>(), loss.size(), loss.data());
  }
  bridge::Batch classify(bridge::Batch const& graphs, std::int64_t count) override {
    torch::NoGradGuard const no_grad;
    auto const features = features_of(graphs, count);
    return {{"features", float_array(features)},
            {"probabilities", float_array(network_->log_probabilities(features).exp())}};
  }

 private:
  torch::Tensor features_of(bridge::Batch const& graphs, std::int64_t count) {
    return network_->features(graph_input(shape_, graphs), float_tensor(graphs.at("values")),
                              count);
  }
  torch::Tensor graph_losses(bridge::Batch const& graphs) {
    auto const count = bridge::graph_count(graphs);
    auto const classes = torch::from_blob(bridge::host_data<std::int64_t>(graphs.at("host")),
                                          {count}, torch::kInt64);
    auto const logs = network_->log_probabilities(features_of(graphs, count));
    return -logs.gather(1, classes.unsqueeze(1)).squeeze(1);
  }

  ClassifierCard card_;
  bridge::GraphShape shape_;
  ClassifierNetwork network_;
  torch::Tensor flat_;
  std::vector<WeightArray> arrays_;
  GradientSink* sink_ = nullptr;
};

}  // namespace

std::unique_ptr<ClassifierTask> make_classifier_task(ClassifierConfig const& config,
                                                     ClassifierCard const& card,
                                                     std::uint64_t seed) {
  return std::make_unique<GraphClassifierTask>(config, card, seed);
}

}  // namespace shearwater::learn
