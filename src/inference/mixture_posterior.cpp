// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/inference/mixture_posterior.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/distributions.hpp"
#include "shearwater/statistics/moments.hpp"

namespace shearwater::inference {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

std::vector<double> float64_values(bridge::Batch const& batch, std::string const& name) {
  auto const found = batch.find(name);
  core::require(found != batch.end(), "inference::MixturePosterior: the batch lacks " + name);
  double const* data = bridge::host_data<double>(found->second);
  return {data, data + found->second.size()};
}

double log_sum_exp(std::span<double const> terms) {
  double const largest = *std::max_element(terms.begin(), terms.end());
  if (!std::isfinite(largest)) return largest;
  double sum = 0;
  for (double const term : terms) sum += std::exp(term - largest);
  return largest + std::log(sum);
}

/// ln N of n = delta.size() dimensions at distance `delta` from the mean; L (n, n), delta is spent.
double log_normal(std::span<double const> lower, std::span<double> delta) {
  statistics::solve_lower(lower, delta);
  double sum = -0.5 * statistics::log_determinant(lower, static_cast<std::int64_t>(delta.size()));
  for (double const z : delta) sum += statistics::normal_log_density(z);
  return sum;
}

}  // namespace

MixturePosterior::MixturePosterior(statistics::Prior prior, std::int64_t maps,
                                   std::int64_t components, std::vector<double> weights,
                                   std::vector<double> means, std::vector<double> scale_tril,
                                   std::int64_t first_map)
    : prior_(std::move(prior)),
      maps_(maps),
      components_(components),
      first_map_(first_map),
      weights_(std::move(weights)),
      means_(std::move(means)),
      scale_tril_(std::move(scale_tril)) {
  std::int64_t const p = prior_.size();
  core::require(maps > 0 && components > 0 && p > 0 && weights_.size() == at(maps * components) &&
                    means_.size() == at(maps * components * p) &&
                    scale_tril_.size() == at(maps * components * p * p),
                "inference::MixturePosterior: the arrays do not have the shape of the mixture");
  check();
  for (std::int64_t m = 0; m < maps_; ++m) {
    double sum = 0;
    for (std::int64_t k = 0; k < components_; ++k) sum += weight_of(m, k);
    for (std::int64_t k = 0; k < components_; ++k) weights_[at(m * components_ + k)] /= sum;
  }
}

MixturePosterior MixturePosterior::from_batch(statistics::Prior prior, bridge::Batch const& batch,
                                              std::int64_t first_map) {
  auto const weights = batch.find("weights");
  core::require(weights != batch.end() && weights->second.extents.size() == 2,
                "inference::MixturePosterior: the batch lacks weights (maps, components)");
  return MixturePosterior(std::move(prior), weights->second.extents[0], weights->second.extents[1],
                          float64_values(batch, "weights"), float64_values(batch, "means"),
                          float64_values(batch, "scale_tril"), first_map);
}

void MixturePosterior::check() const {
  std::int64_t const p = parameters();
  for (std::int64_t m = 0; m < maps_; ++m) {
    bool good = true;
    double sum = 0;
    for (std::int64_t k = 0; k < components_; ++k) {
      good = good && std::isfinite(weight_of(m, k)) && weight_of(m, k) >= 0;
      sum += weight_of(m, k);
      for (std::int64_t i = 0; i < p; ++i) {
        good = good && std::isfinite(mean_of(m, k)[i]) && scale_of(m, k)[i * p + i] > 0;
        for (std::int64_t j = 0; j <= i; ++j)
          good = good && std::isfinite(scale_of(m, k)[i * p + j]);
      }
    }
    if (!good || !(sum > 0))
      throw core::NumericsError(
          fmt::format("the mixture of map {} is no density: weights must be finite, not negative "
                      "and not all zero, means finite, scale factors positive on the diagonal",
                      first_map_ + m));
  }
}

double const* MixturePosterior::mean_of(std::int64_t map, std::int64_t k) const {
  return &means_[at((map * components_ + k) * parameters())];
}
double const* MixturePosterior::scale_of(std::int64_t map, std::int64_t k) const {
  return &scale_tril_[at((map * components_ + k) * parameters() * parameters())];
}
double MixturePosterior::weight_of(std::int64_t map, std::int64_t k) const {
  return weights_[at(map * components_ + k)];
}

