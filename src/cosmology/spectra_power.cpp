// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <numbers>

#include "shearwater/core/units.hpp"
#include "spectra_evaluation.hpp"
#include "vector_math.hpp"

namespace shearwater::cosmology {

void SpectraEvaluation::transfer(Numbers& shape) const {
  if (plan_.table) {
    shape = plan_.table_transfer;
    return;
  }
  if (plan_.formula != Transfer::eisenstein_hu) {
    TransferFunction const smooth(cosmology_, plan_.formula);
    for (std::size_t j = 0; j < Plan::wavenumbers; ++j) shape[j] = smooth(plan_.k[j]);
    return;
  }
  // TransferFunction::wiggle, with its powers of k tabulated.
  EisensteinHuNumbers const n(cosmology_, plan_.drag);
  double const to_q = 1 / (13.41 * n.k_equality), to_q108 = 69.9 * std::pow(to_q, 1.08);
  double const to_silk = std::pow(n.k_silk, -1.4), node3 = std::pow(n.beta_node, 3);
  double const beta3 = std::pow(n.beta_b, 3), fb = n.baryon_fraction;
  double const *const wavenumber = plan_.k.data(), *const k108 = plan_.k_108.data();
  double const* const k14 = plan_.k_14.data();
  double* const out = shape.data();
  for (std::size_t j = 0; j < Plan::wavenumbers; ++j) {
    double const q = wavenumber[j] * to_q, q2 = q * q;
    double const x = wavenumber[j] * n.sound_horizon, x2 = x * x, x3 = x2 * x;
    double const damping = 386 / (1 + to_q108 * k108[j]);
    double const log_cold = vector_math::log(std::numbers::e + 1.8 * n.beta_c * q);
    double const log_baryon = vector_math::log(std::numbers::e + 1.8 * q);
    double const f = 1 / (1 + x2 * x2 / (5.4 * 5.4 * 5.4 * 5.4));
    double const cold = f * log_cold / (log_cold + (14.2 + damping) * q2) +
                        (1 - f) * log_cold / (log_cold + (14.2 / n.alpha_c + damping) * q2);
    double const shifted = x2 * vector_math::exp(-vector_math::log(x3 + node3) / 3);
    double const sinc = vector_math::sin(shifted) / shifted;
    double const smooth =
        log_baryon / (log_baryon + (14.2 + damping) * q2) / (1 + x2 / (5.2 * 5.2));
    double const silk = n.alpha_b * x3 / (x3 + beta3) * vector_math::exp(-to_silk * k14[j]);
    out[j] = fb * sinc * (smooth + silk) + (1 - fb) * cold;
  }
}

void SpectraEvaluation::linear_power() {
  constexpr std::size_t count = Plan::wavenumbers, row = count / Plan::ell_stride;
  static_assert(count % Plan::ell_stride == 0);
  Numbers shape(count);
  transfer(shape);
  double const slope = 3 + cosmology_.n_s;
  for (std::size_t j = 0; j < count; ++j)
    shape[j] = shape[j] * shape[j] * vector_math::exp(slope * plan_.log_k[j]);
  double norm;
  if (cosmology_.a_s > 0) {
    double const poisson = units::hubble_distance * units::hubble_distance * nodes_.growth_today /
                           cosmology_.omega_m();
    norm = 4.0 / 25 * cosmology_.a_s * poisson * poisson *
           std::pow(cosmology_.h / 0.05, cosmology_.n_s - 1);
  } else {
    double variance = 0;
    for (std::size_t j = 0; j < count; ++j) variance += shape[j] * plan_.top_hat2[j];
    norm = cosmology_.sigma_8 * cosmology_.sigma_8 / (variance * Plan::log_k_step);
  }
  delta2_.resize(count);
  for (std::size_t j = 0; j < count; ++j)
    delta2_[j % Plan::ell_stride * row + j / Plan::ell_stride] = norm * shape[j];
}

double SpectraEvaluation::sigma_8() const {
  constexpr std::size_t row = Plan::wavenumbers / Plan::ell_stride;
  double variance = 0;
  for (std::size_t j = 0; j < Plan::wavenumbers; ++j)
    variance += delta2_[j % Plan::ell_stride * row + j / Plan::ell_stride] * plan_.top_hat2[j];
  return std::sqrt(variance * Plan::log_k_step);
}

void SpectraEvaluation::radii() {
  // sigma^2(R) and its derivatives today: a correlation on the common logarithmic grid.
  constexpr std::size_t stride = Plan::radius_stride, row = Plan::wavenumbers / Plan::ell_stride;
  Numbers s0(Plan::radii), s1(Plan::radii), s2(Plan::radii);
  for (std::size_t j = 0; j < Plan::wavenumbers; ++j) {
    double const power = delta2_[j % Plan::ell_stride * row + j / Plan::ell_stride];
    std::size_t const first = j % stride * plan_.gauss_row + j / stride;
    double const *const g0 = &plan_.gauss0[first], *const g2 = &plan_.gauss2[first];
    double const* const g4 = &plan_.gauss4[first];
    // Larger radii see nothing of this wavenumber: y = kR beyond 7.
    double const reach = (1.95 - plan_.log_k[j] - Plan::log_radius_min) / Plan::log_radius_step;
    auto const count = static_cast<std::size_t>(std::clamp(reach + 1, 0.0, double{Plan::radii}));
    double *const a = s0.data(), *const b = s1.data(), *const c = s2.data();
    for (std::size_t i = 0; i < count; ++i) {
      a[i] += power * g0[i];
      b[i] += power * g2[i];
      c[i] += power * g4[i];
    }
  }
  log_sigma2_.resize(Plan::radii), slope_.resize(Plan::radii), curvature_.resize(Plan::radii);
  for (std::size_t i = 0; i < Plan::radii; ++i) {
    double const ratio = s1[i] / s0[i];
    log_sigma2_[i] = std::log(s0[i] * Plan::log_k_step);
    slope_[i] = -2 * ratio;
    curvature_[i] = 4 * (ratio - s2[i] / s0[i] + ratio * ratio);
  }
}

NonlinearScale SpectraEvaluation::scale(double growth, std::size_t& interval) const {
  double const target = -2 * std::log(growth), h = Plan::log_radius_step;
  if (log_sigma2_.front() <= target) return {};
  while (interval > 0 && log_sigma2_[interval] <= target) --interval;
  while (interval + 2 < Plan::radii && log_sigma2_[interval + 1] > target) ++interval;
  std::size_t const n = interval;
  auto hermite = [&](Numbers const& f, double d0, double d1, double t) {
    double const u = 1 - t;
    return u * u * ((1 + 2 * t) * f[n] + t * h * d0) +
           t * t * ((1 + 2 * u) * f[n + 1] - u * h * d1);
  };
  auto slope = [&](double t) { return hermite(slope_, -curvature_[n], -curvature_[n + 1], t); };
  double t = (target - log_sigma2_[n]) / (log_sigma2_[n + 1] - log_sigma2_[n]);
  for (int iteration = 0; iteration < 3; ++iteration)
    t -= (hermite(log_sigma2_, slope_[n], slope_[n + 1], t) - target) / (h * slope(t));
  NonlinearScale result;
  result.k_sigma = std::exp(-(Plan::log_radius_min + h * (static_cast<double>(n) + t)));
  result.n_eff = -3 - slope(t);
  std::size_t const first = std::clamp<std::size_t>(n, 1, Plan::radii - 3) - 1;
  double const x = t + static_cast<double>(n - first);
  result.curvature = -(x - 1) * (x - 2) * (x - 3) / 6 * curvature_[first] +
                     x * (x - 2) * (x - 3) / 2 * curvature_[first + 1] -
                     x * (x - 1) * (x - 3) / 2 * curvature_[first + 2] +
                     x * (x - 1) * (x - 2) / 6 * curvature_[first + 3];
  return result;
}

}  // namespace shearwater::cosmology
