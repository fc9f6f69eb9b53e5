// SPDX-License-Identifier: BSD-3-Clause
#include "input_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace shearwater::learn {

namespace {

constexpr std::int64_t block_examples = 64;

/// Adds sum and sum of squares of each group of an array (n, groups, inner) to `sums`
/// (2 groups values), with one partial sum for each row.
void add_sums(bridge::Batch const& batch, std::string const& name, std::int64_t groups,
              double* sums) {
  if (groups == 0) return;
  auto const& array = batch.at(name);
  auto const rows = array.extents[0];
  auto const inner = array.size() / (rows * groups);
  float const* value = bridge::host_data<float>(array);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t group = 0; group < groups; ++group) {
      double sum = 0, squares = 0;
      for (std::int64_t i = 0; i < inner; ++i, ++value) {
        sum += *value;
        squares += static_cast<double>(*value) * *value;
      }
      sums[2 * group] += sum / static_cast<double>(inner);
      sums[2 * group + 1] += squares / static_cast<double>(inner);
    }
}

InputStatistics::Moments moments_of(double const* sums, std::int64_t groups,
                                    std::int64_t examples) {
  InputStatistics::Moments moments;
  for (std::int64_t group = 0; group < groups; ++group) {
    double const mean = sums[2 * group] / static_cast<double>(examples);
    append_moments(moments, mean, sums[2 * group + 1] / static_cast<double>(examples));
  }
  return moments;
}

}  // namespace

void append_moments(InputStatistics::Moments& moments, double mean, double mean_square) {
  double const variance = mean_square - mean * mean;
  // Below this the difference of the two sums is rounding alone: the quantity is constant.
  bool const varies = variance > 1e-12 * (mean * mean + variance);
  moments.mean.push_back(static_cast<float>(mean));
  moments.sd.push_back(varies ? static_cast<float>(std::sqrt(variance)) : 1.0F);
}

std::vector<double> sum_blocks(parallel::Communicator const& comm,
                               std::vector<double> const& blocks, std::int64_t width) {
  auto const all = comm.all_gather(std::span<double const>(blocks));
  std::vector<double> total(static_cast<std::size_t>(width), 0.0);
  for (std::size_t i = 0; i < all.size(); ++i) total[i % total.size()] += all[i];
  return total;
}

InputStatistics measure_inputs(parallel::Communicator const& comm,
                               bridge::ExampleSource const& source, std::int64_t first,
                               std::int64_t count) {
  auto const shape = source.shape();
  auto const channels = shape.pixels > 0 ? shape.channels : 0;
  auto const noise = shape.noise ? channels : 0;
  auto const width = 2 * (channels + noise + shape.summaries);
  auto const blocks = (count + block_examples - 1) / block_examples;
  auto const mine = parallel::share_of(blocks, comm.rank(), comm.size());
  std::vector<double> sums(static_cast<std::size_t>(mine.count * width), 0.0);
  comm.together([&] {
    for (std::int64_t i = 0; i < mine.count; ++i) {
      auto const start = (mine.first + i) * block_examples;
      auto const batch = source.examples(static_cast<std::uint64_t>(first + start),
                                         std::min(block_examples, count - start));
      double* block = sums.data() + i * width;
      add_sums(batch, "maps", channels, block);
      add_sums(batch, "noise", noise, block + 2 * channels);
      add_sums(batch, "summaries", shape.summaries, block + 2 * (channels + noise));
    }
  });
  auto const total = sum_blocks(comm, sums, width);
  InputStatistics statistics;
  statistics.maps = moments_of(total.data(), channels, count);
  statistics.noise = moments_of(total.data() + 2 * channels, noise, count);
  statistics.summaries = moments_of(total.data() + 2 * (channels + noise), shape.summaries, count);
  return statistics;
}

}  // namespace shearwater::learn
