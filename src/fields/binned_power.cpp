// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/fields/binned_power.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"

namespace shearwater::fields {
namespace {

/// l of mode (row, column) of the half spectrum.
double multipole(FlatSky const& sky, std::int64_t row, std::int64_t column) {
  double const a = static_cast<double>(std::min(row, sky.pixels - row));
  return sky.fundamental() * std::hypot(a, static_cast<double>(column));
}

}  // namespace

BinnedPower::BinnedPower(FlatSky sky, std::vector<double> edges)
    : sky_(sky), edges_(std::move(edges)), fft_(sky.pixels, sky.pixels) {
  if (edges_.size() < 2 || !std::is_sorted(edges_.begin(), edges_.end(), std::less_equal<>()))
    throw core::InputError(
        fmt::format("{} edges of power bands: give at least two, increasing", edges_.size()));
  std::int64_t const half = sky_.pixels / 2;
  counts_.assign(edges_.size(), 0);
  for (std::int64_t row = 0; row < sky_.pixels; ++row) {
    for (std::int64_t column = 0; column <= half; ++column) {
      auto const above =
          std::lower_bound(edges_.begin(), edges_.end(), multipole(sky_, row, column)) -
          edges_.begin();
      bool const inside = above > 0 && above < std::ssize(edges_) && row + column > 0;
      auto const band = inside ? above - 1 : bands();
      band_.push_back(static_cast<std::int32_t>(band));
      counts_[static_cast<std::size_t>(band)] += column == 0 || column == half ? 1 : 2;
    }
  }
  counts_.pop_back();
}

BinnedPower BinnedPower::logarithmic(FlatSky sky, std::int64_t bands) {
  // In units of the fundamental: from 1/2 to just beyond the corner of the mode plane.
  double const end = 1.005 * std::sqrt(0.5) * static_cast<double>(sky.pixels);
  auto const edges_for = [&](double ratio) {
    std::vector<double> edges{0.5};
    for (std::int64_t b = 0; b < bands; ++b)
      edges.push_back(std::max(edges.back() + 1.0, edges.back() * ratio));
    return edges;
  };
  if (edges_for(1.0).back() >= end)
    throw core::InputError(
        fmt::format("{} power bands do not fit the modes of a map of {} pixels: use at most {}",
                    bands, sky.pixels, static_cast<std::int64_t>(end) - 1));
  double low = 1.0, high = 2.0 * end;
  for (int step = 0; step < 60; ++step) {
    double const middle = 0.5 * (low + high);
    (edges_for(middle).back() < end ? low : high) = middle;
  }
  auto edges = edges_for(high);
  for (double& edge : edges) edge *= sky.fundamental();
  return BinnedPower(sky, edges);
}

void BinnedPower::measure(std::complex<float> const* a, std::complex<float> const* b,
                          std::span<double> power) const {
  core::require(std::ssize(power) == bands(), "one power for each band");
  std::vector<double> sums(edges_.size(), 0.0);
  auto const columns = static_cast<std::size_t>(sky_.pixels / 2 + 1);
  for (std::size_t m = 0; m < band_.size(); m += columns) {
    for (std::size_t c = 0; c < columns; ++c) {
      float const product = a[m + c].real() * b[m + c].real() + a[m + c].imag() * b[m + c].imag();
      double const weight = c == 0 || c == columns - 1 ? 1.0 : 2.0;
      sums[static_cast<std::size_t>(band_[m + c])] += weight * static_cast<double>(product);
    }
  }
  double const size = static_cast<double>(sky_.size());
  for (std::size_t i = 0; i < power.size(); ++i)
    power[i] = counts_[i] == 0
                   ? 0.0
                   : sums[i] * sky_.area() / (size * size * static_cast<double>(counts_[i]));
}

std::vector<double> BinnedPower::average(std::function<double(double)> const& of_ell) const {
  std::vector<double> sums(edges_.size(), 0.0);
  std::int64_t const half = sky_.pixels / 2;
  std::size_t m = 0;
  for (std::int64_t row = 0; row < sky_.pixels; ++row) {
    for (std::int64_t column = 0; column <= half; ++column, ++m) {
      auto const band = static_cast<std::size_t>(band_[m]);
      if (band + 1 == sums.size()) continue;
      double const weight = column == 0 || column == half ? 1.0 : 2.0;
      sums[band] += weight * of_ell(multipole(sky_, row, column));
    }
  }
  sums.pop_back();
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (counts_[i] > 0) sums[i] /= static_cast<double>(counts_[i]);
  return sums;
}

}  // namespace shearwater::fields
