// SPDX-License-Identifier: BSD-3-Clause
// What ShearSpectra computes once per survey: grids in redshift, time, wavenumber and radius, and
// all that is tabulated on them without knowing the cosmology.
#pragma once

#include <cstddef>
#include <vector>

#include "shearwater/cosmology/shear_spectra.hpp"

namespace shearwater::cosmology {

/// Points of ln a where the expansion rate is wanted, with the powers of a that it needs.
struct TimeGrid {
  std::vector<double> log_a, inverse_a;
  void add(double value);
  std::size_t size() const { return log_a.size(); }
};

struct ShearSpectra::Plan {
  // Wavenumbers and multipoles are uniform in their logarithms, the second step being a multiple of
  // the first: all multipoles of one redshift then share one set of interpolation weights.
  static constexpr double log_k_min = -11.5, log_k_step = 0.03;
  static constexpr std::size_t wavenumbers = 736, ell_stride = 4, radius_stride = 8;
  static constexpr double log_ell_step = ell_stride * log_k_step;
  static constexpr double log_radius_min = -9.2, log_radius_step = radius_stride * log_k_step;
  static constexpr std::size_t radii = 62;
  static constexpr double growth_start = -9.2;  // ln a
  static constexpr std::size_t growth_steps = 184;
  static constexpr double growth_step = -growth_start / growth_steps;

  Plan(std::vector<RedshiftDistribution> const& sources, SpectraConfig const& settings,
       std::shared_ptr<LinearTable const> linear_table);

  /// Throws InputError for parameters of no universe, and for those that the table does not serve.
  void require_served(Cosmology const& cosmology) const;

  SpectraConfig config;
  Drag drag;
  Transfer formula;  ///< of the linear power without a table
  std::shared_ptr<LinearTable const> table;
  std::size_t bins;

  // Redshift nodes z = z_scale sinh(u), u uniform; node 0 is today.
  std::size_t nodes;
  std::vector<double> z, scale_factor, weight;  ///< weight: Simpson's, times dz/du
  TimeGrid half_nodes;                          ///< nodes and the points between, in u
  std::vector<double> half_dz;                  ///< dz/du times the step, at the same points
  std::vector<double> galaxies_above;           ///< (bins, nodes): integral of n_i beyond the node
  std::vector<double> density;                  ///< (bins, nodes): n_i(z)
  std::vector<double> alignment;                ///< (nodes): ((1 + z)/(1 + pivot))^eta
  /// (bins, nodes - 1, 4): integral of n_i/z times each Lagrange polynomial of the panel's stencil,
  /// so that the integral of n_i cot_K(chi) over a panel is their sum with z cot_K at the stencil.
  std::vector<double> panel;

  TimeGrid growth_times;                     ///< ends and middles of the growth steps
  std::vector<std::size_t> growth_interval;  ///< (nodes)
  std::vector<double> growth_fraction;       ///< (nodes): place of the node in its interval

  std::vector<double> log_k, k, k_108, k_14, top_hat2;
  std::vector<double> table_transfer;  ///< (wavenumbers), empty without a table
  /// exp(-y^2), times y^2, times y^4, for y = kR: phase j mod radius_stride, then j/radius_stride +
  /// i.
  std::vector<double> gauss0, gauss2, gauss4;
  std::size_t gauss_row;

  /// First node of the four-point stencil of the panel between nodes j and j + 1.
  std::size_t stencil(std::size_t j) const;

 private:
  void make_redshift_grid(double z_max);
  void make_source_tables(std::vector<RedshiftDistribution> const& sources);
  void make_growth_grid();
  void make_wavenumber_grid();
  void make_gaussians();
};

}  // namespace shearwater::cosmology
