// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/nonlinear_power.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace shearwater::cosmology {

namespace {

constexpr double log_radius_min = -9.2103403719761836;  // ln 1e-4 Mpc/h
constexpr double log_radius_step = 0.05;
constexpr std::size_t radii = 290;  // up to 190 Mpc/h
constexpr double log_k_min = -13.0;
constexpr double log_k_step = 0.01;
constexpr std::size_t wavenumbers = 2500;  // up to 1.6e5 h/Mpc
constexpr double a_min = 0.02;

double delta2_factor(double k) { return k * k * k / (2 * std::numbers::pi * std::numbers::pi); }

}  // namespace

HalofitCoefficients::HalofitCoefficients(NonlinearScale const& scale, double omega_m,
                                         double dark_energy) {
  double const n = scale.n_eff, n2 = n * n, n3 = n2 * n, n4 = n2 * n2, curve = scale.curvature;
  auto ten_to = [](double x) { return std::exp(std::numbers::ln10 * x); };
  k_sigma = scale.k_sigma;
  a = ten_to(1.5222 + 2.8553 * n + 2.3706 * n2 + 0.9903 * n3 + 0.2250 * n4 - 0.6038 * curve +
             0.1749 * dark_energy);
  b = ten_to(-0.5642 + 0.5864 * n + 0.5716 * n2 - 1.5474 * curve + 0.2279 * dark_energy);
  c = ten_to(0.3698 + 2.0404 * n + 0.8161 * n2 + 0.5869 * curve);
  gamma = 0.1971 - 0.0843 * n + 0.8460 * curve;
  alpha = std::abs(6.0835 + 1.3373 * n - 0.1959 * n2 - 5.5274 * curve);
  beta = 2.0379 - 0.7354 * n + 0.3157 * n2 + 1.2490 * n3 + 0.3980 * n4 - 0.1682 * curve;
  nu = ten_to(5.2105 + 3.6902 * n);
  double const log_omega = std::log(omega_m);
  f1 = std::exp(-0.0307 * log_omega);
  f2 = std::exp(-0.0585 * log_omega);
  f3 = std::exp(0.0743 * log_omega);
}

double HalofitCoefficients::operator()(double k, double linear) const {
  double const y = k / k_sigma;
  double const two_halo =
      linear * std::pow(1 + linear, beta) / (1 + alpha * linear) * std::exp(-y / 4 - y * y / 8);
  double const one_halo =
      a * std::pow(y, 3 * f1) / (1 + b * std::pow(y, f2) + std::pow(c * f3 * y, 3 - gamma));
  return two_halo + one_halo / (1 + nu / (y * y));
}

NonlinearPower::NonlinearPower(Background background, LinearPower linear)
    : background_(std::move(background)), linear_(std::move(linear)) {
  std::vector<double> k(wavenumbers), delta2(wavenumbers);
  for (std::size_t j = 0; j < wavenumbers; ++j) {
    k[j] = std::exp(log_k_min + log_k_step * static_cast<double>(j));
    delta2[j] = delta2_factor(k[j]) * linear_(k[j]);
  }
  for (std::size_t i = 0; i < radii; ++i) {
    double const log_radius = log_radius_min + log_radius_step * static_cast<double>(i);
    double s0 = 0, s1 = 0, s2 = 0;
    for (std::size_t j = 0; j < wavenumbers; ++j) {
      double const y = k[j] * std::exp(log_radius), y2 = y * y;
      double const term = delta2[j] * std::exp(-y2);
      s0 += term;
      s1 += term * y2;
      s2 += term * y2 * y2;
    }
    log_radius_.push_back(log_radius);
    log_sigma2_.push_back(std::log(s0 * log_k_step));
    slope_.push_back(-2 * s1 / s0);
    curvature_.push_back(4 * ((s1 - s2) / s0 + s1 * s1 / (s0 * s0)));
  }
}

NonlinearScale NonlinearPower::scale(double a) const {
  double const target = -2 * std::log(background_.growth(a));
  if (log_sigma2_.front() <= target) return {};
  auto const below = std::partition_point(log_sigma2_.begin(), log_sigma2_.end(),
                                          [&](double value) { return value > target; });
  auto const n = std::min(static_cast<std::size_t>(below - log_sigma2_.begin()), radii - 1) - 1;
  // ln sigma^2 is monotonic: bisection on its Hermite interpolant between the two nodes. The
  // slope's own derivative is -C, which makes it as smooth.
  auto hermite = [&](std::vector<double> const& f, double d0, double d1, double t) {
    double const u = 1 - t, h = log_radius_step;
    return u * u * ((1 + 2 * t) * f[n] + t * h * d0) +
           t * t * ((1 + 2 * u) * f[n + 1] - u * h * d1);
  };
  double low = 0, high = 1;
  for (int iteration = 0; iteration < 50; ++iteration) {
    double const t = 0.5 * (low + high);
    (hermite(log_sigma2_, slope_[n], slope_[n + 1], t) > target ? low : high) = t;
  }
  NonlinearScale result;
  result.k_sigma = std::exp(-(log_radius_[n] + log_radius_step * low));
  result.n_eff = -3 - hermite(slope_, -curvature_[n], -curvature_[n + 1], low);
  result.curvature = (1 - low) * curvature_[n] + low * curvature_[n + 1];
  return result;
}

double NonlinearPower::linear(double k, double a) const {
  double const growth = background_.growth(a);
  return growth * growth * linear_(k);
}

double NonlinearPower::operator()(double k, double a) const {
  double const power = linear(k, a);
  if (a < a_min) return power;
  auto const nonlinear_scale = scale(a);
  if (nonlinear_scale.k_sigma == 0) return power;
  HalofitCoefficients const halofit(nonlinear_scale, background_.omega_m(a),
                                    background_.omega_de(a) * (1 + background_.w(a)));
  double const factor = delta2_factor(k);
  return halofit(k, factor * power) / factor;
}

}  // namespace shearwater::cosmology
