// SPDX-License-Identifier: BSD-3-Clause
#include "example_feed.hpp"

#include <utility>

namespace shearwater::learn {

ExampleFeed::ExampleFeed(ShardMaker& maker, std::int64_t first_shard, std::int64_t count,
                         std::int64_t step, bool ahead)
    : maker_(maker), first_shard_(first_shard), count_(count), step_(step) {
  if (ahead) worker_ = std::thread([this] { run(); });
}

ExampleFeed::~ExampleFeed() {
  {
    std::scoped_lock const lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  if (worker_.joinable()) worker_.join();
}

void ExampleFeed::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ends_ || !full_; });
    if (ends_) return;
    auto const step = step_++;
    lock.unlock();
    std::vector<bridge::Batch> shards;
    std::exception_ptr error;
    try {
      shards = maker_.shards(step, first_shard_, count_);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    ready_ = std::move(shards);
    error_ = error;
    full_ = true;
    changed_.notify_all();
  }
}

std::vector<bridge::Batch> ExampleFeed::next() {
  if (!worker_.joinable()) return maker_.shards(step_++, first_shard_, count_);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return full_; });
  if (error_) std::rethrow_exception(error_);
  full_ = false;
  changed_.notify_all();
  return std::exchange(ready_, {});
}

}  // namespace shearwater::learn
