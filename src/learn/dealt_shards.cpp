// SPDX-License-Identifier: BSD-3-Clause
#include "shard_maker.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::learn {

DealtShards::DealtShards(bridge::ExampleSource const& source, TrainConfig const& config)
    : source_(source),
      config_(config),
      steps_per_epoch_((source.size() - config.held_out) / (config.shards * config.shard_size)) {
  core::require(source.ragged() && steps_per_epoch_ >= 1,
                "the source has too few examples for one step");
}

std::vector<std::int64_t> DealtShards::dealt(std::int64_t step, std::int64_t shard) {
  auto const available = source_.size() - config_.held_out, size = config_.shard_size;
  auto const start = [&](std::int64_t range) {
    return config_.held_out + range * available / size;
  };
  if (auto const epoch = step / steps_per_epoch_; epoch != epoch_) {
    epoch_ = epoch;
    order_.clear();
    for (std::int64_t range = 0; range < size; ++range)
      order_.push_back(shuffled(static_cast<std::uint64_t>(config_.seed), epoch, range,
                                start(range + 1) - start(range)));
  }
  auto const place = static_cast<std::size_t>(step % steps_per_epoch_ * config_.shards + shard);
  std::vector<std::int64_t> examples;
  for (std::int64_t range = 0; range < size; ++range)
    examples.push_back(start(range) + order_[static_cast<std::size_t>(range)][place]);
  return examples;
}

std::vector<bridge::Batch> DealtShards::shards(std::int64_t step, std::int64_t first,
                                               std::int64_t count) {
  std::vector<bridge::Batch> result;
  for (auto shard = first; shard < first + count; ++shard)
    result.push_back(source_.pick(dealt(step, shard)));
  return result;
}

}  // namespace shearwater::learn
