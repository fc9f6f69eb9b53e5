// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "gan_noise.hpp"
#include "generator_task.hpp"
#include "graph_scales.hpp"
#include "mixture_task.hpp"
#include "model_files.hpp"
#include "orientation_starts.hpp"
#include "padded_graphs.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/learn/generator.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t complete_graph_edges = 16;  // of a node, where all of a halo are neighbours

void check_finite(bridge::Batch const& graphs, std::string const& name) {
  auto const& array = graphs.at(name);
  float const* values = bridge::host_data<float>(array);
  auto const bad = std::find_if_not(values, values + array.size(),
                                    [](float value) { return std::isfinite(value); });
  if (bad != values + array.size())
    throw core::InputError("'" + name + "' holds a value that is not finite, at node " +
                           std::to_string((bad - values) / (array.size() / array.extents[0])) +
                           ": repair or leave out its graph");
}

/// Whether each array has the rows that graph_begin counts, of the width that the card gives.
void check_rows(bridge::Batch const& graphs, std::vector<std::string> const& names,
                GeneratorCard const& card) {
  auto const& starts = graphs.at("graph_begin");
  auto const* begin = bridge::host_data<std::int64_t>(starts);
  auto const count = starts.extents.size() == 1 ? starts.extents[0] : 0;
  if (count < 1 || begin[0] != 0 || !std::is_sorted(begin, begin + count))
    throw core::InputError(
        "'graph_begin' does not rise from 0: it holds the first node of each graph, and at its end "
        "the number of nodes");
  auto const nodes = begin[count - 1];
  auto const scalars = std::ssize(card.scalars), axes = std::ssize(card.axes);
  std::map<std::string, std::vector<std::int64_t>> const known = {{"id", {nodes}},
                                                                  {"positions", {nodes, 3}},
                                                                  {"scalars", {nodes, scalars}},
                                                                  {"axes", {nodes, axes, 3}}};
  auto all = names;
  all.emplace_back("id");
  for (auto const& name : all)
    if (graphs.at(name).extents != known.at(name))
      throw core::InputError(fmt::format(
          "'{}' has the shape ({}), but the generator reads ({}): 'graph_begin' counts "
          "{} nodes",
          name, fmt::join(graphs.at(name).extents, ", "), fmt::join(known.at(name), ", "), nodes));
}

/// Whether the ranges of the scalars are those of the scalars.
void check_card(GeneratorCard const& card, std::string const& folder) {
  auto const ranges = [&](std::vector<double> const& values) {
    return values.size() == card.scalars.size() &&
           std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
  };
  bool good = ranges(card.scalar_low) && ranges(card.scalar_high);
  for (std::size_t k = 0; good && k < card.scalars.size(); ++k)
    good = card.scalar_low[k] <= card.scalar_high[k];
  if (!good)
    throw core::InputError(
        fmt::format("{}/model.toml: model.scalar_low and model.scalar_high must give each of the "
                    "{} scalars a finite range, the low end first: copy the whole folder again",
                    folder, card.scalars.size()));
}

void check_names(bridge::Batch const& graphs, std::vector<std::string> const& names) {
  for (auto const& name : names)
    if (!graphs.contains(name))
      throw core::InputError("the generator reads '" + name + "', which the graphs do not hold");
}

}  // namespace

InputStatistics scales_of(GeneratorCard const& card) {
  InputStatistics scales;
  auto const size = [](InputStatistics::Moments& moments, std::size_t width) {
    moments.mean.resize(width);
    moments.sd.resize(width);
  };
  size(scales.scalars, card.scalars.size());
  size(scales.distance, 1);
  size(scales.ratios, card.axis_ratios ? 2 : 0);
  return scales;
}

bridge::GraphShape shape_of(GeneratorCard const& card) {
  bridge::GraphShape shape;
  shape.scalar_names = card.scalars;
  shape.axis_names = card.axes;
  shape.frames = card.label == "frames";
  shape.major = card.label == "major";
  shape.axis_ratios = card.axis_ratios;
  shape.value_names = card.values;
  shape.neighbours = card.neighbours;
  shape.nodes_per_graph = 1;
  return shape;
}

struct GeneratorModel::State {
  std::string text;
  GeneratorConfig config;
  GeneratorCard card;
  std::unique_ptr<GeneratorTask> task;
  std::vector<std::string> names;  // arrays by node that the network reads

