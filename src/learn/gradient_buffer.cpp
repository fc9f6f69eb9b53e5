// SPDX-License-Identifier: BSD-3-Clause
#include "gradient_buffer.hpp"

#include <algorithm>
#include <bit>

#include "shearwater/core/log.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t extras = 16;  // loss, stop, failed, padding to 64 bytes

}  // namespace

GradientBuffer::GradientBuffer(parallel::Communicator const& comm,
                               std::vector<WeightArray> const& arrays, std::int64_t running,
                               std::int64_t local_shards, std::int64_t bucket_bytes, bool overlap)
    : exchange_(comm),
      all_shards_(local_shards * comm.size()),
      local_shards_(local_shards),
      running_(running),
      overlap_(overlap),
      bucket_of_(arrays.size()) {
  auto const bucket_size = std::max<std::int64_t>(16, bucket_bytes / 4);
  std::int64_t end =
      arrays.empty() ? 0 : arrays.back().offset + (arrays.back().size + 15) / 16 * 16;
  weights_ = end;
  for (std::size_t i = arrays.size(); i-- > 0;) {
    if (buckets_.empty() || buckets_.back().count >= bucket_size)
      buckets_.push_back({end, 0, 0, 0});
    auto& bucket = buckets_.back();
    bucket.count += bucket.first - arrays[i].offset;
    bucket.first = end = arrays[i].offset;
    ++bucket.arrays;
    bucket_of_[i] = buckets_.size() - 1;
  }
  auto const depth = std::countr_zero(static_cast<std::uint64_t>(local_shards));
  levels_.assign(static_cast<std::size_t>(depth) + 1,
                 std::vector<float>(static_cast<std::size_t>(weights_ + running + extras), 0.0F));
}

void GradientBuffer::begin_shard() {
  shard_ = shard_ + 1 == local_shards_ ? 0 : shard_ + 1;
  // Shard j is added to the partial sums of its trailing one bits and stays at the level above
  // them, which is free by then: (0 + 1) + (2 + 3), ...
  current_ =
      &levels_[static_cast<std::size_t>(std::countr_one(static_cast<std::uint64_t>(shard_)))];
  next_bucket_ = 0;
  for (auto& bucket : buckets_) bucket.waiting = bucket.arrays;
}

void GradientBuffer::merge(std::int64_t first, std::int64_t count) {
  auto const below = std::countr_one(static_cast<std::uint64_t>(shard_));
  for (int level = 0; level < below; ++level) {
    float const* partial = levels_[static_cast<std::size_t>(level)].data() + first;
    float* sum = current_->data() + first;
    for (std::int64_t i = 0; i < count; ++i) sum[i] = partial[i] + sum[i];
  }
}

void GradientBuffer::ready(std::size_t index) {
  --buckets_[bucket_of_[index]].waiting;
  if (overlap_) close_buckets();
}

void GradientBuffer::close_buckets() {
  for (; next_bucket_ < buckets_.size() && buckets_[next_bucket_].waiting == 0; ++next_bucket_) {
    auto const& bucket = buckets_[next_bucket_];
    merge(bucket.first, bucket.count);
    if (last_shard()) exchange_.post(current_->data() + bucket.first, bucket.count);
  }
  exchange_.progress();
}

std::span<float> GradientBuffer::batch_statistics() {
  return {current_->data() + weights_, static_cast<std::size_t>(running_)};
}

void GradientBuffer::end_shard(StepNumbers const& numbers) {
  close_buckets();
  float* extra = current_->data() + weights_ + running_;
  extra[0] = numbers.loss;
  extra[1] = numbers.stop;
  extra[2] = numbers.failed;
  merge(weights_, running_ + extras);
  if (last_shard()) exchange_.post(current_->data() + weights_, running_ + extras);
}

void GradientBuffer::fail_shard() {
  for (std::size_t i = next_bucket_; i < buckets_.size(); ++i) {
    std::fill_n(current_->data() + buckets_[i].first, buckets_[i].count, 0.0F);
    buckets_[i].waiting = 0;
  }
  end_shard({.loss = 0, .stop = 0, .failed = 1});
}

double GradientBuffer::finish() {
  core::Timer const timer;
  exchange_.finish();
  double const waited = timer.seconds();
  float const inverse = 1.0F / static_cast<float>(all_shards_);  // exact: a power of two
  for (auto& value : *current_) value *= inverse;
  return waited;
}

std::span<float> GradientBuffer::mean_gradients() {
  return {current_->data(), static_cast<std::size_t>(weights_)};
}

std::span<float> GradientBuffer::mean_statistics() { return batch_statistics(); }

StepNumbers GradientBuffer::numbers() const {
  float const* extra = current_->data() + weights_ + running_;
  return {extra[0], extra[1], extra[2]};
}

}  // namespace shearwater::learn
