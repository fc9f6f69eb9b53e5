// SPDX-License-Identifier: BSD-3-Clause
// `shearwater train` of an input with [graphs]: a generator of orientations.
#pragma once

#include <memory>
#include <string>

#include "commands.hpp"
#include "shearwater/bridge/graph_source.hpp"
#include "shearwater/core/config.hpp"
#include "shearwater/learn/generator.hpp"
#include "shearwater/learn/train_config.hpp"

namespace shearwater::commands {

/// Table [training_data]: what the card of the model says of the graphs beside what their file
/// does.
struct TrainingDataConfig {
  double redshift = -1, resolution = -1;
  void describe(core::Fields& field);
};

struct GeneratorJob {
  bridge::GraphsConfig graphs;
  learn::GeneratorConfig generator;
  learn::TrainConfig train;
  TrainingDataConfig data;
  std::string folder;
};

/// Whether the input trains a generator, not a posterior network.
bool trains_generator(core::Config const& config);

/// Table [graphs] of what learns from a file of graphs, or --in in place of the file.
bridge::GraphsConfig read_graphs_table(core::Config& config, CommandLine const& line);
/// The file's graphs as examples of a training. Collective over comm.
std::unique_ptr<bridge::GraphSource> open_graphs(parallel::Communicator const& comm,
                                                 bridge::GraphsConfig const& graphs,
                                                 learn::TrainConfig const& train);

/// Reads every table of a generator's training and refuses what is left.
GeneratorJob read_generator_job(core::Config& config, CommandLine const& line);

/// What the job's file holds, without reading its rows. Throws InputError when that is not what the
/// job needs.
bridge::GraphFileFacts check_graph_file(GeneratorJob const& job);

/// Digest of the job's file of graphs: equal for equal graphs, however often they were written.
/// Collective over comm.
std::string graphs_digest(parallel::Communicator const& comm, std::string const& file);

/// Trains the job's generator; `digest` is that of its file. Collective over comm.
learn::TrainResult run_generator_job(parallel::Communicator const& comm, GeneratorJob const& job,
                                     std::string const& digest, core::RunControl const& control,
                                     learn::TrainOutput const& output);

}  // namespace shearwater::commands
