// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "shearwater/core/units.hpp"
#include "spectra_evaluation.hpp"
#include "vector_math.hpp"

namespace shearwater::cosmology {

namespace {

/// The dark energy density relative to today's, and E^2, at the times of a grid.
struct Expansion {
  std::vector<double> squared, dark;
  Expansion(Cosmology const& c, TimeGrid const& times) : squared(times.size()), dark(times.size()) {
    double const power = -3 * (1 + c.w_0 + c.w_a), slope = 3 * c.w_a, omega_de = c.omega_de();
    double const omega_m = c.omega_m(), omega_k = c.omega_k, omega_r = c.omega_r;
    double const *log_a = times.log_a.data(), *inverse = times.inverse_a.data();
    double *const e2 = squared.data(), *const de = dark.data();
    std::size_t const count = times.size();
    for (std::size_t i = 0; i < count; ++i) {
      double const x = inverse[i];
      de[i] = omega_de * vector_math::exp(power * log_a[i] - slope * (1 - 1 / x));
      e2[i] = de[i] + ((omega_r * x + omega_m) * x + omega_k) * x * x;
    }
  }
};

}  // namespace

void SpectraEvaluation::distances() {
  std::size_t const count = plan_.nodes;
  Expansion const expansion(cosmology_, plan_.half_nodes);
  Numbers rate(2 * count - 1);
  for (std::size_t i = 0; i < rate.size(); ++i) rate[i] = 1 / std::sqrt(expansion.squared[i]);
  nodes_ = {Numbers(count), Numbers(count), Numbers(count), Numbers(count),
            Numbers(count), Numbers(count), Numbers(count)};
  auto const& dz = plan_.half_dz;
  double const curvature = std::sqrt(std::abs(cosmology_.omega_k)) / units::hubble_distance;
  for (std::size_t j = 0; j < count; ++j) {
    std::size_t const i = 2 * j;
    if (j > 0)
      nodes_.chi[j] = nodes_.chi[j - 1] +
                      units::hubble_distance / 6 *
                          (rate[i - 2] * dz[i - 2] + 4 * rate[i - 1] * dz[i - 1] + rate[i] * dz[i]);
    double const chi = nodes_.chi[j], x = curvature * chi;
    bool const open = cosmology_.omega_k > 0, flat = cosmology_.omega_k == 0;
    nodes_.sine[j] = flat ? chi : (open ? std::sinh(x) : std::sin(x)) / curvature;
    nodes_.cosine[j] = flat ? 1 : open ? std::cosh(x) : std::cos(x);
    nodes_.inverse_e[j] = rate[i];
    double const inverse = plan_.half_nodes.inverse_a[i], e2 = expansion.squared[i];
    nodes_.omega_m[j] = cosmology_.omega_m() * inverse * inverse * inverse / e2;
    double const w = cosmology_.w_0 + cosmology_.w_a * (1 - plan_.scale_factor[j]);
    nodes_.dark_energy[j] = expansion.dark[i] / e2 * (1 + w);
  }
}

void SpectraEvaluation::growth() {
  // f' = source - f (f + friction), (ln D)' = f: Runge-Kutta of order four, as Background has it.
  auto const& times = plan_.growth_times;
  Expansion const expansion(cosmology_, times);
  std::size_t const count = times.size(), steps = Plan::growth_steps;
  Numbers source(count), friction(count), f(steps + 1), log_d(steps + 1);
  for (std::size_t i = 0; i < count; ++i) {
    double const x = times.inverse_a[i], e2 = expansion.squared[i];
    double const w = cosmology_.w_0 + cosmology_.w_a * (1 - 1 / x);
    double const falling =
        ((4 * cosmology_.omega_r * x + 3 * cosmology_.omega_m()) * x + 2 * cosmology_.omega_k) * x *
        x;
    source[i] = 1.5 * cosmology_.omega_m() * x * x * x / e2;
    friction[i] = 2 - 0.5 * (falling + 3 * (1 + w) * expansion.dark[i]) / e2;
  }
  auto const start = growth_start(cosmology_, Plan::growth_start);
  f[0] = start.rate;
  log_d[0] = start.log_growth;
  double const h = Plan::growth_step;
  for (std::size_t n = 0; n < steps; ++n) {
    auto slope = [&](std::size_t i, double value) {
      return source[i] - value * (value + friction[i]);
    };
    double const k1 = slope(2 * n, f[n]), k2 = slope(2 * n + 1, f[n] + 0.5 * h * k1);
    double const k3 = slope(2 * n + 1, f[n] + 0.5 * h * k2), k4 = slope(2 * n + 2, f[n] + h * k3);
    f[n + 1] = f[n] + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6;
    log_d[n + 1] = log_d[n] + h * (f[n] + h * (k1 + k2 + k3) / 6);
  }
  nodes_.growth_today = std::exp(log_d[steps]);
  for (std::size_t j = 0; j < plan_.nodes; ++j) {
    std::size_t const n = plan_.growth_interval[j];
    double const t = plan_.growth_fraction[j], u = 1 - t;
    double const log_growth = u * u * ((1 + 2 * t) * log_d[n] + t * h * f[n]) +
                              t * t * ((1 + 2 * u) * log_d[n + 1] - u * h * f[n + 1]);
    nodes_.growth[j] = std::exp(log_growth - log_d[steps]);
  }
}

void SpectraEvaluation::kernels() {
  std::size_t const count = plan_.nodes;
  double const distance = units::hubble_distance;
  double const poisson = 1.5 * cosmology_.omega_m() / (distance * distance);
  Numbers cotangent(count);  // z cot_K(chi), which tends to H0/c
  cotangent[0] = 1 / distance;
  for (std::size_t j = 1; j < count; ++j)
    cotangent[j] = plan_.z[j] * nodes_.cosine[j] / nodes_.sine[j];
  kernel_.assign(plan_.bins * count, 0.0);
  double const intrinsic =
      plan_.config.alignment_amplitude * alignment_normalisation * cosmology_.omega_m() / distance;
  for (std::size_t b = 0; b < plan_.bins; ++b) {
    double above = 0;
    for (std::size_t j = count; j-- > 1;) {
      if (j + 1 < count) {
        double const* const weights = &plan_.panel[(b * (count - 1) + j) * 4];
        double const* const values = &cotangent[plan_.stencil(j)];
        above += weights[0] * values[0] + weights[1] * values[1] + weights[2] * values[2] +
                 weights[3] * values[3];
      }
      double const sine = nodes_.sine[j];
      double const lensing =
          poisson * (1 + plan_.z[j]) * sine *
          (plan_.galaxies_above[b * count + j] * nodes_.cosine[j] - sine * above);
      kernel_[b * count + j] = lensing - intrinsic * plan_.alignment[j] *
                                             plan_.density[b * count + j] /
                                             (nodes_.growth[j] * nodes_.inverse_e[j]);
    }
  }
}

}  // namespace shearwater::cosmology
