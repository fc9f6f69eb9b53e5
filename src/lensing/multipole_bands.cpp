// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/multipole_bands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "modes.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::lensing {

namespace {

double window_of(double wave, double pixels) {
  double const x = std::numbers::pi * wave / pixels;
  return x == 0 ? 1 : std::sin(x) / x;
}

std::size_t band_of(std::vector<double> const& edges, double ell) {
  return static_cast<std::size_t>(std::ranges::lower_bound(edges, ell) - edges.begin()) - 1;
}

/// visit(row, column, x, y, l, band) for the modes of all bands, without those at the Nyquist
/// frequency, whose angle is not known.
template <class Visit>
void for_each_mode(fields::FlatSky sky, std::vector<double> const& edges, Visit const& visit) {
  auto const n = sky.pixels;
  for (std::int64_t row = 0; row < n; ++row)
    for (std::int64_t column = 0; column < n / 2; ++column) {
      if (2 * row == n) continue;
      auto const x = static_cast<double>(column);
      auto const y = static_cast<double>(row <= n / 2 ? row : row - n);
      double const ell = sky.fundamental() * std::sqrt(x * x + y * y);
      if (!(ell > edges.front() && ell <= edges.back())) continue;
      visit(row, column, x, y, ell, band_of(edges, ell));
    }
}

std::int64_t count_of(std::int64_t column) { return column == 0 ? 1 : 2; }

/// A function of l between its values at increasing multipoles: the logarithm of its modulus by the
/// cubic in ln l through the four nearest, or by a line where those have several signs or zeros;
/// itself by a line where the next two do.
class Spectrum {
 public:
  Spectrum(std::span<double const> ell, std::span<double const> values) : values_(values) {
    for (double const l : ell) x_.push_back(std::log(l));
    for (double const v : values) log_.push_back(std::log(std::abs(v)));
  }
  double operator()(double ell) const {
    double const x = std::log(ell);
    auto const last = std::ssize(x_) - 1;
    auto const above = std::ranges::upper_bound(x_, x) - x_.begin();
    auto const i = static_cast<std::size_t>(std::clamp<std::int64_t>(above, 1, last)) - 1;
    auto const begin = static_cast<std::size_t>(std::clamp<std::int64_t>(
        static_cast<std::int64_t>(i) - 1, 0, std::max<std::int64_t>(last - 3, 0)));
    std::size_t const end = std::min(begin + 4, x_.size());
    if (!alike(i, i + 2)) {
      double const t = (x - x_[i]) / (x_[i + 1] - x_[i]);
      return (1 - t) * values_[i] + t * values_[i + 1];
    }
    double const modulus =
        std::exp(alike(begin, end) ? lagrange(x, begin, end) : lagrange(x, i, i + 2));
    return values_[i] > 0 ? modulus : -modulus;
  }

 private:
  bool alike(std::size_t begin, std::size_t end) const {
    for (std::size_t n = begin; n < end; ++n)
      if (!(values_[n] * values_[begin] > 0)) return false;
    return true;
  }
  double lagrange(double x, std::size_t begin, std::size_t end) const {
    double sum = 0;
    for (std::size_t n = begin; n < end; ++n) {
      double product = log_[n];
      for (std::size_t m = begin; m < end; ++m)
        if (m != n) product *= (x - x_[m]) / (x_[n] - x_[m]);
      sum += product;
    }
    return sum;
  }
  std::vector<double> x_, log_;
  std::span<double const> values_;
};

}  // namespace

std::vector<Mode> modes_of(fields::FlatSky sky, std::vector<double> const& edges) {
  std::vector<Mode> modes;
  auto const half = sky.pixels / 2 + 1;
  auto const pixels = static_cast<double>(sky.pixels);
  for_each_mode(
      sky, edges,
      [&](std::int64_t row, std::int64_t column, double x, double y, double ell, std::size_t band) {
        double const square = x * x + y * y;
        modes.push_back({static_cast<std::size_t>(row * half + column), count_of(column), ell,
                         (x * x - y * y) / square, 2 * x * y / square,
                         window_of(x, pixels) * window_of(y, pixels), band});
      });
  return modes;
}

void check_bands(fields::FlatSky sky, std::vector<double> const& edges) {
  bool const rising = std::ranges::is_sorted(edges, std::less_equal<>());
  bool const finite = std::ranges::all_of(edges, [](double edge) { return std::isfinite(edge); });
  if (edges.size() < 2 || !finite || !rising || edges.front() < 0)
    throw core::InputError(
        fmt::format("edges of bands of multipoles, [{:g}]: at least two are needed, increasing "
                    "from 0 or more",
                    fmt::join(edges, ", ")));
  double const highest = sky.nyquist() / 2;
  if (edges.back() > highest)
    throw core::InputError(fmt::format(
        "bands to l = {:g}: with {} pixels along {:g} degrees they may reach half of the Nyquist "
        "multipole, l = {:.0f}, beyond which pixels mix smaller scales in; end the bands there, or "
        "take more pixels",
        edges.back(), sky.pixels, sky.width_deg, highest));
  std::vector<std::int64_t> modes(edges.size() - 1);
  for_each_mode(sky, edges,
                [&](std::int64_t, std::int64_t column, double, double, double, std::size_t band) {
                  modes[band] += count_of(column);
                });
  for (std::size_t n = 0; n < modes.size(); ++n)
    if (modes[n] == 0)
      throw core::InputError(fmt::format(
          "the band of multipoles from {:g} to {:g} has no modes in a field of {:g} degrees, "
          "which are {:g} apart: make it wider",
          edges[n], edges[n + 1], sky.width_deg, sky.fundamental()));
}

std::vector<double> band_means(fields::FlatSky sky, std::vector<double> const& edges,
                               std::span<double const> ell, std::span<double const> values) {
  core::require(ell.size() >= 2 && values.size() == ell.size() && ell.front() > 0,
                "lensing::band_means: a spectrum at two multipoles or more");
  Spectrum const spectrum(ell, values);
  // Many modes have the same length, the root of a whole number of fundamental modes.
  double const longest = edges.back() / sky.fundamental();
  std::vector<std::int64_t> count(static_cast<std::size_t>(longest * longest) + 2);
  for_each_mode(sky, edges,
                [&](std::int64_t, std::int64_t column, double x, double y, double, std::size_t) {
                  count[static_cast<std::size_t>(x * x + y * y)] += count_of(column);
                });
  std::vector<double> sum(edges.size() - 1, 0.0), modes(edges.size() - 1, 0.0);
  for (std::size_t square = 0; square < count.size(); ++square) {
    if (count[square] == 0) continue;
    double const length = sky.fundamental() * std::sqrt(static_cast<double>(square));
    std::size_t const band = band_of(edges, length);
    auto const weight = static_cast<double>(count[square]);
    sum[band] += weight * spectrum(length);
    modes[band] += weight;
  }
  for (std::size_t n = 0; n < sum.size(); ++n) sum[n] /= modes[n];
  return sum;
}

}  // namespace shearwater::lensing
