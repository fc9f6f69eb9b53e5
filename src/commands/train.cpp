// SPDX-License-Identifier: BSD-3-Clause
// `shearwater train INPUT.toml`: examples, network, training, model folder.
#include "shearwater/learn/train.hpp"

#include <fmt/format.h>

#include <optional>

#include "classifier_job.hpp"
#include "commands.hpp"
#include "generator_job.hpp"
#include "models.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/learn/predictor.hpp"

namespace shearwater::commands {

namespace {

/// With --resume, whether the model of this input is finished: of this text, and of files with the
/// contents that its card names. One whose files do not belong together is not: its checkpoints
/// lead to it again.
bool is_trained(parallel::Communicator const& comm, CommandLine const& line,
                std::string const& folder, Origin const& here) {
  if (!line.resume) return false;
  bool found = false;
  comm.on_root([&] {
    auto const description = learn::finished_model(folder);
    found = description.has_value();
    auto left_out = learn::keys_without_effect();
    left_out.emplace_back("model.");  // what the training found out
    if (!found) return;
    Origin there{*description, {}};
    auto const stored = core::resolved_keys(*description);
    for (auto const& [name, value] : here.facts) {
      auto const key = stored.find("model." + name);
      there.facts.emplace_back(name, key == stored.end() ? "\"\"" : key->second);
    }
    require_same_origin(folder, there, here, left_out);
  });
  found = comm.any(found);
  if (found) core::log_info(fmt::format("{}: trained from this input; nothing to do", folder));
  return found;
}

/// The resolved input, and what decides the weights beside it, as TOML: the contents of files.
/// Collective over comm.
Origin origin_of(parallel::Communicator const& comm, core::Config const& config,
                 learn::TrainConfig const& train) {
  auto const hash = from_root(comm, [&] { return learn::model_weights_hash(train.start_from); });
  return {config.resolved(), {{"start_hash", fmt::format("\"{}\"", hash)}}};
}

/// The same of a training on graphs whose file has this digest. Collective over comm.
Origin origin_of_graphs(parallel::Communicator const& comm, core::Config const& config,
                        learn::TrainConfig const& train, std::string const& digest) {
  auto origin = origin_of(comm, config, train);
  origin.facts.emplace_back("training_data", fmt::format("\"{}\"", digest));
  return origin;
}

/// Trains by `training` into `path`, unless that is done.
template <class Training>
core::ExitCode train_into(parallel::Communicator const& comm, CommandLine const& line,
                          std::string const& path, Origin const& origin, Training const& training) {
  if (is_trained(comm, line, path, origin)) return core::ExitCode::done;
  std::optional<OutputFolder> folder;
  comm.on_root([&] {
    claim_output(path, line);
    folder.emplace(path);
  });
  core::RunControl const control(path, core::parse_time_limit(line.time_limit));
  learn::TrainResult const result =
      training(control, {path, line.resume, origin.input, {}, line.overwrite});
  if (result.stopped) {
    core::log_info(
        result.checkpoint
            ? fmt::format("stopped at step {} of {} with a checkpoint; go on with --resume",
                          result.steps, result.total_steps)
            : fmt::format("{}: stopped while the examples to keep were simulated; they are lost "
                          "and no checkpoint is new: --resume simulates them again",
                          path));
    return core::ExitCode::stopped;
  }
  core::log_info(fmt::format(
      "model {}: {} weights, {} steps in {}, {:.3g} steps/s, held-out loss {:.4f} {}, {}, {:.2f} "
      "s of waiting for other ranks' gradients",
      path, result.weights, result.steps, core::duration_text(result.seconds),
      result.steps_per_second, result.held_out, result.unit, result.precision,
      result.exposed_seconds));
  return core::ExitCode::done;
}

}  // namespace

core::ExitCode train(parallel::Communicator const& comm, CommandLine const& line) {
  auto config = read_input(comm, line);
  if (config.has("classifier")) {
    auto const job = read_classifier_job(config, line);
    auto const digest = graphs_digest(comm, job.graphs.file);
    auto const origin = origin_of_graphs(comm, config, job.train, digest);
    return train_into(comm, line, job.folder, origin,
                      [&](core::RunControl const& control, learn::TrainOutput const& output) {
                        return run_classifier_job(comm, job, digest, control, output);
                      });
  }
  if (trains_generator(config)) {
    auto const job = read_generator_job(config, line);
    auto const digest = graphs_digest(comm, job.graphs.file);
    auto const origin = origin_of_graphs(comm, config, job.train, digest);
    return train_into(comm, line, job.folder, origin,
                      [&](core::RunControl const& control, learn::TrainOutput const& output) {
                        return run_generator_job(comm, job, digest, control, output);
                      });
  }
  auto const job = read_training(config, line);
  auto const& file = job.examples_file;
  auto const digest = file.empty() ? "" : from_root(comm, [&] { return io::content_hash(file); });
  auto origin = origin_of(comm, config, job.train);
  origin.facts.emplace_back("examples_digest", fmt::format("\"{}\"", digest));
  return train_into(comm, line, job.folder, origin,
                    [&](core::RunControl const& control, learn::TrainOutput output) {
                      output.examples_digest = digest;
                      return learn::train(comm, job.network, job.train, job.prior, *job.source,
                                          control, output);
                    });
}

}  // namespace shearwater::commands
