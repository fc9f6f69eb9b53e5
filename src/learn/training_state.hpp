// SPDX-License-Identifier: BSD-3-Clause
// All that a training remembers between two steps, and its checkpoints.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "input_statistics.hpp"
#include "optimiser.hpp"
#include "shearwater/learn/train.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::learn {

/// The file of a checkpoint that a training is taken up from.
inline constexpr char const* state_file = "state.safetensors";

struct TrainingState {
  std::int64_t step = 0;         ///< steps done
  std::int64_t total_steps = 0;  ///< length of the training
  std::int64_t bank_blocks =
      0;  ///< blocks of kept examples of each shard; 0: none, or not known yet
  std::vector<float> weights, running;
  OptimiserState optimiser;
  InputStatistics inputs;
  double loss_sum = 0;  ///< over the steps since the last point of the curve
  std::int64_t loss_steps = 0;
  double best_held_out = 0;  ///< of `best`, the averaged weights that early stopping keeps
  std::int64_t evaluations_since_best = 0;
  std::vector<float> best, best_running;  ///< empty without early stopping
  std::vector<CurvePoint> curve;
};

/// Writes folder/step_... on rank 0. `settings_hash` is what a resumed training must share.
/// Collective over comm; throws IoError on all ranks when it cannot be written.
void save_checkpoint(parallel::Communicator const& comm, std::string const& folder,
                     std::string const& settings_hash, TrainingState const& state);

/// The newest valid checkpoint of `folder` into `state`, and true; false when there is none. Rank 0
/// reads and sends. Collective over comm; throws InputError when its settings are others.
bool load_checkpoint(parallel::Communicator const& comm, std::string const& folder,
                     std::string const& settings_hash, TrainingState& state);

}  // namespace shearwater::learn
