// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/statistics/moments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "shearwater/core/error.hpp"

namespace shearwater::statistics {

namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

double weight_of(std::span<double const> weights, std::size_t row) {
  return weights.empty() ? 1.0 : weights[row];
}

}  // namespace

double Moments::sd(std::int64_t i) const {
  return std::sqrt(covariance[index(i * dimension() + i)]);
}

double Moments::correlation(std::int64_t i, std::int64_t j) const {
  return covariance[index(i * dimension() + j)] / (sd(i) * sd(j));
}

Moments moments(std::span<double const> samples, std::int64_t dimension,
                std::span<double const> weights) {
  std::size_t const d = index(dimension), rows = samples.size() / d;
  if (rows < 2)
    throw core::InputError(fmt::format("moments need at least 2 samples, there are {}", rows));
  core::require(weights.empty() || weights.size() == rows,
                "statistics::moments: one weight per sample");
  Moments result{std::vector<double>(d, 0.0), std::vector<double>(d * d, 0.0)};
  double total = 0, squares = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    double const w = weight_of(weights, row);
    total += w;
    squares += w * w;
    for (std::size_t i = 0; i < d; ++i) result.mean[i] += w * samples[row * d + i];
  }
  for (auto& mean : result.mean) mean /= total;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < d; ++i) {
      double const left = weight_of(weights, row) * (samples[row * d + i] - result.mean[i]);
      for (std::size_t j = 0; j <= i; ++j)
        result.covariance[i * d + j] += left * (samples[row * d + j] - result.mean[j]);
    }
  double const norm = total - squares / total;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      result.covariance[j * d + i] = result.covariance[i * d + j] /= norm;
  return result;
}

double effective_samples(std::span<double const> weights) {
  double sum = 0, squares = 0;
  for (double const w : weights) {
    sum += w;
    squares += w * w;
  }
  return squares > 0 ? sum * sum / squares : 0;
}

std::vector<double> quantiles(std::span<double const> samples, std::int64_t dimension,
                              std::int64_t column, std::vector<double> const& probabilities,
                              std::span<double const> weights) {
  std::size_t const d = index(dimension), rows = samples.size() / d;
  std::vector<std::size_t> order(rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto const value = [&](std::size_t row) { return samples[row * d + index(column)]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return value(a) < value(b); });
  std::vector<double> middle(rows);
  double total = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    double const w = weight_of(weights, order[i]);
    middle[i] = total + 0.5 * w;
    total += w;
  }
  std::vector<double> result;
  for (double const probability : probabilities) {
    double const target = probability * total;
    auto const upper =
        index(std::lower_bound(middle.begin(), middle.end(), target) - middle.begin());
    if (upper == 0 || upper == rows) {
      result.push_back(value(order[upper == 0 ? 0 : rows - 1]));
      continue;
    }
    double const span = middle[upper] - middle[upper - 1];
    double const t = span > 0 ? (target - middle[upper - 1]) / span : 0.5;
    result.push_back((1 - t) * value(order[upper - 1]) + t * value(order[upper]));
  }
  return result;
}

std::vector<double> cholesky(std::span<double const> matrix, std::int64_t dimension) {
  std::size_t const d = index(dimension);
  std::vector<double> lower(d * d, 0.0);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = matrix[i * d + j];
      for (std::size_t k = 0; k < j; ++k) sum -= lower[i * d + k] * lower[j * d + k];
      if (i == j) {
        if (!(sum > 0))
          throw core::NumericsError(
              fmt::format("a covariance of {} parameters is not positive definite (pivot {} is {})",
                          d, i, sum));
        lower[i * d + i] = std::sqrt(sum);
      } else {
        lower[i * d + j] = sum / lower[j * d + j];
      }
    }
  return lower;
}

void solve_lower(std::span<double const> lower, std::span<double> b) {
  std::size_t const d = b.size();
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < i; ++j) b[i] -= lower[i * d + j] * b[j];
    b[i] /= lower[i * d + i];
  }
}

double log_determinant(std::span<double const> lower, std::int64_t dimension) {
  double sum = 0;
  for (std::int64_t i = 0; i < dimension; ++i) sum += 2 * std::log(lower[index(i * dimension + i)]);
  return sum;
}

double mahalanobis(std::span<double const> delta, std::span<double const> covariance) {
  std::vector<double> white(delta.begin(), delta.end());
  solve_lower(cholesky(covariance, static_cast<std::int64_t>(delta.size())), white);
  double sum = 0;
  for (double const x : white) sum += x * x;
  return std::sqrt(sum);
}

double figure_of_merit(std::span<double const> covariance, std::int64_t dimension) {
  return std::exp(-0.5 * log_determinant(cholesky(covariance, dimension), dimension));
}

}  // namespace shearwater::statistics
