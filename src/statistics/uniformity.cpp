// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/statistics/uniformity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/distributions.hpp"

namespace shearwater::statistics {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Two-sided tail probabilities of every count 0..n of Binomial(n, z), by summing the density from
/// both ends: 2 min{ P(X <= k), P(X >= k) }.
void fill_tails(std::int64_t n, double z, float* tail) {
  std::vector<double> density(at(n + 1));
  double const size = static_cast<double>(n);
  for (std::int64_t k = 0; k <= n; ++k) {
    double const x = static_cast<double>(k);
    density[at(k)] =
        std::exp(std::lgamma(size + 1) - std::lgamma(x + 1) - std::lgamma(size - x + 1) +
                 x * std::log(z) + (size - x) * std::log1p(-z));
  }
  double sum = 0;
  for (std::int64_t k = 0; k <= n; ++k) tail[k] = static_cast<float>(2 * (sum += density[at(k)]));
  sum = 0;
  for (std::int64_t k = n; k >= 0; --k)
    tail[k] = std::min(tail[k], static_cast<float>(2 * (sum += density[at(k)])));
}

}  // namespace

EcdfNull::EcdfNull(std::int64_t draws, std::int64_t points, std::uint64_t seed,
                   std::int64_t simulations)
    : draws_(draws), points_(points) {
  core::require(draws > 0 && points > 1 && simulations >= 1000,
                "statistics::EcdfNull: draws > 0, points > 1, at least 1000 simulations");
  tail_.resize(at((points - 1) * (draws + 1)));
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 1; i < points; ++i)
    fill_tails(draws, static_cast<double>(i) / static_cast<double>(points),
               &tail_[at((i - 1) * (draws + 1))]);
  null_.resize(at(simulations));
#pragma omp parallel for schedule(static)
  for (std::int64_t m = 0; m < simulations; ++m) {
    core::Stream random(seed, core::Purpose::calibration, static_cast<std::uint64_t>(m));
    std::vector<std::int32_t> histogram(at(points), 0);
    for (std::int64_t n = 0; n < draws; ++n)
      // 32 bits times `points`: the bias of a value is below points / 2^32.
      ++histogram[(static_cast<std::uint64_t>(random.bits()) *
                   static_cast<std::uint64_t>(points)) >>
                  32];
    null_[at(m)] = statistic_of_histogram(histogram);
  }
  std::sort(null_.begin(), null_.end());
}

double EcdfNull::statistic_of_histogram(std::span<std::int32_t const> histogram) const {
  std::int64_t below = 0;
  float smallest = 1;
  for (std::int64_t i = 1; i < points_; ++i) {
    below += histogram[at(i - 1)];
    smallest = std::min(smallest, tail_[at((i - 1) * (draws_ + 1) + below)]);
  }
  return static_cast<double>(smallest);
}

double EcdfNull::statistic(std::span<std::int64_t const> ranks) const {
  core::require(static_cast<std::int64_t>(ranks.size()) == draws_,
                "statistics::EcdfNull: the null was made for another number of ranks");
  std::vector<std::int32_t> histogram(at(points_), 0);
  for (auto const rank : ranks) {
    core::require(rank >= 0 && rank < points_,
                  "statistics::EcdfNull: a rank is outside {0, ..., L}");
    ++histogram[at(rank)];
  }
  return statistic_of_histogram(histogram);
}

double EcdfNull::critical(double confidence) const {
  auto const position =
      static_cast<std::size_t>((1 - confidence) * static_cast<double>(null_.size()));
  return null_[std::min(position, null_.size() - 1)];
}

EcdfBand EcdfNull::band(double confidence) const {
  EcdfBand result;
  result.draws = draws_;
  result.points = points_;
  result.confidence = confidence;
  result.gamma = critical(confidence);
  double const n = static_cast<double>(draws_);
  for (std::int64_t i = 1; i < points_; ++i) {
    float const* tail = &tail_[at((i - 1) * (draws_ + 1))];
    std::int64_t low = 0, high = draws_;
    while (low < draws_ && static_cast<double>(tail[low]) < result.gamma) ++low;
    while (high > 0 && static_cast<double>(tail[high]) < result.gamma) --high;
    result.z.push_back(static_cast<double>(i) / static_cast<double>(points_));
    result.lower.push_back(static_cast<double>(low) / n);
    result.upper.push_back(static_cast<double>(high) / n);
  }
  return result;
}

UniformityTest test_uniformity(std::string name, std::span<std::int64_t const> ranks,
                               std::int64_t bins, EcdfNull const& null, double gate_confidence) {
  std::int64_t const values = null.points(), draws = null.draws();
  core::require(bins > 1 && values % bins == 0,
                "statistics::test_uniformity: the bins must divide the number of rank values");
  UniformityTest result;
  result.name = std::move(name);
  result.ecdf_gamma = null.statistic(ranks);
  result.ecdf_gate = null.critical(gate_confidence);
  std::vector<std::int64_t> counts(at(values), 0);
  for (auto const rank : ranks) ++counts[at(rank)];
  result.histogram.assign(at(bins), 0);
  for (std::int64_t v = 0; v < values; ++v)
    result.histogram[at(v * bins / values)] += counts[at(v)];
  double const expected = static_cast<double>(draws) / static_cast<double>(bins);
  for (auto const count : result.histogram) {
    double const difference = static_cast<double>(count) - expected;
    result.chi_square += difference * difference / expected;
  }
  result.chi_square_gate = chi_square_quantile(gate_confidence, static_cast<double>(bins - 1));
  std::int64_t below = 0;
  for (std::int64_t i = 1; i < values; ++i) {
    below += counts[at(i - 1)];
    double const z = static_cast<double>(i) / static_cast<double>(values);
    result.z.push_back(z);
    result.ecdf_difference.push_back(static_cast<double>(below) / static_cast<double>(draws) - z);
    result.largest_difference =
        std::max(result.largest_difference, std::abs(result.ecdf_difference.back()));
  }
  result.kolmogorov_p = kolmogorov_p_value(result.largest_difference, draws);
  return result;
}

BarBand bar_band(std::int64_t draws, std::int64_t bins, double confidence) {
  double const p = 1.0 / static_cast<double>(bins), tail = 0.5 * (1 - confidence);
  return {binomial_quantile(tail, draws, p), binomial_quantile(1 - tail, draws, p)};
}

}  // namespace shearwater::statistics
