// SPDX-License-Identifier: BSD-3-Clause
// One cosmology of ShearSpectra: expansion and kernels (spectra_nodes.cpp), linear power and
// halofit's scales (spectra_power.cpp), Limber's sum (shear_spectra.cpp).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "shearwater/cosmology/nonlinear_power.hpp"
#include "spectra_plan.hpp"

namespace shearwater::cosmology {

/// Everything of one cosmology at the redshift nodes.
struct Nodes {
  std::vector<double> chi, sine, cosine, inverse_e, growth, omega_m, dark_energy;
  double growth_today = 1;  ///< D(1) with D = a in the matter era
};

/// One evaluation of ShearSpectra: the stages in their order, on tables of its own.
class SpectraEvaluation {
 public:
  SpectraEvaluation(ShearSpectra::Plan const& plan, Cosmology const& cosmology)
      : plan_(plan), cosmology_(cosmology) {
    distances();
    growth();
    kernels();
    linear_power();
    if (plan_.config.nonlinear) radii();
  }
  void limber(std::span<double const> ell, std::span<double> c_ell) const;
  double sigma_8() const;

 private:
  using Numbers = std::vector<double>;
  using Plan = ShearSpectra::Plan;
  void distances();
  void growth();
  void kernels();
  void linear_power();
  void transfer(Numbers& shape) const;
  void radii();
  NonlinearScale scale(double growth, std::size_t& interval) const;
  /// Delta^2 of a redshift node at the multipole nodes, whose ln(l + 1/2) is log_ell.
  void linear_row(std::size_t node, std::span<double const> log_ell, std::span<double> row) const;
  void halofit_row(std::size_t node, std::span<double const> log_ell, NonlinearScale const& scale,
                   std::span<double> row) const;
  /// C_l at the wanted multipoles from the sums (pairs, multipole nodes) of limber.
  void interpolate(Numbers const& sums, std::span<double const> log_ell,
                   std::span<double const> ell, std::span<double> c_ell) const;

  Plan const& plan_;
  Cosmology const& cosmology_;
  Nodes nodes_;
  Numbers kernel_;  ///< (bins, nodes)
  Numbers delta2_;  ///< (ell_stride, row): phase j mod ell_stride of the wavenumber grid, then
                    ///< j/ell_stride
  Numbers log_sigma2_, slope_, curvature_;
};

}  // namespace shearwater::cosmology
