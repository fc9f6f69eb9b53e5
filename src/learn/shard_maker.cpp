// SPDX-License-Identifier: BSD-3-Clause
#include "shard_maker.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::learn {

namespace {

/// One call of the source for several shards: a simulator is faster on more rows.
std::vector<bridge::Batch> split(bridge::Batch const& batch, std::int64_t count,
                                 std::int64_t shard_size) {
  std::vector<bridge::Batch> shards(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i)
    for (auto const& [name, array] : batch)
      shards[static_cast<std::size_t>(i)].emplace(name,
                                                  bridge::rows(array, i * shard_size, shard_size));
  return shards;
}

std::size_t row_bytes(bridge::ArrayRef const& array) {
  return static_cast<std::size_t>(array.size() / array.extents[0]) * core::element_size(array.type);
}

}  // namespace

std::vector<std::int64_t> shuffled(std::uint64_t seed, std::int64_t epoch, std::int64_t stream,
                                   std::int64_t count) {
  auto const key = static_cast<std::uint64_t>(epoch) << 32U | static_cast<std::uint64_t>(stream);
  core::Stream random(seed, core::Purpose::shuffle, key);
  std::vector<std::uint64_t> keys(static_cast<std::size_t>(count));
  for (auto& value : keys) value = random.bits64();
  std::vector<std::int64_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::stable_sort(order, {},
                           [&](std::int64_t i) { return keys[static_cast<std::size_t>(i)]; });
  return order;
}

StreamShards::StreamShards(bridge::ExampleSource const& source, TrainConfig const& config)
    : source_(source), config_(config) {
  if (source.size() == 0) return;
  blocks_per_shard_ = (source.size() - config.held_out) / (config.shards * config.shard_size);
  core::require(blocks_per_shard_ >= 1, "the source has too few examples for one step");
}

std::vector<bridge::Batch> StreamShards::shards(std::int64_t step, std::int64_t first,
                                                std::int64_t count) {
  auto const size = config_.shard_size;
  auto example = [&](std::int64_t block, std::int64_t shard) {
    return static_cast<std::uint64_t>(config_.held_out + (block * config_.shards + shard) * size);
  };
  if (blocks_per_shard_ == 0)
    return split(source_.examples(example(step, first), count * size), count, size);
  if (step / blocks_per_shard_ != epoch_) order_.clear();
  epoch_ = step / blocks_per_shard_;
  std::vector<bridge::Batch> result;
  for (auto shard = first; shard < first + count; ++shard) {
    auto& order = order_[shard];
    if (order.empty())
      order = shuffled(static_cast<std::uint64_t>(config_.seed), epoch_, shard, blocks_per_shard_);
    auto const block = order[static_cast<std::size_t>(step % blocks_per_shard_)];
    result.push_back(source_.examples(example(block, shard), size));
  }
  return result;
}

BankShards::BankShards(bridge::ExampleSource const& source, TrainConfig const& config,
                       std::int64_t first_shard, std::int64_t count, std::vector<std::string> names)
    : source_(source),
      config_(config),
      first_shard_(first_shard),
      count_(count),
      names_(std::move(names)),
      order_(static_cast<std::size_t>(count)) {}

void BankShards::grow() {
  auto const first =
      config_.held_out + (blocks_ * config_.shards + first_shard_) * config_.shard_size;
  auto const batch =
      source_.examples(static_cast<std::uint64_t>(first), count_ * config_.shard_size);
  auto& kept = kept_.emplace_back();
  for (auto const& name : names_) kept.emplace(name, batch.at(name));
  ++blocks_;
}

std::vector<bridge::Batch> BankShards::shards(std::int64_t step, std::int64_t first,
                                              std::int64_t count) {
  core::require(first == first_shard_ && count == count_ && blocks_ > 0,
                "a bank holds this rank's shards alone");
  if (step / blocks_ != epoch_) {
    epoch_ = step / blocks_;
    for (std::int64_t i = 0; i < count_; ++i)
      order_[static_cast<std::size_t>(i)] =
          shuffled(static_cast<std::uint64_t>(config_.seed), epoch_, first_shard_ + i,
                   blocks_ * config_.shard_size);
  }
  std::vector<bridge::Batch> result;
  for (std::int64_t i = 0; i < count_; ++i) result.push_back(gather(i, step));
  return result;
}

bridge::Batch BankShards::gather(std::int64_t shard, std::int64_t step) const {
  auto const size = config_.shard_size;
  auto const& order = order_[static_cast<std::size_t>(shard)];
  bridge::Batch batch;
  for (auto const& name : names_) {
    auto const& model = kept_.front().at(name);
    auto extents = model.extents;
    extents[0] = size;
    auto array = bridge::allocate(model.type, extents);
    auto const bytes = row_bytes(model);
    for (std::int64_t i = 0; i < size; ++i) {
      auto const row = order[static_cast<std::size_t>(step % blocks_ * size + i)];
      auto const& from = kept_[static_cast<std::size_t>(row / size)].at(name);
      std::memcpy(static_cast<std::byte*>(array.data) + static_cast<std::size_t>(i) * bytes,
                  static_cast<std::byte const*>(from.data) +
                      static_cast<std::size_t>(shard * size + row % size) * bytes,
                  bytes);
    }
    batch.emplace(name, std::move(array));
  }
  return batch;
}

}  // namespace shearwater::learn
