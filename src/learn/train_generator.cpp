// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "generator_task.hpp"
#include "graph_scales.hpp"
#include "lineage.hpp"
#include "mixture_task.hpp"
#include "model_files.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/learn/generator.hpp"
#include "trainer.hpp"
#include "training_start.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t step_limit = std::int64_t{1} << 27;  // of PathRequest::step

/// What the graphs themselves tell of the card.
GeneratorCard card_of(GeneratorCard facts, GeneratorConfig const& generator,
                      bridge::GraphSource const& source, std::int64_t held_out) {
  auto const& shape = source.graph_shape();
  facts.program = core::version_text();
  facts.label = generator.resolved_label(shape);
  facts.axis_ratios = generator.has_ratios(shape);
  if (facts.label == "values") facts.values = shape.value_names;
  facts.scalars = shape.scalar_names;
  facts.axes = shape.axis_names;
  facts.scalar_low = shape.low;
  facts.scalar_high = shape.high;
  facts.neighbours = shape.neighbours;
  facts.graphs = source.size() - held_out;
  facts.nodes = std::llround(shape.nodes_per_graph * static_cast<double>(facts.graphs));
  return facts;
}

void check(parallel::Communicator const& comm, GeneratorConfig const& generator,
           TrainConfig const& config, bridge::GraphSource const& source) {
  generator.check(source.graph_shape());
  config.check(comm.size());
  config.check_examples(source.size());
  refuse_kept_examples(config);
  if (config.precision == "bfloat16")
    throw core::InputError(
        "train.precision = \"bfloat16\": generators are trained in float32; leave it out");
  if (config.steps >= step_limit)
    throw core::InputError(
        fmt::format("train.steps = {}: a generator has random numbers for {} "
                    "steps at most",
                    config.steps, step_limit - 1));
  if (generator.kind == "gan" && config.patience > 0)
    throw core::InputError(fmt::format(
        "train.patience = {}: the held-out loss of a gan is its critic's estimate and tells "
        "nothing of when to stop; leave it out",
        config.patience));
}

/// Throws InputError unless the weights of `start` (where it names a model) are those of a
/// generator of the same labels from the same inputs in the same order; `card` and `generator` are
/// those of the training that begins.
void require_same_generator(TrainingStart const& start, GeneratorCard const& card,
                            GeneratorConfig const& generator) {
  if (start.folder.empty()) return;
  auto description = core::Config::from_text(start.text, start.folder + "/model.toml");
  if (!description.has("model.generator"))
    throw core::InputError(fmt::format(
        "train.start_from: {} holds no generator: name a folder that was trained from [graphs]",
        start.folder));
  auto const parent = description.read<GeneratorCard>("model");
  auto const its = description.read<GeneratorConfig>("model.generator");
  auto const compare = [&](char const* what, auto const& there, auto const& here) {
    if (there != here)
      throw core::InputError(fmt::format(
          "train.start_from: the model of {} has {} {}, this training {}: give the keys and the "
          "inputs of graphs that it was trained with",
          start.folder, what, there, here));
  };
  compare("the kind", its.kind, generator.kind);
  compare("the layer", its.layer, generator.layer);
  compare("the label", parent.label, card.label);
  compare("axis ratios:", parent.axis_ratios, card.axis_ratios);
  compare("the values", parent.values, card.values);
  compare("the scalars", parent.scalars, card.scalars);
  compare("the axes", parent.axes, card.axes);
  compare("neighbours", parent.neighbours, card.neighbours);
}

}  // namespace

TrainResult train_generator(parallel::Communicator const& comm, GeneratorConfig const& generator,
                            TrainConfig const& given, bridge::GraphSource const& source,
                            GeneratorCard const& facts, core::RunControl const& control,
                            TrainOutput const& output) {
  check(comm, generator, given, source);
  auto config = given;
  config.precision = "float32";  // what `auto` means here
  refuse_old_output(comm, output);
  prepare_torch(config.threads, config.device);
  if (config.keep_memory) keep_memory_pages();
  auto const start = read_start(comm, config.start_from);
  auto const& shape = source.graph_shape();
  auto const task = make_generator_task(generator, shape, static_cast<std::uint64_t>(config.seed));
  auto card = card_of(facts, generator, source, config.held_out);
  card.lineage.chosen_by_held_out = config.patience > 0;
  require_same_generator(start, card, generator);
  card.lineage = with_ancestors(card.lineage, start);
  auto const inputs = begin_from(comm, start, scales_of(card), *task);
  Trainer trainer(comm, config, *task,
                  {source,
                   control,
                   output.folder,
                   settings_hash({toml_of("generator", generator) + toml_of("train", config) +
                                      toml_of("card", card),
                                  output.resolved_input},
                                 start),
                   {},
                   output.resume,
                   inputs,
                   step_limit - 1});
  remove_old_output(comm, output);
  trainer.run();

  auto result = trainer.result(config.precision);
  result.unit = generator.kind == "gan"  ? "of the critic"
                : card.label == "values" ? "of values from -1 to 1"
                                         : "radian^2";
  auto const& state = trainer.state();
  if (result.stopped) return result;
  std::ranges::copy(trainer.final_weights(), task->weights().begin());
  result.held_out = trainer.held_out().loss(comm, *task);
  result.held_out_theta = result.held_out;
  comm.on_root([&] {
    card.steps = state.step;
    card.weights = result.weights;
    card.held_out_loss = result.held_out;
    write_model(output.folder, task->arrays(), {trainer.final_weights(), {}, state.inputs},
                [&](std::string const& weights_hash) {
                  card.weights_hash = weights_hash;
                  return toml_of("model", card) + "\n" + toml_of("model.generator", generator) +
                         "\n" + toml_of("model.train", config) + "\n" + output.resolved_input;
                });
  });
  core::log_info(fmt::format("{} of {} steps, {:.1f} steps/s, held-out loss {:.4f} {}",
                             result.steps, result.total_steps, result.steps_per_second,
                             result.held_out, result.unit));
  return result;
}

}  // namespace shearwater::learn
