// SPDX-License-Identifier: BSD-3-Clause
// The examples of this rank's shards, made ahead of time by a thread of their own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "shard_maker.hpp"

namespace shearwater::learn {

class ExampleFeed {
 public:
  /// Shards [first_shard, first_shard + count) of the steps from `step` on; with `ahead` a thread
  /// makes the next step's while the caller works on this one's. `maker` must outlive the feed and
  /// serve it alone.
  ExampleFeed(ShardMaker& maker, std::int64_t first_shard, std::int64_t count, std::int64_t step,
              bool ahead);
  ~ExampleFeed();
  ExampleFeed(ExampleFeed const&) = delete;
  ExampleFeed& operator=(ExampleFeed const&) = delete;

  /// The shards of the next step; throws what the source threw.
  std::vector<bridge::Batch> next();

 private:
  void run();

  ShardMaker& maker_;
  std::int64_t first_shard_, count_, step_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<bridge::Batch> ready_;
  std::exception_ptr error_;
  bool full_ = false, ends_ = false;
  std::thread worker_;  // last: starts when all else stands
};

}  // namespace shearwater::learn
