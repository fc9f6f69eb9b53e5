// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>

#include "classifier_task.hpp"
#include "lineage.hpp"
#include "mixture_task.hpp"
#include "model_files.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"
#include "trainer.hpp"
#include "training_start.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t most_classes = 1000;
constexpr std::int64_t block_graphs = 64;

/// What the graphs themselves tell of the card.
ClassifierCard card_of(bridge::GraphSource const& source, std::int64_t held_out) {
  auto const& graphs = source.graphs();
  ClassifierCard card;
  card.program = core::version_text();
  card.values = graphs.value_names;
  card.neighbours = source.graph_shape().neighbours;
  card.graphs = source.size() - held_out;
  card.held_out = held_out;
  card.nodes = graphs.begin.at(1);
  for (std::int64_t g = 0; g < graphs.graphs(); ++g) {
    auto const at = static_cast<std::size_t>(g);
    auto const nodes = graphs.begin[at + 1] - graphs.begin[at];
    if (nodes != card.nodes)
      throw core::InputError(
          fmt::format("graph {} has {} nodes, the first one {}: a classifier needs graphs of the "
                      "same nodes, such as `shearwater graph` makes of digits",
                      g, nodes, card.nodes));
    if (graphs.host[at] < 0 || graphs.host[at] >= most_classes)
      throw core::InputError(
          fmt::format("graph {} is of class {} (its host): must be between 0 and {}", g,
                      graphs.host[at], most_classes - 1));
    card.classes = std::max(card.classes, graphs.host[at] + 1);
  }
  return card;
}

void check(parallel::Communicator const& comm, TrainConfig const& config,
           bridge::GraphSource const& source) {
  config.check(comm.size());
  config.check_examples(source.size());
  if (source.graphs().value_names.empty())
    throw core::InputError(
        "the graphs hold no values: a classifier tells graphs apart by the values of their nodes");
  refuse_kept_examples(config);
}

/// Of the held-out graphs, the share whose most probable class is their own. Collective over comm.
double accuracy(parallel::Communicator const& comm, ClassifierTask& task,
                bridge::GraphSource const& source, std::int64_t held_out) {
  auto const share = parallel::share_of(held_out, comm.rank(), comm.size());
  std::int64_t right = 0;
  comm.together([&] {
    for (std::int64_t done = 0; done < share.count; done += block_graphs) {
      auto const count = std::min(block_graphs, share.count - done);
      auto const batch = source.examples(static_cast<std::uint64_t>(share.first + done), count);
      auto const found = task.classify(batch, count).at("probabilities");
      auto const* host = bridge::host_data<std::int64_t>(batch.at("host"));
      auto const* p = bridge::host_data<float>(found);
      auto const classes = found.extents[1];
      for (std::int64_t g = 0; g < count; ++g, p += classes)
        right += std::max_element(p, p + classes) - p == host[g] ? 1 : 0;
    }
  });
  return static_cast<double>(comm.sum(right)) /
         static_cast<double>(std::max<std::int64_t>(1, held_out));
}

}  // namespace

TrainResult train_classifier(parallel::Communicator const& comm, ClassifierConfig const& classifier,
                             TrainConfig const& config, bridge::GraphSource const& source,
                             Lineage const& lineage, core::RunControl const& control,
                             TrainOutput const& output) {
  check(comm, config, source);
  auto card = card_of(source, config.held_out);
  if (card.classes < 2)
    throw core::InputError("all graphs are of class 0: there is nothing to tell apart");
  refuse_old_output(comm, output);
  prepare_torch(config.threads, config.device);
  if (config.keep_memory) keep_memory_pages();
  auto const start = read_start(comm, config.start_from);
  card.lineage = lineage;
  card.lineage.chosen_by_held_out = config.patience > 0;
  card.lineage = with_ancestors(card.lineage, start);
  auto const task = make_classifier_task(classifier, card, static_cast<std::uint64_t>(config.seed));
  auto const inputs = begin_from(comm, start, scales_of(card), *task);
  Trainer trainer(comm, config, *task,
                  {source,
                   control,
                   output.folder,
                   settings_hash({toml_of("classifier", classifier) + toml_of("train", config) +
                                      toml_of("card", card),
                                  output.resolved_input},
                                 start),
                   {},
                   output.resume,
                   inputs});
  remove_old_output(comm, output);
  trainer.run();

  auto result = trainer.result("float32");
  auto const& state = trainer.state();
  if (result.stopped) return result;
  std::ranges::copy(trainer.final_weights(), task->weights().begin());
  result.held_out = trainer.held_out().loss(comm, *task);
  result.held_out_theta = result.held_out;
  card.accuracy = accuracy(comm, *task, source, config.held_out);
  comm.on_root([&] {
    card.steps = state.step;
    card.weights = result.weights;
    card.held_out_loss = result.held_out;
    write_model(output.folder, task->arrays(), {trainer.final_weights(), {}, state.inputs},
                [&](std::string const& weights_hash) {
                  card.weights_hash = weights_hash;
                  return toml_of("model", card) + "\n" + toml_of("model.classifier", classifier) +
                         "\n" + toml_of("model.train", config) + "\n" + output.resolved_input;
                });
  });
  core::log_info(
      fmt::format("accuracy {:.4f} on {} held-out graphs", card.accuracy, config.held_out));
  return result;
}

}  // namespace shearwater::learn
