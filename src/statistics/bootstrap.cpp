// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/statistics/bootstrap.hpp"

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/distributions.hpp"

namespace shearwater::statistics {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// N F(z) at the points - 1 levels, from the ranks that `pick` names.
template <class Pick>
void count_below(std::span<std::int64_t const> ranks, std::span<std::int32_t> counts,
                 Pick const& pick) {
  std::fill(counts.begin(), counts.end(), 0);
  for (std::size_t n = 0; n < ranks.size(); ++n) {
    auto const rank = at(ranks[pick(n)]);
    if (rank < counts.size()) ++counts[rank];  // the highest rank is below no level
  }
  std::int32_t below = 0;
  for (auto& count : counts) count = below += count;
}

/// Standard deviations of the levels. The sums are of integers: the same in every order.
std::vector<double> deviations(std::vector<std::int32_t> const& counts, std::int64_t levels,
                               std::int64_t replicas, std::int64_t draws) {
  std::vector<double> result;
  double const r = static_cast<double>(replicas), n = static_cast<double>(draws);
  for (std::int64_t k = 0; k < levels; ++k) {
    std::int64_t sum = 0;
    for (std::int64_t m = 0; m < replicas; ++m) sum += counts[at(m * levels + k)];
    double const mean = static_cast<double>(sum) / r;
    double squares = 0;
    for (std::int64_t m = 0; m < replicas; ++m) {
      double const difference = static_cast<double>(counts[at(m * levels + k)]) - mean;
      squares += difference * difference;
    }
    double const z = static_cast<double>(k + 1) / static_cast<double>(levels + 1);
    result.push_back(std::sqrt(std::max(squares / ((r - 1) * n * n), z * (1 - z) / n)));
  }
  return result;
}

}  // namespace

BootstrapBand bootstrap_band(std::span<std::int64_t const> ranks, std::int64_t points,
                             double confidence, std::uint64_t seed, std::int64_t replicas) {
  std::int64_t const levels = points - 1, draws = std::ssize(ranks);
  core::require(draws > 0 && points > 1 && replicas >= 100,
                "statistics::bootstrap_band: ranks, points > 1, at least 100 replicas");
  for (auto const rank : ranks)
    core::require(rank >= 0 && rank < points,
                  "statistics::bootstrap_band: a rank is outside {0, ..., L}");
  std::vector<std::int32_t> observed(at(levels)), counts(at(replicas * levels));
  count_below(ranks, observed, [](std::size_t n) { return n; });
#pragma omp parallel for schedule(static)
  for (std::int64_t m = 0; m < replicas; ++m) {
    core::Stream random(seed, core::Purpose::bootstrap, static_cast<std::uint64_t>(m));
    count_below(ranks, std::span(counts).subspan(at(m * levels), at(levels)),
                [&](std::size_t) { return static_cast<std::size_t>(random.below(ranks.size())); });
  }
  auto const sd = deviations(counts, levels, replicas, draws);
  double const n = static_cast<double>(draws);
  std::vector<double> largest(at(replicas), 0.0);
  for (std::int64_t m = 0; m < replicas; ++m)
    for (std::int64_t k = 0; k < levels; ++k)
      largest[at(m)] = std::max(
          largest[at(m)], std::abs(counts[at(m * levels + k)] - observed[at(k)]) / (n * sd[at(k)]));
  std::sort(largest.begin(), largest.end());
  BootstrapBand band;
  band.replicas = replicas;
  band.confidence = confidence;
  // At least the quantile of one level: replicas of equal ranks do not scatter at all.
  band.width = normal_quantile(0.5 + 0.5 * confidence);
  band.width = std::max(
      band.width,
      largest[at(static_cast<std::int64_t>(std::ceil(confidence * static_cast<double>(replicas))) -
                 1)]);
  for (std::int64_t k = 0; k < levels; ++k) {
    double const z = static_cast<double>(k + 1) / static_cast<double>(points);
    double const value = observed[at(k)] / n, half = band.width * sd[at(k)];
    band.z.push_back(z);
    band.value.push_back(value);
    band.lower.push_back(std::max(value - half, 0.0));
    band.upper.push_back(std::min(value + half, 1.0));
    band.uniform_distance = std::max(band.uniform_distance, std::abs(value - z) / half);
  }
  return band;
}

}  // namespace shearwater::statistics