void MixturePosterior::draw(std::int64_t map, std::uint64_t seed, std::int64_t s,
                            double* theta) const {
  std::int64_t const p = parameters();
  auto const index =
      (static_cast<std::uint64_t>(first_map_ + map) << 32) | static_cast<std::uint64_t>(s);
  core::Stream random(seed, core::Purpose::posterior, index);
  double const choice = random.uniform();
  std::int64_t k = 0;
  double sum = weight_of(map, 0);
  while (k + 1 < components_ && choice > sum) sum += weight_of(map, ++k);
  double const* mean = mean_of(map, k);
  double const* scale = scale_of(map, k);
  for (std::int64_t i = 0; i < p; ++i) theta[i] = random.normal();
  // Rows from the last to the first, so that theta can hold the normals that are still needed.
  for (std::int64_t i = p; i-- > 0;) {
    double u = mean[i];
    for (std::int64_t j = 0; j <= i; ++j) u += scale[i * p + j] * theta[j];
    theta[i] = u;
  }
  for (std::int64_t i = 0; i < p; ++i) theta[i] = prior_.from_unbounded(i, theta[i]);
}

std::vector<double> MixturePosterior::sample(std::int64_t count, std::uint64_t seed) const {
  std::int64_t const p = parameters(), total = maps_ * count;
  std::vector<double> samples(at(total * p));
#pragma omp parallel for schedule(static)
  for (std::int64_t n = 0; n < total; ++n) draw(n / count, seed, n % count, &samples[at(n * p)]);
  return samples;
}

std::vector<double> MixturePosterior::sample_map(std::int64_t map, std::int64_t count,
                                                 std::uint64_t seed) const {
  std::int64_t const p = parameters();
  std::vector<double> samples(at(count * p));
#pragma omp parallel for schedule(static)
  for (std::int64_t n = 0; n < count; ++n) draw(map, seed, n, &samples[at(n * p)]);
  return samples;
}

double MixturePosterior::log_density_unbounded(std::int64_t map, std::span<double const> u) const {
  std::size_t const p = u.size();
  std::vector<double> terms(at(components_)), delta(p);
  for (std::int64_t k = 0; k < components_; ++k) {
    for (std::size_t i = 0; i < p; ++i) delta[i] = u[i] - mean_of(map, k)[i];
    terms[at(k)] = std::log(weight_of(map, k)) + log_normal({scale_of(map, k), p * p}, delta);
  }
  return log_sum_exp(terms);
}

double MixturePosterior::log_density(std::int64_t map, std::span<double const> theta) const {
  for (std::int64_t i = 0; i < parameters(); ++i)
    if (!std::isfinite(prior_.log_density(i, theta[at(i)]))) return -INFINITY;
  std::vector<double> u(theta.size());
  prior_.to_unbounded(theta, u);
  return log_density_unbounded(map, u) - prior_.log_jacobian(u);
}

double MixturePosterior::marginal_density(std::int64_t map, std::int64_t i, double theta_i) const {
  std::int64_t const p = parameters();
  if (!std::isfinite(prior_.log_density(i, theta_i))) return 0;
  double const u = prior_.to_unbounded(i, theta_i);
  // |d theta / d u| = phi(u) / p(theta) for every prior (statistics/prior.hpp).
  double const log_jacobian = statistics::normal_log_density(u) - prior_.log_density(i, theta_i);
  double sum = 0;
  for (std::int64_t k = 0; k < components_; ++k) {
    double variance = 0;
    for (std::int64_t c = 0; c <= i; ++c) {
      double const l = scale_of(map, k)[i * p + c];
      variance += l * l;
    }
    double const z = (u - mean_of(map, k)[i]) / std::sqrt(variance);
    sum += weight_of(map, k) * std::exp(statistics::normal_log_density(z) - log_jacobian) /
           std::sqrt(variance);
  }
  return sum;
}

