// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/background.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"

namespace shearwater::cosmology {

namespace {

constexpr double log_a_min = -9.2103403719761836;  // ln 1e-4
constexpr std::size_t intervals = 1840;
constexpr double step = -log_a_min / intervals;

double log_a_at(std::size_t node) { return log_a_min + step * static_cast<double>(node); }

}  // namespace

double expansion_squared(Cosmology const& c, double log_a) {
  double const a = std::exp(log_a);
  double const dark =
      c.omega_de() * std::exp(-3 * (1 + c.w_0 + c.w_a) * log_a - 3 * c.w_a * (1 - a));
  return dark + ((c.omega_r / a + c.omega_m()) / a + c.omega_k) / (a * a);
}

GrowthStart growth_start(Cosmology const& c, double log_a) {
  double const a = std::exp(log_a), radiation = c.omega_r / (a * a * a * a);
  double const dark = 3 * (1 + c.w_0 + c.w_a * (1 - a)) * c.omega_de() *
                      std::exp(-3 * (1 + c.w_0 + c.w_a) * log_a - 3 * c.w_a * (1 - a));
  double const matter = c.omega_m() / (a * a * a), rest = expansion_squared(c, log_a) - radiation;
  double const friction = 2 - 0.5 * (3 * matter + 2 * c.omega_k / (a * a) + dark) / rest;
  double const source = 1.5 * matter / rest;
  double const equilibrium = 0.5 * (std::sqrt(friction * friction + 4 * source) - friction);
  double const shifted = a + 2 * c.omega_r / (3 * c.omega_m());
  return {std::log(shifted), equilibrium * a / shifted};
}

Background::Background(Cosmology const& cosmology) : cosmology_(cosmology) {
  cosmology_.check();
  tabulate_distance();
  tabulate_growth();
}

double Background::expansion(double a) const {
  return std::sqrt(expansion_squared(cosmology_, std::log(a)));
}

double Background::omega_m(double a) const {
  return cosmology_.omega_m() / (a * a * a * expansion_squared(cosmology_, std::log(a)));
}

double Background::omega_de(double a) const {
  auto const& c = cosmology_;
  double const dark = std::exp(-3 * (1 + c.w_0 + c.w_a) * std::log(a) - 3 * c.w_a * (1 - a));
  return c.omega_de() * dark / expansion_squared(c, std::log(a));
}

double Background::dlnh_dlna(double a) const {
  auto const& c = cosmology_;
  double const squared = expansion_squared(c, std::log(a));
  double const falling =
      (4 * c.omega_r / a + 3 * c.omega_m()) / (a * a * a) + 2 * c.omega_k / (a * a);
  return -0.5 * falling / squared - 1.5 * (1 + w(a)) * omega_de(a);
}

void Background::tabulate_distance() {
  // dchi/dlna = -(c/H0)/(a E), by three-point Gauss-Legendre in each interval, from today
  // backwards.
  auto slope = [&](double log_a) {
    return -units::hubble_distance * std::exp(-log_a) /
           std::sqrt(expansion_squared(cosmology_, log_a));
  };
  distance_.assign(intervals + 1, 0.0);
  distance_slope_.resize(intervals + 1);
  double const offset = 0.5 * step * std::sqrt(0.6);
  for (std::size_t n = intervals; n-- > 0;) {
    double const middle = log_a_at(n) + 0.5 * step;
    double const mean =
        (5 * slope(middle - offset) + 8 * slope(middle) + 5 * slope(middle + offset)) / 18;
    distance_[n] = distance_[n + 1] - step * mean;
  }
  for (std::size_t n = 0; n <= intervals; ++n) distance_slope_[n] = slope(log_a_at(n));
}

void Background::tabulate_growth() {
  // f' = (3/2) Om - f^2 - (2 + dlnH/dlna) f and (ln D)' = f, by Runge-Kutta of order four.
  auto derivative = [&](double log_a, double f) {
    double const a = std::exp(log_a);
    return 1.5 * omega_m(a) - f * (f + 2 + dlnh_dlna(a));
  };
  auto const start = growth_start(cosmology_, log_a_min);
  log_growth_.assign(intervals + 1, start.log_growth);
  rate_.assign(intervals + 1, start.rate);
  rate_slope_.resize(intervals + 1);
  for (std::size_t n = 0; n < intervals; ++n) {
    double const x = log_a_at(n), f = rate_[n];
    double const k1 = derivative(x, f);
    double const k2 = derivative(x + 0.5 * step, f + 0.5 * step * k1);
    double const k3 = derivative(x + 0.5 * step, f + 0.5 * step * k2);
    double const k4 = derivative(x + step, f + step * k3);
    rate_[n + 1] = f + step * (k1 + 2 * k2 + 2 * k3 + k4) / 6;
    log_growth_[n + 1] = log_growth_[n] + step * (f + step * (k1 + k2 + k3) / 6);
  }
  for (std::size_t n = 0; n <= intervals; ++n) rate_slope_[n] = derivative(log_a_at(n), rate_[n]);
}

double Background::interpolate(std::vector<double> const& value, std::vector<double> const& slope,
                               double a) const {
  double const position = (std::log(a) - log_a_min) / step;
  if (!(position > -1e-9 && position < intervals + 1e-9))
    throw core::InputError(
        fmt::format("scale factor {} (z = {}): must be between 1e-4 and 1 (z between 0 and 9999)",
                    a, 1 / a - 1));
  auto const n = std::min(static_cast<std::size_t>(std::max(position, 0.0)), intervals - 1);
  double const t = position - static_cast<double>(n), u = 1 - t;
  return u * u * ((1 + 2 * t) * value[n] + t * step * slope[n]) +
         t * t * ((1 + 2 * u) * value[n + 1] - u * step * slope[n + 1]);
}

double Background::comoving_distance(double z) const {
  return interpolate(distance_, distance_slope_, 1 / (1 + z));
}

double Background::curved_sine(double chi) const {
  double const curvature = std::sqrt(std::abs(cosmology_.omega_k)) / units::hubble_distance;
  if (cosmology_.omega_k > 0) return std::sinh(curvature * chi) / curvature;
  if (cosmology_.omega_k < 0) return std::sin(curvature * chi) / curvature;
  return chi;
}

double Background::curved_cosine(double chi) const {
  double const curvature = std::sqrt(std::abs(cosmology_.omega_k)) / units::hubble_distance;
  if (cosmology_.omega_k > 0) return std::cosh(curvature * chi);
  if (cosmology_.omega_k < 0) return std::cos(curvature * chi);
  return 1;
}

double Background::transverse_distance(double z) const { return curved_sine(comoving_distance(z)); }

double Background::redshift(double chi) const {
  if (!(chi >= 0 && chi <= distance_.front()))
    throw core::InputError(fmt::format("comoving distance {} Mpc/h: must be between 0 and {:.6g}",
                                       chi, distance_.front()));
  // Distances fall with the node; the bracket then shrinks by Newton steps on the smooth
  // interpolant.
  auto const above = std::partition_point(distance_.begin(), distance_.end(),
                                          [&](double value) { return value > chi; });
  auto const node = static_cast<std::size_t>(above - distance_.begin());
  double log_a = std::min(log_a_at(node), 0.0);
  for (int iteration = 0; iteration < 4; ++iteration) {
    double const a = std::exp(log_a);
    double const slope = -units::hubble_distance / (a * expansion(a));
    log_a = std::clamp(log_a - (interpolate(distance_, distance_slope_, a) - chi) / slope,
                       log_a_min, 0.0);
  }
  return std::exp(-log_a) - 1;
}

double Background::growth_matter_era(double a) const {
  return std::exp(interpolate(log_growth_, rate_, a));
}

double Background::growth(double a) const {
  return std::exp(interpolate(log_growth_, rate_, a) - log_growth_.back());
}

double Background::growth_rate(double a) const { return interpolate(rate_, rate_slope_, a); }

}  // namespace shearwater::cosmology
