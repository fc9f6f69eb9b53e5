// SPDX-License-Identifier: BSD-3-Clause
#include "models.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shearwater/core/log.hpp"
#include "sources.hpp"

namespace shearwater::commands {

void ExamplesConfig::describe(core::Fields& field) {
  field("file", file, "", "map file (HDF5) to learn from; empty: simulate in this job").path();
}

void ModelConfig::describe(core::Fields& field) {
  field("path", path, "", "folder of the trained model");
  field("threads", threads, "threads", "torch threads of each rank").between(1, 1024);
}

learn::TrainConfig read_train_table(core::Config& config, CommandLine const& line) {
  auto train = config.read<learn::TrainConfig>("train");
  train.start_from = config.path_from(train.start_from);
  if (line.device != "auto") train.device = line.device;
  return train;
}

void protect_start(learn::TrainConfig const& train, std::string const& folder) {
  if (train.start_from.empty()) return;
  auto const weights = "/model.safetensors";
  if (same_file(train.start_from, folder) ||
      same_file(train.start_from + weights, folder + weights))
    throw core::InputError(fmt::format(
        "train.start_from = \"{}\": is the model that this training would replace; name another "
        "output by --out",
        train.start_from));
}

TrainingJob read_training(core::Config& config, CommandLine const& line) {
  TrainingJob job;
  if (!line.in.empty()) config.set("examples", "file", absolute_path(line.in));
  job.network = config.read<learn::NetworkConfig>("network");
  job.train = read_train_table(config, line);
  auto const examples = config.read<ExamplesConfig>("examples");
  job.prior = statistics::Prior::from_config(config);
  job.examples_file = config.path_from(examples.file);
  bool const awaited = !job.examples_file.empty() && is_awaited(line, job.examples_file);
  job.source = read_source(config, awaited ? "" : job.examples_file);
  job.folder = output_path(config, line, "model");
  config.refuse_unread();
  protect_start(job.train, job.folder);
  job.network.check(job.source->shape());
  job.train.check_examples(job.source->size());
  // Else a box would be seen by the training and by its test.
  if (auto const related = job.source->related(); job.train.held_out % related != 0)
    throw core::InputError(fmt::format(
        "train.held_out = {}: must be a multiple of light_cone.lines_of_sight = {}, so that no box "
        "is on both sides; {} would do",
        job.train.held_out, related, (job.train.held_out / related + 1) * related));
  return job;
}

Model load_model(ModelConfig const& config, CommandLine const& line) {
  auto const folder = artifact_path(line, config.path);
  learn::Predictor predictor(folder, config.threads);
  auto description = core::Config::from_text(predictor.description(), folder + "/model.toml");
  auto prior = statistics::Prior::from_config(description);
  return {folder, std::move(predictor), std::move(description), std::move(prior)};
}

core::Provenance::Facts model_facts(parallel::Communicator const& comm, ModelConfig const& config,
                                    CommandLine const& line) {
  return {{"model_hash", from_root(comm, [&] {
             return core::hash_file(artifact_path(line, config.path) + "/model.safetensors");
           })}};
}

std::unique_ptr<bridge::ExampleSource> simulator_of(Model const& model, std::string const& key,
                                                    std::int64_t seed) {
  auto config = read_simulator(model.description);
  if (config.maps.seed == seed)
    throw core::InputError(fmt::format(
        "{} = {}: the model was trained on maps of this seed; take another", key, seed));
  config.maps.seed = seed;
  config.make_independent();
  return std::make_unique<bridge::SimulatorSource>(std::move(config));
}

namespace {

/// Rows of one call of the simulator and the network: bounds the memory.
constexpr std::int64_t block_rows = 64;

void append(bridge::Batch const& batch, std::string const& name, std::vector<double>& all) {
  auto const& array = batch.at(name);
  auto const* values = bridge::host_data<double>(array);
  all.insert(all.end(), values, values + array.size());
}

}  // namespace

std::optional<Predictions> predict_examples(parallel::Communicator const& comm, Model const& model,
                                            bridge::ExampleSource const& source, std::int64_t count,
                                            core::RunControl const& control, std::string& stopped) {
  auto const share = parallel::share_of(count, comm.rank(), comm.size());
  auto const longest = parallel::share_of(count, 0, comm.size()).count;
  std::vector<double> weights, means, scale_tril, truths;
  core::Progress progress("simulate and predict", "maps", longest);
  for (std::int64_t done = 0; done < longest; done += block_rows) {
    stopped = reason_to_stop(comm, control);
    if (!stopped.empty()) return std::nullopt;
    comm.together([&] {
      auto const rows = std::min(block_rows, share.count - done);
      if (rows <= 0) return;
      auto const batch = source.examples(static_cast<std::uint64_t>(share.first + done), rows);
      auto const mixture = model.predictor.predict(batch);
      append(mixture, "weights", weights);
      append(mixture, "means", means);
      append(mixture, "scale_tril", scale_tril);
      append(batch, "parameters", truths);
    });
    progress.update(std::min(done + block_rows, longest));
  }
  auto const gather = [&](std::vector<double> const& mine) {
    return comm.all_gather(std::span<double const>(mine));
  };
  auto const all_weights = gather(weights);
  auto const components = static_cast<std::int64_t>(all_weights.size()) / count;
  inference::MixturePosterior posterior(model.prior, count, components, all_weights, gather(means),
                                        gather(scale_tril));
  return Predictions{std::move(posterior), gather(truths)};
}

}  // namespace shearwater::commands
