// SPDX-License-Identifier: BSD-3-Clause
// The gradients of one step: shards are added by a fixed binary tree, first those of this rank,
// then the ranks', in buckets that travel while the last shard's backward pass still runs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gradient_exchange.hpp"
#include "task.hpp"

namespace shearwater::learn {

/// What travels with the gradients, so that a step needs no other message.
struct StepNumbers {
  float loss = 0;    ///< mean over the shards after finish()
  float stop = 0;    ///< of this rank: 1 when it wants to stop; after finish() > 0 when any does
  float failed = 0;  ///< the same for errors
};

class GradientBuffer : public GradientSink {
 public:
  /// Collective over comm. `running`: length of the task's running statistics.
  GradientBuffer(parallel::Communicator const& comm, std::vector<WeightArray> const& arrays,
                 std::int64_t running, std::int64_t local_shards, std::int64_t bucket_bytes,
                 bool overlap);

  void begin_shard();
  float* gradients() override { return current_->data(); }
  void ready(std::size_t index) override;
  /// Where the shard's batch statistics go, before end_shard().
  std::span<float> batch_statistics();
  void end_shard(StepNumbers const& numbers);
  /// A shard that could not be computed counts as zeros.
  void fail_shard();

  /// Waits for the other ranks; sums become means over all shards. Returns the seconds waited.
  double finish();
  std::span<float> mean_gradients();  ///< valid until begin_shard()
  std::span<float> mean_statistics();
  StepNumbers numbers() const;

 private:
  struct Bucket {
    std::int64_t first = 0, count = 0;  ///< elements of the flat vector
    std::int64_t arrays = 0;            ///< weight arrays in it
    std::int64_t waiting = 0;           ///< of those, not ready yet
  };
  bool last_shard() const { return shard_ + 1 == local_shards_; }
  void close_buckets();
  void merge(std::int64_t first, std::int64_t count);

  GradientExchange exchange_;
  std::int64_t all_shards_, local_shards_, weights_ = 0, running_;
  bool overlap_;
  std::vector<std::vector<float>> levels_;  // partial sums of 1, 2, 4, ... shards
  std::vector<float>* current_ = nullptr;
  std::vector<Bucket> buckets_;  // from the end of the flat vector: the order of the backward pass
  std::vector<std::size_t> bucket_of_;
  std::size_t next_bucket_ = 0;
  std::int64_t shard_ = -1;
};

}  // namespace shearwater::learn
