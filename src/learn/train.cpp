// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/learn/train.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mixture_task.hpp"
#include "model_files.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"
#include "trainer.hpp"
#include "training_start.hpp"

namespace shearwater::learn {

namespace {

std::vector<std::string> arrays_read(NetworkConfig const& network) {
  std::vector<std::string> names = {"parameters"};
  if (network.use_maps) names.emplace_back("maps");
  if (network.mask_channel) names.emplace_back("mask");
  if (network.noise_channel) names.emplace_back("noise");
  if (network.use_summaries) names.emplace_back("summaries");
  return names;
}

void finish(parallel::Communicator const& comm, Trainer const& trainer, Task& task,
            statistics::Prior const& prior, TrainResult& result) {
  std::ranges::copy(trainer.final_weights(), task.weights().begin());
  std::ranges::copy(trainer.final_running(), task.running().begin());
  result.held_out = trainer.held_out().loss(comm, task);
  result.held_out_theta = result.held_out + trainer.held_out().log_jacobian(comm, prior);
}

void report(TrainResult const& result, parallel::Communicator const& comm) {
  core::log_info(fmt::format("{} of {} steps, {:.1f} steps/s, held-out loss {:.4f} nats",
                             result.steps, result.total_steps, result.steps_per_second,
                             result.held_out));
  if (comm.size() > 1 && result.seconds > 0)
    core::log_info(fmt::format(
        "gradient exchange among {} ranks: {:.1f} % of the time was spent waiting for it",
        comm.size(), 100 * result.exposed_seconds / result.seconds));
}

}  // namespace

TrainResult train(parallel::Communicator const& comm, NetworkConfig const& network,
                  TrainConfig const& config, statistics::Prior const& prior,
                  bridge::ExampleSource const& source, core::RunControl const& control,
                  TrainOutput const& output) {
  auto shape = source.shape();
  if (shape.parameter_names.empty()) shape.parameter_names = prior.names();
  network.check(shape);
  config.check(comm.size());
  config.check_examples(source.size());
  if (shape.parameters != prior.size())
    throw core::InputError(fmt::format("the examples hold {} parameters, the prior has {}",
                                       shape.parameters, prior.size()));
  refuse_old_output(comm, output);
  auto facts = facts_of(shape);
  facts.examples_digest = output.examples_digest;
  prepare_torch(config.threads, config.device);
  if (config.keep_memory) keep_memory_pages();
  auto const precision = resolve_precision(config.precision);
  auto const start = read_start(comm, config.start_from);
  auto const task = make_mixture_task(
      {network, shape, static_cast<std::uint64_t>(config.seed), precision == "bfloat16"}, &prior);
  auto const inputs = begin_from(comm, start, scales_of(facts), *task);
  Trainer trainer(comm, config, *task,
                  {source, control, output.folder,
                   settings_hash({toml_of("network", network) + toml_of("train", config) +
                                      prior.toml() + toml_of("examples", facts),
                                  output.resolved_input},
                                 start),
                   arrays_read(network), output.resume, inputs});
  remove_old_output(comm, output);
  trainer.run();

  auto result = trainer.result(precision);
  auto const& state = trainer.state();
  if (result.stopped) return result;
  finish(comm, trainer, *task, prior, result);
  comm.on_root([&] {
    facts.precision = precision;
    facts.start_hash = start.weights_hash;
    facts.steps = state.step;
    facts.weights = result.weights;
    facts.held_out_loss = result.held_out;
    facts.held_out_loss_theta = result.held_out_theta;
    auto const running = task->running();
    write_model(output.folder, facts, network, config, output.resolved_input, task->arrays(),
                {trainer.final_weights(), {running.begin(), running.end()}, state.inputs});
  });
  report(result, comm);
  return result;
}

}  // namespace shearwater::learn
