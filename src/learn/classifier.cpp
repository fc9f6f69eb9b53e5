// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/learn/classifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "classifier_task.hpp"
#include "lineage.hpp"
#include "mixture_task.hpp"
#include "model_files.hpp"
#include "padded_graphs.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t newest_format = 1;

void check_finite(bridge::Batch const& graphs, char const* name) {
  auto const found = graphs.find(name);
  if (found == graphs.end())
    throw core::InputError(
        fmt::format("the classifier reads '{}', which the graphs do not hold", name));
  float const* values = bridge::host_data<float>(found->second);
  if (!std::all_of(values, values + found->second.size(),
                   [](float value) { return std::isfinite(value); }))
    throw core::InputError(fmt::format(
        "'{}' of the graphs holds a value that is not finite: repair or leave out its graph",
        name));
}

}  // namespace

void ClassifierConfig::describe(core::Fields& field) {
  field("layer", layer, "", "of the convolutions; isotropic: distances alone")
      .one_of({"directional", "isotropic"});
  field("directions", directions, "",
        "that directional convolutions learn; 0: the 26 of a stencil of 3 x 3 x 3, fixed")
      .between(0, 64);
  field("layers", layers, "features", "after each convolution").between(1, 1024);
  field("channels", channels, "numbers", "of each node before all of a graph meet")
      .between(1, 1024);
  field("features", features, "numbers", "of a graph, that its class is told by").between(2, 4096);
}

void ClassifierCard::describe(core::Fields& field) {
  field("format_version", format_version, "", "of the model folder").at_least(1);
  field("program", program, "", "that wrote it");
  field("values", values, "", "names of what is read of a node");
  field("nodes", nodes, "", "of each graph").at_least(0);
  field("classes", classes, "", "that graphs are told apart into").at_least(0);
  field("neighbours", neighbours, "", "that a node hears from; 0: all of its graph").at_least(0);
  field("graphs", graphs, "", "that were trained on").at_least(0);
  lineage.describe(field);
  field("held_out", held_out, "graphs", "that the next two numbers are of").at_least(0);
  field("held_out_loss", held_out_loss, "nats", "cross entropy");
  field("accuracy", accuracy, "", "share of them that is given its own class").between(0, 1);
  field("steps", steps, "steps", "of the training").at_least(0);
  field("weights", weights, "", "number of trained weights").at_least(0);
  field("weights_hash", weights_hash, "", "XXH3-128 of model.safetensors");
}

InputStatistics scales_of(ClassifierCard const& /*card*/) {
  InputStatistics scales;
  scales.distance = {{0.0F}, {1.0F}};
  return scales;
}

struct GraphClassifier::State {
  std::string text;
  ClassifierConfig config;
  ClassifierCard card;
  std::unique_ptr<ClassifierTask> task;
};

GraphClassifier::GraphClassifier(std::string const& folder, std::int64_t threads)
    : state_(std::make_unique<State>()) {
  auto& state = *state_;
  state.text = read_model_text(folder);
  auto config = core::Config::from_text(state.text, folder + "/model.toml");
  if (!config.has("model.classifier"))
    throw core::InputError(folder +
                           " holds no classifier of graphs: name a folder that `shearwater train` "
                           "made from [graphs] and [classifier]");
  state.card = read_classifier_card(config);
  if (state.card.format_version > newest_format)
    throw core::InputError(
        fmt::format("{} has format_version {}, this program reads up to {}: use a newer shearwater",
                    folder, state.card.format_version, newest_format));
  state.config = config.read<ClassifierConfig>("model.classifier");
  prepare_torch(threads, "cpu");
  state.task = make_classifier_task(state.config, state.card, 0);
  ModelWeights model;
  model.inputs = scales_of(state.card);
  read_model_weights(folder, state.card.weights_hash, state.task->arrays(), model);
  std::ranges::copy(model.weights, state.task->weights().begin());
  state.task->set_input_statistics(model.inputs);
}

GraphClassifier::~GraphClassifier() = default;
GraphClassifier::GraphClassifier(GraphClassifier&&) noexcept = default;
GraphClassifier& GraphClassifier::operator=(GraphClassifier&&) noexcept = default;

bridge::Batch GraphClassifier::classify(bridge::Batch const& graphs) const {
  auto const& card = state_->card;
  auto batch = graphs;
  for (auto const* name : {"positions", "values"}) check_finite(batch, name);
  bridge::add_edges(batch, card.neighbours);
  auto const* begin = bridge::host_data<std::int64_t>(batch.at("graph_begin"));
  auto const* edge = bridge::host_data<std::int64_t>(batch.at("edge_begin"));
  auto const count = bridge::graph_count(batch);
  bridge::Batch result = {
      {"features",
       bridge::allocate(bridge::ElementType::float32, {count, state_->config.features})},
      {"probabilities", bridge::allocate(bridge::ElementType::float32, {count, card.classes})}};
  for (std::int64_t g = 0; g < count; ++g) {
    auto const nodes = begin[g + 1] - begin[g];
    if (nodes != card.nodes)
      throw core::InputError(
          fmt::format("a graph of {} nodes for a classifier of graphs of {}: take graphs of the "
                      "same places as those it was trained on",
                      nodes, card.nodes));
    // Alone, so that no kernel is chosen by what is beside it.
    auto const edges = edge[begin[g + 1]] - edge[begin[g]];
    auto const part = state_->task->classify(
        padded(batch, {g, 1, nodes + 1, edges + 1}, {"positions", "values"}), 1);
    for (auto const& [name, array] : part)
      std::copy_n(bridge::host_data<float>(array), array.size(),
                  bridge::host_data<float>(result.at(name)) + g * array.size());
  }
  return result;
}

ClassifierCard const& GraphClassifier::card() const { return state_->card; }
ClassifierConfig const& GraphClassifier::config() const { return state_->config; }
std::string const& GraphClassifier::description() const { return state_->text; }

}  // namespace shearwater::learn
