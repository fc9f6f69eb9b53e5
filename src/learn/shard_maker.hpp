// SPDX-License-Identifier: BSD-3-Clause
// Which examples a shard holds, and where they come from.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/learn/train_config.hpp"

namespace shearwater::learn {

class ShardMaker {
 public:
  virtual ~ShardMaker() = default;
  /// Shards [first, first + count) of a step: a function of (step, shard) alone.
  virtual std::vector<bridge::Batch> shards(std::int64_t step, std::int64_t first,
                                            std::int64_t count) = 0;
};

/// Numbers [0, count) in an order that (seed, epoch, stream) fix: sorted by Philox keys.
std::vector<std::int64_t> shuffled(std::uint64_t seed, std::int64_t epoch, std::int64_t stream,
                                   std::int64_t count);

/// Examples as the source has them: one without end in order after the held-out ones; a finite one
/// in blocks of shard_size, shuffled anew in each epoch, block b always in shard b mod shards.
class StreamShards : public ShardMaker {
 public:
  /// A finite source must have examples for one step (TrainConfig::check_examples). `source` must
  /// outlive this.
  StreamShards(bridge::ExampleSource const& source, TrainConfig const& config);
  std::vector<bridge::Batch> shards(std::int64_t step, std::int64_t first,
                                    std::int64_t count) override;

 private:
  bridge::ExampleSource const& source_;
  TrainConfig config_;
  std::int64_t blocks_per_shard_ = 0;                        // 0: without end
  std::map<std::int64_t, std::vector<std::int64_t>> order_;  // by shard, of the epoch below
  std::int64_t epoch_ = -1;
};

/// Examples of different cost, which lie by falling cost after the held-out ones: they are cut into
/// shard_size ranges, and every shard of an epoch gets one example of each range, dealt out anew in
/// each epoch. So shards cost about the same, and only one of them holds the largest example.
/// Examples that fill no whole step are left out of an epoch, others in each.
class DealtShards : public ShardMaker {
 public:
  /// `source` must be ragged(), have examples for one step and outlive this.
  DealtShards(bridge::ExampleSource const& source, TrainConfig const& config);
  std::vector<bridge::Batch> shards(std::int64_t step, std::int64_t first,
                                    std::int64_t count) override;
  /// The examples of a shard of a step.
  std::vector<std::int64_t> dealt(std::int64_t step, std::int64_t shard);

 private:
  bridge::ExampleSource const& source_;
  TrainConfig config_;
  std::int64_t steps_per_epoch_, epoch_ = -1;
  std::vector<std::vector<std::int64_t>> order_;  // of the examples of each range, in this epoch
};

/// Examples that are simulated once, kept in memory and read many times: those of this rank's
/// shards, shuffled anew in each epoch. Example i of the source (after the held-out ones) belongs
/// to shard (i / shard_size) mod shards.
class BankShards : public ShardMaker {
 public:
  /// For shards [first_shard, first_shard + count). `names`: the arrays that are kept.
  BankShards(bridge::ExampleSource const& source, TrainConfig const& config,
             std::int64_t first_shard, std::int64_t count, std::vector<std::string> names);
  /// Simulates the next shard_size examples of each shard.
  void grow();
  /// Blocks of shard_size examples that each shard has.
  std::int64_t blocks() const { return blocks_; }
  std::vector<bridge::Batch> shards(std::int64_t step, std::int64_t first,
                                    std::int64_t count) override;

 private:
  bridge::Batch gather(std::int64_t shard, std::int64_t step) const;

  bridge::ExampleSource const& source_;
  TrainConfig config_;
  std::int64_t first_shard_, count_, blocks_ = 0, epoch_ = -1;
  std::vector<std::string> names_;
  std::vector<bridge::Batch> kept_;  // one for each call of grow(): count_ * shard_size rows
  std::vector<std::vector<std::int64_t>> order_;  // by local shard, of the epoch
};

}  // namespace shearwater::learn
