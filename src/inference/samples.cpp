// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/inference/samples.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/statistics/c2st.hpp"
#include "shearwater/statistics/moments.hpp"

namespace shearwater::inference {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// `count` rows taken at equal distances.
std::vector<double> thinned(std::span<double const> samples, std::int64_t dimension,
                            std::int64_t count) {
  std::int64_t const rows = static_cast<std::int64_t>(samples.size()) / dimension;
  std::vector<double> result;
  for (std::int64_t n = 0; n < count; ++n) {
    auto const row = samples.subspan(at(n * rows / count * dimension), at(dimension));
    result.insert(result.end(), row.begin(), row.end());
  }
  return result;
}

}  // namespace

std::vector<ParameterSummary> summarise(std::vector<std::string> const& names,
                                        std::span<double const> samples,
                                        std::span<double const> weights) {
  auto const d = static_cast<std::int64_t>(names.size());
  auto const m = statistics::moments(samples, d, weights);
  std::vector<ParameterSummary> result;
  for (std::int64_t i = 0; i < d; ++i) {
    auto const q = statistics::quantiles(samples, d, i, {0.025, 0.16, 0.5, 0.84, 0.975}, weights);
    result.push_back({names[at(i)], m.mean[at(i)], m.sd(i), q[2], q[1], q[3], q[0], q[4]});
  }
  return result;
}

Reweighting reweight(std::span<double const> samples, statistics::Prior const& old_prior,
                     statistics::Prior const& new_prior) {
  if (old_prior.names() != new_prior.names())
    throw core::InputError(
        fmt::format("the new prior is for ({}), the posterior for ({}): give the same parameters "
                    "in the same order",
                    fmt::join(new_prior.names(), ", "), fmt::join(old_prior.names(), ", ")));
  std::size_t const d = at(old_prior.size()), rows = samples.size() / d;
  Reweighting result;
  for (std::size_t n = 0; n < rows; ++n) {
    auto const theta = samples.subspan(n * d, d);
    result.weights.push_back(new_prior.log_density(theta) - old_prior.log_density(theta));
  }
  double const largest = *std::max_element(result.weights.begin(), result.weights.end());
  if (!std::isfinite(largest))
    throw core::InputError(
        "no posterior sample lies within the new prior's bounds: they do not meet");
  double sum = 0;
  for (auto& w : result.weights) sum += w = std::exp(w - largest);
  for (auto& w : result.weights) w *= static_cast<double>(rows) / sum;
  result.effective_samples = statistics::effective_samples(result.weights);
  return result;
}

DerivedParameters derived_parameters(std::vector<std::string> const& names,
                                     std::span<double const> samples,
                                     cosmology::Cosmology const& fixed) {
  auto const has = [&](char const* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  bool const density = has("omega_c") || has("omega_b");
  bool const amplitude = has("sigma_8") || density;
  bool const s_8 = amplitude && !(fixed.a_s > 0) && !has("a_s");
  DerivedParameters result;
  if (s_8) result.names.push_back("S_8");
  if (density) result.names.push_back("Omega_m");
  if (result.names.empty()) return result;
  std::size_t const d = names.size();
  cosmology::Cosmology cosmology = fixed;
  for (std::size_t n = 0; n < samples.size() / d; ++n) {
    for (std::size_t i = 0; i < d; ++i) cosmology.set(names[i], samples[n * d + i]);
    if (s_8) result.samples.push_back(cosmology.sigma_8 * std::sqrt(cosmology.omega_m() / 0.3));
    if (density) result.samples.push_back(cosmology.omega_m());
  }
  return result;
}

ChainComparison compare_with_chain(std::span<double const> samples, std::span<double const> chain,
                                   std::int64_t dimension, std::uint64_t seed,
                                   std::int64_t c2st_rows, std::span<double const> weights) {
  auto const ours = statistics::moments(samples, dimension, weights);
  auto const theirs = statistics::moments(chain, dimension);
  ChainComparison result;
  result.figure_of_merit = statistics::figure_of_merit(ours.covariance, dimension);
  result.reference_figure_of_merit = statistics::figure_of_merit(theirs.covariance, dimension);
  result.ratio = result.figure_of_merit / result.reference_figure_of_merit;
  std::vector<double> delta(ours.mean);
  for (std::size_t i = 0; i < delta.size(); ++i) delta[i] -= theirs.mean[i];
  result.distance = statistics::mahalanobis(delta, theirs.covariance);
  if (are_weighted(weights)) return result;
  auto const rows = [&](auto const& s) { return static_cast<std::int64_t>(s.size()) / dimension; };
  result.c2st_rows = std::min({c2st_rows, rows(samples), rows(chain)});
  result.c2st = statistics::c2st(thinned(chain, dimension, result.c2st_rows),
                                 thinned(samples, dimension, result.c2st_rows), dimension, seed);
  return result;
}

bool are_weighted(std::span<double const> weights) {
  return std::any_of(weights.begin(), weights.end(), [&](double w) { return w != weights[0]; });
}

std::vector<double> equally_weighted(std::span<double const> samples, std::int64_t dimension,
                                     std::span<double const> weights) {
  core::require(samples.size() == weights.size() * at(dimension), "one weight for each row");
  double sum = 0, largest = 0;
  for (double const w : weights) {
    if (!(w >= 0) || !std::isfinite(w))
      throw core::InputError(
          fmt::format("a sample has the weight {}: weights are finite and not negative", w));
    sum += w;
    largest = std::max(largest, w);
  }
  if (largest == 0) throw core::InputError("all weights of the samples are zero");
  if (!are_weighted(weights)) return {samples.begin(), samples.end()};
  // A little below the limit, so that rounding cannot take the heaviest row twice.
  auto const rows = std::max<std::int64_t>(1, static_cast<std::int64_t>(sum / largest - 1e-6));
  double const step = sum / static_cast<double>(rows);
  std::vector<double> result;
  double reached = 0, next = 0.5 * step;
  for (std::size_t row = 0; row < weights.size(); ++row) {
    reached += weights[row];
    if (reached < next) continue;
    auto const from = samples.begin() + static_cast<std::ptrdiff_t>(row * at(dimension));
    result.insert(result.end(), from, from + dimension);
    next += step;
  }
  return result;
}

double pair_figure_of_merit(std::span<double const> samples, std::int64_t dimension, std::int64_t i,
                            std::int64_t j, std::span<double const> weights) {
  auto const m = statistics::moments(samples, dimension, weights);
  auto const c = [&](std::int64_t a, std::int64_t b) {
    return m.covariance[at(a * dimension + b)];
  };
  return statistics::figure_of_merit(std::vector<double>{c(i, i), c(i, j), c(j, i), c(j, j)}, 2);
}

}  // namespace shearwater::inference
