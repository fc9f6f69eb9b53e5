// SPDX-License-Identifier: BSD-3-Clause
// The loop of a training over any task.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "example_feed.hpp"
#include "gradient_buffer.hpp"
#include "held_out.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/learn/train.hpp"
#include "task.hpp"
#include "training_state.hpp"

namespace shearwater::learn {

/// What a training works on.
struct TrainerInput {
  bridge::ExampleSource const& source;
  core::RunControl const& control;
  std::string folder;                    ///< of training.csv and checkpoints
  std::string settings_hash;             ///< of everything that decides the weights
  std::vector<std::string> array_names;  ///< what the task reads of a batch
  bool resume = false;
  /// Scales of the inputs; where there are none they are measured.
  std::optional<InputStatistics> inputs = std::nullopt;
  /// Of a length that is given in minutes.
  std::int64_t most_steps = std::numeric_limits<std::int64_t>::max();
};

class Trainer {
 public:
  /// Collective over comm.
  Trainer(parallel::Communicator const& comm, TrainConfig const& config, Task& task,
          TrainerInput const& input);
  /// Trains to the end or until asked to stop; result().stopped says which. Collective over comm.
  void run();

  /// The weights to keep: averaged, or the best of early stopping.
  std::vector<float> const& final_weights() const;
  std::vector<float> const& final_running() const;
  TrainingState const& state() const { return state_; }
  HeldOut const& held_out() const { return *held_out_; }
  /// What came of run(), without the losses of the saved weights.
  TrainResult result(std::string const& precision) const;

 private:
  InputStatistics measure() const;
  void begin();
  bool fill_bank();
  std::int64_t bank_blocks(double seconds_used, std::int64_t blocks_done) const;
  void measure_length();
  bool step();
  void compute_shard(std::vector<bridge::Batch> const& shards, std::int64_t shard, bool stop);
  void optimise();
  double evaluate();
  void record();
  bool out_of_patience();
  void checkpoint();
  void write_curve() const;
  void restart_feed();
  bool wants_to_stop() const;
  double seconds() const { return comm_.max(timer_.seconds()); }

  parallel::Communicator comm_;
  TrainConfig config_;
  Task& task_;
  TrainerInput input_;
  core::Timer timer_;
  std::int64_t first_shard_, local_shards_;
  GradientBuffer gradients_;
  TrainingState state_;
  TrainResult result_;
  std::unique_ptr<HeldOut> held_out_;
  std::unique_ptr<ShardMaker> maker_;
  std::unique_ptr<ExampleFeed> feed_;
  std::exception_ptr error_;
  core::Timer since_record_;
  std::int64_t recorded_step_ = 0;
};

}  // namespace shearwater::learn