  std::int64_t edges_per_node() const {
    return card.neighbours > 0 ? card.neighbours : complete_graph_edges;
  }
};

GeneratorModel::GeneratorModel(std::string const& folder, std::int64_t threads)
    : state_(std::make_unique<State>()) {
  auto& state = *state_;
  state.text = read_model_text(folder);
  auto config = core::Config::from_text(state.text, folder + "/model.toml");
  if (!config.has("model.generator"))
    throw core::InputError(folder +
                           " holds no generator of orientations: name a folder that `shearwater "
                           "train` made from [graphs] and [generator]");
  state.card = config.read<GeneratorCard>("model");
  require_known_format(folder, state.card.format_version);
  check_card(state.card, folder);
  state.config = config.read<GeneratorConfig>("model.generator");
  state.names = {"positions"};
  if (!state.card.scalars.empty()) state.names.emplace_back("scalars");
  if (!state.card.axes.empty()) state.names.emplace_back("axes");
  prepare_torch(threads, "cpu");
  state.task = make_generator_task(state.config, shape_of(state.card), 0);
  ModelWeights model;
  model.inputs = scales_of(state.card);
  read_model_weights(folder, state.card.weights_hash, state.task->arrays(), model);
  std::ranges::copy(model.weights, state.task->weights().begin());
  state.task->set_input_statistics(model.inputs);
}

GeneratorModel::~GeneratorModel() = default;
GeneratorModel::GeneratorModel(GeneratorModel&&) noexcept = default;
GeneratorModel& GeneratorModel::operator=(GeneratorModel&&) noexcept = default;

bridge::Batch GeneratorModel::sample(bridge::Batch const& graphs, std::uint64_t seed,
                                     std::int64_t draw) const {
  auto batch = graphs;
  check_names(batch, {"graph_begin", "id"});
  check_names(batch, state_->names);
  check_rows(batch, state_->names, state_->card);
  for (auto const& name : state_->names) check_finite(batch, name);
  core::require(draw >= 0 && draw < (std::int64_t{1} << 30), "GeneratorModel: draw out of range");
  bridge::add_edges(batch, state_->card.neighbours);
  auto names = state_->names;
  auto const& config = state_->config;
  bool const gan = config.kind == "gan", values = !gan && state_->card.label == "values";
  if (gan || values) {
    auto const own = gan ? config.noise : flow_noise(std::ssize(state_->card.values));
    batch["start_noise"] = node_noise(batch, "id",
                                      {seed, static_cast<std::uint64_t>(draw), own,
                                       gan ? config.shared_noise : 0, NoiseKind::sample});
    names.emplace_back("start_noise");
  } else {
    add_starts(batch, seed, static_cast<std::uint32_t>(draw));
    names.insert(names.end(), {"start_frames", "start_ratios"});
  }
  auto const n = batch.at("id").extents[0];
  auto const* begin = bridge::host_data<std::int64_t>(batch.at("graph_begin"));
  bridge::Batch result;
  if (values)
    result["values"] =
        bridge::allocate(bridge::ElementType::float32, {n, std::ssize(state_->card.values)});
  for (auto const& block :
       values ? single_graphs(batch) : graph_blocks(batch, state_->edges_per_node())) {
    auto const part = state_->task->sample(padded(batch, block, names));
    auto const first = begin[block.first], count = begin[block.first + block.count] - first;
    for (auto const& [name, array] : part) {
      auto extents = array.extents;
      extents[0] = n;
      auto [place, fresh] = result.try_emplace(name);
      if (fresh) place->second = bridge::allocate(array.type, extents);
      auto const width = array.size() / array.extents[0];
      std::copy_n(bridge::host_data<float>(array), count * width,
                  bridge::host_data<float>(place->second) + first * width);
    }
  }
  return result;
}

GeneratorCard const& GeneratorModel::card() const { return state_->card; }
GeneratorConfig const& GeneratorModel::config() const { return state_->config; }
std::string const& GeneratorModel::description() const { return state_->text; }
double GeneratorModel::operations_per_galaxy() const {
  return state_->task->operations_per_galaxy(static_cast<double>(state_->edges_per_node()));
}

}  // namespace shearwater::learn
