// SPDX-License-Identifier: BSD-3-Clause
// What the trainer knows of a network: flat weights, losses of shards, gradients as they appear.
// The trainer itself never sees a tensor, and a test can train something simpler.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "input_statistics.hpp"
#include "shearwater/bridge/array_ref.hpp"

namespace shearwater::learn {

/// One named array of weights inside the flat vector.
struct WeightArray {
  std::string name;
  std::vector<std::int64_t> shape;  ///< as the network means it
  std::int64_t offset = 0;          ///< in the flat vector, a multiple of 16 (64 bytes)
  std::int64_t size = 0;
  /// A convolution (out, in, rows, columns) lies as (out, rows, columns, in) in the flat vector.
  bool channels_last = false;
  bool decays = false;  ///< weight decay applies
  int group = 0;        ///< arrays of a group are trained by the same steps
};

/// What a step of a training in turns does.
struct Turn {
  int group = 0;          ///< of the weight arrays that it trains
  std::int64_t past = 0;  ///< steps before it that trained the same group
};

/// Receives one shard's gradients while the backward pass runs.
class GradientSink {
 public:
  virtual ~GradientSink() = default;
  /// Flat vector of this shard's gradients, laid out as the weights.
  virtual float* gradients() = 0;
  /// The gradient of weight array `index` is complete in gradients().
  virtual void ready(std::size_t index) = 0;
};

/// Networks and their loss. Not thread-safe.
class Task {
 public:
  virtual ~Task() = default;

  virtual std::vector<WeightArray> const& arrays() const = 0;
  /// The weights that the next call uses; padding between arrays is zero.
  virtual std::span<float> weights() = 0;
  /// Running statistics of normalisations, averaged like gradients: the value in use.
  virtual std::span<float> running() = 0;
  virtual void set_input_statistics(InputStatistics const& statistics) = 0;

  /// Which group of weight arrays step `step` trains: one group, always, unless a task says else.
  /// The curve of the training shows the losses of group 0.
  virtual Turn turn(std::int64_t step) const { return {0, step}; }
  /// Called before the shards of `step`.
  virtual void begin_step(std::int64_t /*step*/) {}
  /// Mean loss of one shard; its gradients go to `sink`, zeros for the groups whose turn it is not,
  /// its batch statistics to `batch_statistics` (as long as running()).
  virtual double shard_loss(bridge::Batch const& shard, GradientSink& sink,
                            std::span<float> batch_statistics) = 0;
  /// Moves running() towards the mean of the shards' batch statistics.
  virtual void update_running(std::span<float const> batch_statistics) = 0;
  /// Loss of each row, with running() statistics.
  virtual void losses(bridge::Batch const& rows, std::span<double> loss) = 0;
};

}  // namespace shearwater::learn
