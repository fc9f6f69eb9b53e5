// SPDX-License-Identifier: BSD-3-Clause
// What a training must know before its first step: what it starts from, and whether it may.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "input_statistics.hpp"
#include "shearwater/learn/train.hpp"
#include "shearwater/learn/train_config.hpp"
#include "shearwater/parallel/communicator.hpp"
#include "task.hpp"

namespace shearwater::learn {

/// The model that a training starts from; empty for fresh weights.
struct TrainingStart {
  std::string folder, weights_hash;
  std::string text;  ///< of its model.toml
};

/// Collective over comm; throws on all ranks when `folder` (empty: fresh weights) holds no model,
/// or one of a newer format.
TrainingStart read_start(parallel::Communicator const& comm, std::string const& folder);

/// Puts the model's weights into `task` and returns the scales of its inputs, whose lengths
/// `scales` gives; nothing for fresh weights. Collective over comm. Throws InputError when the
/// networks differ.
std::optional<InputStatistics> begin_from(parallel::Communicator const& comm,
                                          TrainingStart const& start, InputStatistics scales,
                                          Task& task);

/// Hash of everything that decides the weights: TOML texts without the keys that have no effect.
std::string settings_hash(std::vector<std::string> const& texts, TrainingStart const& start);

/// Throws InputError where examples of graphs are to be kept: they are in memory already.
void refuse_kept_examples(TrainConfig const& config);

/// A finished model or the checkpoints of another training are never overwritten unasked, and those
/// of another command not even by output.overwrite.
/// Collective over comm.
void refuse_old_output(parallel::Communicator const& comm, TrainOutput const& output);

/// Removes the model and the checkpoints that output.overwrite gives up, so that a later resume
/// cannot go on with them. The last thing before a training: what it is to learn from is checked,
/// and what it starts from is read. Collective over comm.
void remove_old_output(parallel::Communicator const& comm, TrainOutput const& output);

}  // namespace shearwater::learn
