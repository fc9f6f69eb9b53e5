// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/redshift_distribution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"
#include "text_table.hpp"

namespace shearwater::cosmology {

namespace {

constexpr std::int64_t function_nodes = 8193;

void check_nodes(std::vector<double> const& z, std::vector<double> const& n) {
  if (z.size() != n.size() || z.size() < 2)
    throw core::InputError(
        fmt::format("n(z): {} redshifts and {} values; as many of both, at least 2, are needed",
                    z.size(), n.size()));
  for (std::size_t i = 0; i < z.size(); ++i) {
    if (!(z[i] >= 0 && z[i] <= 100) || (i > 0 && z[i] <= z[i - 1]))
      throw core::InputError(
          fmt::format("n(z): z = {} at node {}: redshifts must increase and lie between 0 and 100",
                      z[i], i + 1));
    if (!(n[i] >= 0 && std::isfinite(n[i])))
      throw core::InputError(
          fmt::format("n(z): n = {} at z = {}: must not be negative", n[i], z[i]));
  }
}

}  // namespace

RedshiftDistribution::RedshiftDistribution(std::vector<double> z, std::vector<double> n)
    : z_(std::move(z)), n_(std::move(n)) {
  check_nodes(z_, n_);
  cumulative_.assign(z_.size(), 0.0);
  for (std::size_t i = 1; i < z_.size(); ++i)
    cumulative_[i] = cumulative_[i - 1] + 0.5 * (n_[i] + n_[i - 1]) * (z_[i] - z_[i - 1]);
  double const total = cumulative_.back();
  if (!(total > 0 && std::isfinite(total)))
    throw core::InputError(fmt::format("n(z): its integral is {}; it must be positive", total));
  for (std::size_t i = 0; i < z_.size(); ++i) n_[i] /= total, cumulative_[i] /= total;
}

RedshiftDistribution RedshiftDistribution::from_function(std::function<double(double)> const& n,
                                                         double z_max) {
  std::vector<double> z, values;
  for (std::int64_t i = 0; i < function_nodes; ++i) {
    double const t = static_cast<double>(i) / static_cast<double>(function_nodes - 1);
    z.push_back(z_max * t * t);
    values.push_back(n(z.back()));
  }
  return {std::move(z), std::move(values)};
}

RedshiftDistribution RedshiftDistribution::smail(double alpha, double beta, double z0,
                                                 double z_max) {
  return from_function(
      [=](double z) { return std::pow(z, alpha) * std::exp(-std::pow(z / z0, beta)); }, z_max);
}

RedshiftDistribution RedshiftDistribution::gaussian(double mean, double sigma, double z_max) {
  return from_function(
      [=](double z) { return std::exp(-0.5 * (z - mean) * (z - mean) / (sigma * sigma)); }, z_max);
}

std::vector<RedshiftDistribution> RedshiftDistribution::read(std::string const& path) {
  auto const table = read_text_table(path);
  if (table.columns.size() < 2)
    throw core::InputError(
        fmt::format("{}: one column; n(z) needs a column of redshifts and one per bin", path));
  std::vector<RedshiftDistribution> bins;
  for (std::size_t c = 1; c < table.columns.size(); ++c)
    bins.emplace_back(table.columns[0], table.columns[c]);
  return bins;
}

double RedshiftDistribution::operator()(double z) const {
  if (!(z >= z_.front() && z <= z_.back())) return 0;
  auto const above = std::upper_bound(z_.begin(), z_.end() - 1, z) - z_.begin();
  auto const i = static_cast<std::size_t>(above);
  double const t = (z - z_[i - 1]) / (z_[i] - z_[i - 1]);
  return (1 - t) * n_[i - 1] + t * n_[i];
}

double RedshiftDistribution::cumulative(double z) const {
  if (z <= z_.front()) return 0;
  if (z >= z_.back()) return 1;
  auto const above = std::upper_bound(z_.begin(), z_.end() - 1, z) - z_.begin();
  auto const i = static_cast<std::size_t>(above);
  return cumulative_[i - 1] + 0.5 * (n_[i - 1] + (*this)(z)) * (z - z_[i - 1]);
}

double RedshiftDistribution::quantile(double share) const {
  double low = z_.front(), high = z_.back();
  for (int iteration = 0; iteration < 60; ++iteration) {
    double const middle = 0.5 * (low + high);
    (cumulative(middle) < share ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

double RedshiftDistribution::mean() const {
  double sum = 0;  // exact for linear pieces: Simpson's rule on z n(z), a quadratic
  for (std::size_t i = 1; i < z_.size(); ++i) {
    double const middle = 0.25 * (z_[i] + z_[i - 1]) * (n_[i] + n_[i - 1]);
    sum += (z_[i] - z_[i - 1]) * (z_[i - 1] * n_[i - 1] + 4 * middle + z_[i] * n_[i]) / 6;
  }
  return sum;
}

std::vector<double> equal_number_edges(RedshiftDistribution const& parent, std::int64_t bins) {
  if (bins < 1) throw core::InputError(fmt::format("{} tomographic bins: at least 1", bins));
  std::vector<double> edges = {0};
  for (std::int64_t i = 1; i < bins; ++i)
    edges.push_back(parent.quantile(static_cast<double>(i) / static_cast<double>(bins)));
  edges.push_back(parent.z_max());
  return edges;
}

std::vector<RedshiftDistribution> tomographic_bins(RedshiftDistribution const& parent,
                                                   std::int64_t bins, double scatter) {
  auto const edges = equal_number_edges(parent, bins);
  std::vector<RedshiftDistribution> result;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    // The probability that a galaxy at z is put into the bin.
    auto share = [&](double z) {
      if (scatter == 0) return z >= edges[i] && z < edges[i + 1] ? 1.0 : 0.0;
      double const width = std::numbers::sqrt2 * scatter * (1 + z);
      return 0.5 * (std::erf((edges[i + 1] - z) / width) - std::erf((edges[i] - z) / width));
    };
    std::vector<double> n = parent.values();
    for (std::size_t j = 0; j < n.size(); ++j) n[j] *= share(parent.nodes()[j]);
    result.emplace_back(parent.nodes(), std::move(n));
  }
  return result;
}

}  // namespace shearwater::cosmology
