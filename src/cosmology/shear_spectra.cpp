// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/shear_spectra.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "spectra_evaluation.hpp"
#include "vector_math.hpp"

namespace shearwater::cosmology {

namespace {

constexpr double two_pi2 = 2 * std::numbers::pi * std::numbers::pi;
constexpr std::size_t points = 6;  // of the interpolations in ln k and ln l

/// Values at x in [0, 1] of the Lagrange polynomials of the nodes -2, -1, 0, 1, 2, 3.
std::array<double, points> lagrange6(double x) {
  double const a = x + 2, b = x + 1, d = x - 1, e = x - 2, f = x - 3;
  return {-b * x * d * e * f / 120, a * x * d * e * f / 24,  -a * b * d * e * f / 12,
          a * b * x * e * f / 12,   -a * b * x * d * f / 24, a * b * x * d * e / 120};
}

}  // namespace

void SpectraEvaluation::linear_row(std::size_t node, std::span<double const> log_ell,
                                   std::span<double> row) const {
  constexpr std::size_t stride = Plan::ell_stride, length = Plan::wavenumbers / stride;
  double const position =
      (log_ell[0] - std::log(nodes_.sine[node]) - Plan::log_k_min) / Plan::log_k_step;
  std::fill(row.begin(), row.end(), 0.0);
  // Multipoles whose stencil leaves the grid (k beyond 1e-5 to 3e4 h/Mpc) get no power.
  double const base = std::floor(position);
  auto const weights = lagrange6(position - base);
  double const skipped = std::max(0.0, std::ceil((2 - base) / stride));
  auto const begin = static_cast<std::size_t>(std::min(skipped, static_cast<double>(row.size())));
  double const room = (static_cast<double>(Plan::wavenumbers) - 4 - base) / stride;
  auto const end = static_cast<std::size_t>(
      std::clamp(std::floor(room) + 1, 0.0, static_cast<double>(row.size())));
  if (begin >= end) return;
  double const growth2 = nodes_.growth[node] * nodes_.growth[node];
  auto const first = static_cast<std::size_t>(base + static_cast<double>(stride * begin) - 2);
  std::array<double const*, points> from;
  std::array<double, points> w;
  for (std::size_t t = 0; t < points; ++t) {
    from[t] = &delta2_[(first + t) % stride * length + (first + t) / stride];
    w[t] = weights[t] * growth2;
  }
  double* const out = row.data() + begin;
  for (std::size_t m = 0; m < end - begin; ++m) {
    double const value = w[0] * from[0][m] + w[1] * from[1][m] + w[2] * from[2][m] +
                         w[3] * from[3][m] + w[4] * from[4][m] + w[5] * from[5][m];
    out[m] = value > 0 ? value : 0;
  }
}

void SpectraEvaluation::halofit_row(std::size_t node, std::span<double const> log_ell,
                                    NonlinearScale const& at, std::span<double> row) const {
  HalofitCoefficients const h(at, nodes_.omega_m[node], nodes_.dark_energy[node]);
  double const log_scale = std::log(nodes_.sine[node] * h.k_sigma);
  double const steep = 3 - h.gamma, log_shift = std::log(h.c * h.f3);
  double* const delta2 = row.data();
  double const* const log_l = log_ell.data();
  std::size_t const count = row.size();
  for (std::size_t m = 0; m < count; ++m) {
    double const log_y = log_l[m] - log_scale;
    double const y = vector_math::exp(log_y), linear = delta2[m];
    double const two_halo =
        linear / (1 + h.alpha * linear) *
        vector_math::exp(h.beta * vector_math::log(1 + linear) - y * (0.25 + 0.125 * y));
    double const one_halo =
        h.a * vector_math::exp(3 * h.f1 * log_y) /
        (1 + h.b * vector_math::exp(h.f2 * log_y) + vector_math::exp(steep * (log_y + log_shift)));
    delta2[m] = two_halo + one_halo * y * y / (y * y + h.nu);
  }
}

void SpectraEvaluation::limber(std::span<double const> ell, std::span<double> c_ell) const {
  auto const [low, high] = std::minmax_element(ell.begin(), ell.end());
  double const log_min = std::log(*low + 0.5) - 2 * Plan::log_ell_step;
  auto const count = static_cast<std::size_t>(
      std::ceil((std::log(*high + 0.5) - log_min) / Plan::log_ell_step) + 4);
  Numbers log_ell(count);
  for (std::size_t m = 0; m < count; ++m)
    log_ell[m] = log_min + Plan::log_ell_step * static_cast<double>(m);
  // sums(pair, l) = sum over nodes of weight dchi/dz W_i W_j f_K Delta^2: C_l but for 2 pi^2/(l +
  // 1/2)^3.
  std::size_t const bins = plan_.bins, pairs = bins * (bins + 1) / 2;
  Numbers sums(pairs * count), row(count);
  std::size_t interval = Plan::radii / 2;
  for (std::size_t node = 1; node < plan_.nodes; ++node) {
    linear_row(node, log_ell, row);
    if (plan_.config.nonlinear) {
      auto const at = scale(nodes_.growth[node], interval);
      if (at.k_sigma > 0) halofit_row(node, log_ell, at, row);
    }
    double const weight =
        plan_.weight[node] * units::hubble_distance * nodes_.inverse_e[node] * nodes_.sine[node];
    double* sum = sums.data();
    for (std::size_t i = 0; i < bins; ++i) {
      for (std::size_t j = i; j < bins; ++j, sum += count) {
        double const factor =
            weight * kernel_[i * plan_.nodes + node] * kernel_[j * plan_.nodes + node];
        for (std::size_t m = 0; m < count; ++m) sum[m] += factor * row[m];
      }
    }
  }
  interpolate(sums, log_ell, ell, c_ell);
}

void SpectraEvaluation::interpolate(Numbers const& sums, std::span<double const> log_ell,
                                    std::span<double const> ell, std::span<double> c_ell) const {
  std::size_t const count = log_ell.size(), pairs = sums.size() / count;
  for (std::size_t e = 0; e < ell.size(); ++e) {
    double const shifted = ell[e] + 0.5;
    double const position = (vector_math::log(shifted) - log_ell[0]) / Plan::log_ell_step;
    auto const base = std::min(static_cast<std::size_t>(std::max(position, 2.0)), count - 4);
    auto weights = lagrange6(position - static_cast<double>(base));
    double const spin = plan_.config.spin_prefactor ? spin_prefactor(ell[e]) : 1;
    double const factor = spin * two_pi2 / (shifted * shifted * shifted);
    for (auto& weight : weights) weight *= factor;
    for (std::size_t p = 0; p < pairs; ++p) {
      double const* const from = &sums[p * count + base - 2];
      c_ell[p * ell.size() + e] = weights[0] * from[0] + weights[1] * from[1] +
                                  weights[2] * from[2] + weights[3] * from[3] +
                                  weights[4] * from[4] + weights[5] * from[5];
    }
  }
}

ShearSpectra::ShearSpectra(std::vector<RedshiftDistribution> const& sources,
                           SpectraConfig const& config, std::shared_ptr<LinearTable const> table)
    : plan_(std::make_unique<Plan const>(sources, config, std::move(table))) {}
ShearSpectra::~ShearSpectra() = default;
ShearSpectra::ShearSpectra(ShearSpectra&&) noexcept = default;
ShearSpectra& ShearSpectra::operator=(ShearSpectra&&) noexcept = default;

std::int64_t ShearSpectra::bins() const { return static_cast<std::int64_t>(plan_->bins); }

std::int64_t ShearSpectra::pair(std::int64_t i, std::int64_t j) const {
  auto const [low, high] = std::minmax(i, j);
  return low * bins() - low * (low - 1) / 2 + high - low;
}

void ShearSpectra::evaluate(Cosmology const& cosmology, std::span<double const> ell,
                            std::span<double> c_ell) const {
  core::require(c_ell.size() == static_cast<std::size_t>(pairs()) * ell.size(),
                "c_ell must hold pairs x multipoles");
  for (double const l : ell)
    if (!(l >= 0.5 && l <= 1e5))
      throw core::InputError(fmt::format("shear spectra: l = {} must be between 0.5 and 1e5", l));
  if (ell.empty()) return;
  plan_->require_served(cosmology);
  SpectraEvaluation(*plan_, cosmology).limber(ell, c_ell);
}

double ShearSpectra::sigma_8(Cosmology const& cosmology) const {
  plan_->require_served(cosmology);
  if (cosmology.a_s == 0) return cosmology.sigma_8;
  return SpectraEvaluation(*plan_, cosmology).sigma_8();
}

}  // namespace shearwater::cosmology