double MixturePosterior::marginal_density(std::int64_t map, std::int64_t i, std::int64_t j,
                                          double theta_i, double theta_j) const {
  std::int64_t const p = parameters();
  double const log_prior = prior_.log_density(i, theta_i) + prior_.log_density(j, theta_j);
  if (!std::isfinite(log_prior)) return 0;
  double const ui = prior_.to_unbounded(i, theta_i), uj = prior_.to_unbounded(j, theta_j);
  double const log_jacobian =
      statistics::normal_log_density(ui) + statistics::normal_log_density(uj) - log_prior;
  double sum = 0;
  for (std::int64_t k = 0; k < components_; ++k) {
    double const* row_i = scale_of(map, k) + i * p;
    double const* row_j = scale_of(map, k) + j * p;
    double vii = 0, vij = 0, vjj = 0;
    for (std::int64_t c = 0; c <= std::max(i, j); ++c) {
      double const a = c <= i ? row_i[c] : 0, b = c <= j ? row_j[c] : 0;
      vii += a * a;
      vij += a * b;
      vjj += b * b;
    }
    std::array<double, 4> const lower{std::sqrt(vii), 0, vij / std::sqrt(vii),
                                      std::sqrt(vjj - vij * vij / vii)};
    std::array<double, 2> delta{ui - mean_of(map, k)[i], uj - mean_of(map, k)[j]};
    sum += weight_of(map, k) * std::exp(log_normal(lower, delta) - log_jacobian);
  }
  return sum;
}

std::pair<double, double> MixturePosterior::unbounded_range(std::int64_t map,
                                                            std::int64_t i) const {
  std::int64_t const p = parameters();
  double mean = 0, square = 0;
  for (std::int64_t k = 0; k < components_; ++k) {
    double const w = weight_of(map, k), m = mean_of(map, k)[i];
    mean += w * m;
    square += w * m * m;
    for (std::int64_t c = 0; c <= i; ++c)
      square += w * scale_of(map, k)[i * p + c] * scale_of(map, k)[i * p + c];
  }
  return {mean, std::sqrt(std::max(square - mean * mean, 0.0))};
}

std::vector<statistics::CredibleRegion> MixturePosterior::credible_regions(
    std::int64_t map, std::int64_t i, std::int64_t j, std::vector<double> const& masses,
    std::int64_t nodes) const {
  double const reach = 5;  // standard deviations in u; the mass outside is below 1e-6
  auto const [mean_i, sd_i] = unbounded_range(map, i);
  auto const [mean_j, sd_j] = unbounded_range(map, j);
  statistics::DensityGrid grid;
  grid.nx = grid.ny = nodes;
  grid.x0 = prior_.from_unbounded(i, mean_i - reach * sd_i);
  grid.y0 = prior_.from_unbounded(j, mean_j - reach * sd_j);
  grid.dx =
      (prior_.from_unbounded(i, mean_i + reach * sd_i) - grid.x0) / static_cast<double>(nodes - 1);
  grid.dy =
      (prior_.from_unbounded(j, mean_j + reach * sd_j) - grid.y0) / static_cast<double>(nodes - 1);
  grid.values.resize(at(nodes * nodes));
  for (std::int64_t row = 0; row < nodes; ++row)
    for (std::int64_t column = 0; column < nodes; ++column)
      grid.values[at(row * nodes + column)] =
          marginal_density(map, i, j, grid.x0 + grid.dx * static_cast<double>(column),
                           grid.y0 + grid.dy * static_cast<double>(row));
  std::vector<statistics::CredibleRegion> regions;
  for (double const mass : masses)
    regions.push_back({mass, statistics::level_lines(grid, statistics::level_of_mass(grid, mass))});
  return regions;
}

statistics::Density1 MixturePosterior::marginal_curve(std::int64_t map, std::int64_t i,
                                                      std::int64_t points) const {
  auto const [mean, sd] = unbounded_range(map, i);
  double const low = prior_.from_unbounded(i, mean - 4 * sd),
               high = prior_.from_unbounded(i, mean + 4 * sd);
  statistics::Density1 curve;
  for (std::int64_t n = 0; n < points; ++n) {
    curve.x.push_back(low +
                      (high - low) * static_cast<double>(n) / static_cast<double>(points - 1));
    curve.density.push_back(marginal_density(map, i, curve.x.back()));
  }
  return curve;
}

MixturePosterior MixturePosterior::scaled_width(double factor) const {
  auto means = means_;
  auto scale = scale_tril_;
  for (auto& value : scale) value *= factor;
  std::int64_t const p = parameters();
  for (std::int64_t m = 0; m < maps_; ++m)
    for (std::int64_t i = 0; i < p; ++i) {
      double const centre = unbounded_range(m, i).first;
      for (std::int64_t k = 0; k < components_; ++k) {
        double& mean = means[at((m * components_ + k) * p + i)];
        mean = centre + factor * (mean - centre);
      }
    }
  return MixturePosterior(prior_, maps_, components_, weights_, std::move(means), std::move(scale),
                          first_map_);
}

}  // namespace shearwater::inference
