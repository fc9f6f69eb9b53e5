// SPDX-License-Identifier: BSD-3-Clause
// `shearwater train` of an input with [classifier]: classes of graphs.
#pragma once

#include <string>

#include "commands.hpp"
#include "shearwater/bridge/graph_source.hpp"
#include "shearwater/learn/classifier.hpp"
#include "shearwater/learn/train_config.hpp"

namespace shearwater::commands {

struct ClassifierJob {
  bridge::GraphsConfig graphs;
  learn::ClassifierConfig classifier;
  learn::TrainConfig train;
  std::string folder;
};

/// Reads every table of a classifier's training and refuses what is left.
ClassifierJob read_classifier_job(core::Config& config, CommandLine const& line);

/// What the job's file holds, without reading its rows. Throws InputError when that is not what the
/// job needs.
bridge::GraphFileFacts check_classifier_file(ClassifierJob const& job);

/// Trains the job's classifier. Collective over comm.
learn::TrainResult run_classifier_job(parallel::Communicator const& comm, ClassifierJob const& job,
                                      std::string const& digest, core::RunControl const& control,
                                      learn::TrainOutput const& output);

}  // namespace shearwater::commands
