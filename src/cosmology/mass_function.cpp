// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/mass_function.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/cosmology/background.hpp"

namespace shearwater::cosmology {

namespace {

constexpr std::size_t rows = 9;
using Column = std::array<double, rows>;

// Tinker et al. (2008), table 2.
constexpr Column table_overdensity = {200, 300, 400, 600, 800, 1200, 1600, 2400, 3200};
constexpr Column table_A = {0.186, 0.200, 0.212, 0.218, 0.248, 0.255, 0.260, 0.260, 0.260};
constexpr Column table_a = {1.47, 1.52, 1.56, 1.61, 1.87, 2.13, 2.30, 2.53, 2.66};
constexpr Column table_b = {2.57, 2.25, 2.05, 1.87, 1.59, 1.51, 1.46, 1.44, 1.41};
constexpr Column table_c = {1.19, 1.27, 1.34, 1.45, 1.58, 1.80, 1.97, 2.24, 2.44};

/// Second derivatives of the natural cubic spline through (x, y), by elimination.
Column spline_bends(Column const& x, Column const& y) {
  Column bends{}, upper{};
  for (std::size_t i = 1; i + 1 < rows; ++i) {
    double const left = x[i] - x[i - 1], right = x[i + 1] - x[i];
    double const jump = (y[i + 1] - y[i]) / right - (y[i] - y[i - 1]) / left;
    double const pivot = 2 * (left + right) - left * upper[i - 1];
    upper[i] = right / pivot;
    bends[i] = (6 * jump - left * bends[i - 1]) / pivot;
  }
  for (std::size_t i = rows - 2; i > 0; --i) bends[i] -= upper[i] * bends[i + 1];
  return bends;
}

/// That spline at `at` within [x[0], x[rows - 1]].
double spline(Column const& x, Column const& y, double at) {
  auto const bends = spline_bends(x, y);
  std::size_t i = 0;
  while (i + 2 < rows && at > x[i + 1]) ++i;
  double const width = x[i + 1] - x[i], s = (at - x[i]) / width, t = 1 - s;
  return t * y[i] + s * y[i + 1] +
         width * width / 6 * ((t * t * t - t) * bends[i] + (s * s * s - s) * bends[i + 1]);
}

}  // namespace

MassFunction::TinkerNumbers MassFunction::tinker_numbers(double redshift, double overdensity) {
  if (!(overdensity >= table_overdensity.front() && overdensity <= table_overdensity.back()))
    throw core::InputError(fmt::format(
        "mass function: an overdensity of {:g} times the mean is outside [200, 3200], for which "
        "Tinker et al. (2008) counted halos; take Sheth & Tormen's for groups of friends",
        overdensity));
  Column x;
  for (std::size_t i = 0; i < rows; ++i) x[i] = std::log10(table_overdensity[i]);
  double const at = std::log10(overdensity), stretch = 1 + redshift;
  double const alpha = std::pow(10, -std::pow(0.75 / std::log10(overdensity / 75), 1.2));
  return {spline(x, table_A, at) * std::pow(stretch, -0.14),
          spline(x, table_a, at) * std::pow(stretch, -0.06),
          spline(x, table_b, at) * std::pow(stretch, -alpha), spline(x, table_c, at)};
}

MassFunction::MassFunction(LinearPower const& power, Multiplicity kind, double redshift,
                           double overdensity)
    : power_(power), kind_(kind) {
  if (!(redshift >= 0))
    throw core::InputError(
        fmt::format("mass function: redshift = {} must not be negative", redshift));
  growth_ = Background(power.cosmology()).growth(1 / (1 + redshift));
  if (kind == Multiplicity::tinker) tinker_ = tinker_numbers(redshift, overdensity);
}

double MassFunction::multiplicity(double sigma) const {
  if (kind_ == Multiplicity::tinker)
    return tinker_.A * (std::pow(sigma / tinker_.b, -tinker_.a) + 1) *
           std::exp(-tinker_.c / (sigma * sigma));
  double const collapse = 3.0 / 20 * std::pow(12 * std::numbers::pi, 2.0 / 3);
  double const nu = collapse / sigma, two_by_pi = 2 / std::numbers::pi;
  if (kind_ == Multiplicity::press_schechter)
    return std::sqrt(two_by_pi) * nu * std::exp(-nu * nu / 2);
  double const scaled = 0.707 * nu * nu;
  return 0.3222 * std::sqrt(two_by_pi * scaled) * (1 + std::pow(scaled, -0.3)) *
         std::exp(-scaled / 2);
}

double MassFunction::operator()(double mass) const {
  double const density = units::critical_density * power_.cosmology().omega_m();
  double const slope = power_.sigma_slope(power_.radius_of_mass(mass)) / 3;
  return -multiplicity(sigma(mass)) * density / mass * slope;
}

}  // namespace shearwater::cosmology
