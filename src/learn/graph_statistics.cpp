// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "input_statistics.hpp"
#include "orientation_paths.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t block_examples = 64;

/// Number, sum and sum of squares of each of `width` quantities.
struct Sums {
  std::int64_t width;
  double* values;  // 3 * width
  void add(std::int64_t quantity, double value) {
    double* at = values + 3 * quantity;
    at[0] += 1;
    at[1] += value;
    at[2] += value * value;
  }
};

void add_scalars(bridge::Batch const& batch, Sums sums) {
  auto const found = batch.find("scalars");
  if (found == batch.end()) return;
  float const* value = bridge::host_data<float>(found->second);
  for (std::int64_t i = 0; i < found->second.size(); ++i) sums.add(i % sums.width, value[i]);
}

void add_distances(bridge::Batch const& batch, Sums sums) {
  float const* x = bridge::host_data<float>(batch.at("positions"));
  auto const* begin = bridge::host_data<std::int64_t>(batch.at("edge_begin"));
  auto const* node = bridge::host_data<std::int64_t>(batch.at("edge_node"));
  for (std::int64_t i = 0; i < batch.at("positions").extents[0]; ++i)
    for (auto e = begin[i]; e < begin[i + 1]; ++e) {
      double square = 0;
      for (std::int64_t a = 0; a < 3; ++a) {
        double const d = static_cast<double>(x[3 * node[e] + a]) - x[3 * i + a];
        square += d * d;
      }
      if (square > 0) sums.add(0, 0.5 * std::log(square));
    }
}

void add_ratios(bridge::Batch const& batch, Sums sums) {
  auto const found = batch.find("axis_ratios");
  if (found == batch.end()) return;
  float const* value = bridge::host_data<float>(found->second);
  for (std::int64_t i = 0; i < found->second.extents[0]; ++i) {
    auto const coordinates = ratio_coordinates(value[2 * i], value[2 * i + 1]);
    sums.add(0, coordinates[0]);
    sums.add(1, coordinates[1]);
  }
}

InputStatistics::Moments moments_of(Sums const& sums) {
  InputStatistics::Moments moments;
  for (std::int64_t q = 0; q < sums.width; ++q) {
    double const count = std::max(1.0, sums.values[3 * q]);
    append_moments(moments, sums.values[3 * q + 1] / count, sums.values[3 * q + 2] / count);
  }
  return moments;
}

}  // namespace

InputStatistics measure_graphs(parallel::Communicator const& comm,
                               bridge::ExampleSource const& source, std::int64_t first,
                               std::int64_t count) {
  auto const available = source.size() - first;
  auto const one = source.examples(static_cast<std::uint64_t>(first), 1);
  auto const scalars = one.contains("scalars") ? one.at("scalars").extents[1] : 0;
  std::int64_t const ratios = one.contains("axis_ratios") ? 2 : 0;
  auto const width = 3 * (scalars + 1 + ratios);
  auto const parts = [=](double* at) {
    return std::array<Sums, 3>{Sums{scalars, at}, Sums{1, at + 3 * scalars},
                               Sums{ratios, at + 3 * (scalars + 1)}};
  };
  auto const blocks = (count + block_examples - 1) / block_examples;
  auto const mine = parallel::share_of(blocks, comm.rank(), comm.size());
  std::vector<double> sums(static_cast<std::size_t>(mine.count * width), 0.0);
  comm.together([&] {
    for (std::int64_t i = 0; i < mine.count; ++i) {
      auto const start = (mine.first + i) * block_examples;
      std::vector<std::int64_t> which;
      for (auto k = start; k < std::min(count, start + block_examples); ++k)
        which.push_back(first + k * available / count);
      auto const batch = source.pick(which);
      auto const part = parts(sums.data() + i * width);
      add_scalars(batch, part[0]);
      add_distances(batch, part[1]);
      add_ratios(batch, part[2]);
    }
  });
  auto total = sum_blocks(comm, sums, width);
  auto const part = parts(total.data());
  InputStatistics statistics;
  statistics.scalars = moments_of(part[0]);
  statistics.distance = moments_of(part[1]);
  statistics.ratios = moments_of(part[2]);
  return statistics;
}

}  // namespace shearwater::learn
