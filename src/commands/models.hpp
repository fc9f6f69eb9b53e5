// SPDX-License-Identifier: BSD-3-Clause
// What the commands around a model share: the tables of its inputs, and its predictions in
// parallel.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "commands.hpp"
#include "shearwater/bridge/example_source.hpp"
#include "shearwater/core/config.hpp"
#include "shearwater/inference/mixture_posterior.hpp"
#include "shearwater/learn/network_config.hpp"
#include "shearwater/learn/predictor.hpp"
#include "shearwater/learn/train.hpp"
#include "shearwater/learn/train_config.hpp"
#include "shearwater/statistics/prior.hpp"

namespace shearwater::commands {

/// Table [examples] of a training.
struct ExamplesConfig {
  std::string file;
  void describe(core::Fields& field);
};

/// Table [model] of what uses one.
struct ModelConfig {
  std::string path = "model";
  std::int64_t threads = 1;
  void describe(core::Fields& field);
};

struct TrainingJob {
  learn::NetworkConfig network;
  learn::TrainConfig train;
  statistics::Prior prior;
  std::unique_ptr<bridge::ExampleSource> source;
  std::string examples_file;  ///< that the source reads; empty: it simulates
  std::string folder;
};

/// Table [train], with the device of the command line.
learn::TrainConfig read_train_table(core::Config& config, CommandLine const& line);
/// Throws InputError where the training would start from the model that it is to write into
/// `folder`, by whatever path: a stop would leave neither.
void protect_start(learn::TrainConfig const& train, std::string const& folder);
/// Reads every table of a training's input and refuses what is left.
TrainingJob read_training(core::Config& config, CommandLine const& line);

/// A model with the tables that made it.
struct Model {
  std::string folder;
  learn::Predictor predictor;
  core::Config description;
  statistics::Prior prior;
};
Model load_model(ModelConfig const& config, CommandLine const& line);

/// Collective over comm: the hash of the weights, as the outputs of a model store it.
core::Provenance::Facts model_facts(parallel::Communicator const& comm, ModelConfig const& config,
                                    CommandLine const& line);

/// The simulator that the model was trained on, with another seed and independent examples. Throws
/// InputError when the seed is that of the training, naming the input's `key` of the seed: a
/// calibration on the training's own maps would flatter the model.
std::unique_ptr<bridge::ExampleSource> simulator_of(Model const& model, std::string const& key,
                                                    std::int64_t seed);

/// Posteriors of the source's examples [0, count) and the parameters they were made with.
struct Predictions {
  inference::MixturePosterior posterior;
  std::vector<double> truths;  ///< (count, P)
};
/// Collective over comm: each rank simulates and predicts its share; all get all. Where a block of
/// examples finds a reason to stop, `stopped` names it and there are no predictions.
std::optional<Predictions> predict_examples(parallel::Communicator const& comm, Model const& model,
                                            bridge::ExampleSource const& source, std::int64_t count,
                                            core::RunControl const& control, std::string& stopped);

}  // namespace shearwater::commands
