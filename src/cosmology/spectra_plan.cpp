// SPDX-License-Identifier: BSD-3-Clause
#include "spectra_plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "shearwater/core/error.hpp"

namespace shearwater::cosmology {

namespace {

constexpr double z_scale = 0.03;
constexpr std::size_t lensing_nodes = 97, alignment_nodes = 257;

/// Values at x of the Lagrange polynomials of the nodes 0, 1, 2, 3.
std::array<double, 4> lagrange4(double x) {
  return {-(x - 1) * (x - 2) * (x - 3) / 6, x * (x - 2) * (x - 3) / 2, -x * (x - 1) * (x - 3) / 2,
          x * (x - 1) * (x - 2) / 6};
}

}  // namespace

void TimeGrid::add(double value) {
  log_a.push_back(value);
  inverse_a.push_back(std::exp(-value));
}

ShearSpectra::Plan::Plan(std::vector<RedshiftDistribution> const& sources,
                         SpectraConfig const& settings,
                         std::shared_ptr<LinearTable const> linear_table)
    : config(settings), table(std::move(linear_table)), bins(sources.size()) {
  if (sources.empty()) throw core::InputError("shear spectra: no source distribution is given");
  config.check();
  core::require((config.linear == "table") == (table != nullptr),
                "a table goes with spectra.linear = \"table\"");
  drag = config.drag == "ccl" ? Drag::ccl : Drag::jax_cosmo;
  formula = config.transfer();
  double z_max = 0;
  for (auto const& bin : sources) z_max = std::max(z_max, bin.z_max());
  // The intrinsic part follows n(z) itself, not its integral: it needs the finer grid.
  nodes = config.alignment_amplitude == 0 ? lensing_nodes : alignment_nodes;
  make_redshift_grid(z_max);
  make_source_tables(sources);
  make_growth_grid();
  make_wavenumber_grid();
  make_gaussians();
}

void ShearSpectra::Plan::require_served(Cosmology const& cosmology) const {
  cosmology.check();
  if (table) table->require_served(cosmology);
}

std::size_t ShearSpectra::Plan::stencil(std::size_t j) const {
  return std::clamp<std::size_t>(j, 1, nodes - 3) - 1;
}

void ShearSpectra::Plan::make_redshift_grid(double z_max) {
  double const step = std::asinh(z_max / z_scale) / static_cast<double>(nodes - 1);
  for (std::size_t j = 0; j < 2 * nodes - 1; ++j) {
    double const u = 0.5 * step * static_cast<double>(j);
    half_nodes.add(-std::log1p(z_scale * std::sinh(u)));
    half_dz.push_back(step * z_scale * std::cosh(u));
  }
  for (std::size_t j = 0; j < nodes; ++j) {
    z.push_back(z_scale * std::sinh(step * static_cast<double>(j)));
    scale_factor.push_back(1 / (1 + z[j]));
    double const simpson = j == 0 || j + 1 == nodes ? 1 : j % 2 == 1 ? 4 : 2;
    weight.push_back(simpson / 3 * half_dz[2 * j]);
    alignment.push_back(std::pow((1 + z[j]) / (1 + config.alignment_pivot), config.alignment_eta));
  }
}

void ShearSpectra::Plan::make_source_tables(std::vector<RedshiftDistribution> const& sources) {
  constexpr std::size_t pieces =
      200;  // per panel, by the midpoint rule on the exact number in each
  double const step = std::asinh(z.back() / z_scale) / static_cast<double>(nodes - 1);
  panel.assign(bins * (nodes - 1) * 4, 0.0);
  for (std::size_t b = 0; b < bins; ++b) {
    auto const& n = sources[b];
    for (std::size_t j = 0; j < nodes; ++j) {
      galaxies_above.push_back(1 - n.cumulative(z[j]));
      density.push_back(n(z[j]));
    }
    for (std::size_t j = 0; j + 1 < nodes; ++j) {
      auto* const weights = &panel[(b * (nodes - 1) + j) * 4];
      double below = n.cumulative(z[j]);
      for (std::size_t i = 0; i < pieces; ++i) {
        double const part = static_cast<double>(j) + static_cast<double>(i) / pieces;
        double const middle = z_scale * std::sinh(step * (part + 0.5 / pieces));
        double const above = n.cumulative(z_scale * std::sinh(step * (part + 1.0 / pieces)));
        auto const values = lagrange4(part + 0.5 / pieces - static_cast<double>(stencil(j)));
        for (std::size_t t = 0; t < 4; ++t) weights[t] += (above - below) / middle * values[t];
        below = above;
      }
    }
  }
}

void ShearSpectra::Plan::make_growth_grid() {
  for (std::size_t i = 0; i <= 2 * growth_steps; ++i)
    growth_times.add(growth_start + 0.5 * growth_step * static_cast<double>(i));
  for (std::size_t j = 0; j < nodes; ++j) {
    double const position = (std::log(scale_factor[j]) - growth_start) / growth_step;
    auto const interval = std::min(static_cast<std::size_t>(position), growth_steps - 1);
    growth_interval.push_back(interval);
    growth_fraction.push_back(position - static_cast<double>(interval));
  }
}

void ShearSpectra::Plan::make_wavenumber_grid() {
  for (std::size_t j = 0; j < wavenumbers; ++j) {
    log_k.push_back(log_k_min + log_k_step * static_cast<double>(j));
    k.push_back(std::exp(log_k[j]));
    k_108.push_back(std::exp(1.08 * log_k[j]));
    k_14.push_back(std::exp(1.4 * log_k[j]));
    double const x = 8 * k[j];
    double const window =
        x < 0.02 ? 1 - x * x / 10 : 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
    top_hat2.push_back(window * window);
    if (table) table_transfer.push_back((*table)(k[j]));
  }
}

void ShearSpectra::Plan::make_gaussians() {
  gauss_row = (wavenumbers + radius_stride - 1) / radius_stride + radii;
  gauss0.assign(radius_stride * gauss_row, 0.0);
  gauss2 = gauss4 = gauss0;
  for (std::size_t phase = 0; phase < radius_stride; ++phase) {
    for (std::size_t n = 0; n < gauss_row; ++n) {
      double const log_y =
          log_k_min + log_radius_min + log_k_step * static_cast<double>(phase + radius_stride * n);
      double const y2 = std::exp(2 * log_y), value = y2 > 45 ? 0 : std::exp(-y2);
      gauss0[phase * gauss_row + n] = value;
      gauss2[phase * gauss_row + n] = value * y2;
      gauss4[phase * gauss_row + n] = value * y2 * y2;
    }
  }
}

}  // namespace shearwater::cosmology
