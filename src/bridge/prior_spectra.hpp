// SPDX-License-Identifier: BSD-3-Clause
// Spectra of cosmologies drawn from a prior.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shearwater/cosmology/shear_spectra.hpp"
#include "shearwater/cosmology/spectra_interpolator.hpp"
#include "shearwater/statistics/prior.hpp"

namespace shearwater::bridge {

/// Interpolates where that is asked for and one to three parameters vary, else computes. Const
/// functions are thread-safe.
class PriorSpectra {
 public:
  PriorSpectra(cosmology::Cosmology const& base, statistics::Prior const& prior,
               std::vector<cosmology::RedshiftDistribution> const& sources,
               cosmology::SpectraConfig const& config,
               std::shared_ptr<cosmology::LinearTable const> table, std::vector<double> ell,
               bool interpolate);

  /// c_ell (pairs, multipoles) of a cosmology that differs from the base in the prior's parameters.
  void evaluate(cosmology::Cosmology const& cosmology, std::span<double> c_ell) const;
  /// The sigma_8 that lognormal shifts follow: of the parameters, or what their a_s comes to.
  double sigma_8(cosmology::Cosmology const& cosmology) const {
    return spectra_.sigma_8(cosmology);
  }
  double largest_error() const { return table_ ? table_->largest_error() : 0.0; }

 private:
  std::vector<std::string> names_;
  std::vector<double> ell_;
  cosmology::ShearSpectra spectra_;
  std::unique_ptr<cosmology::SpectraInterpolator const> table_;
};

}  // namespace shearwater::bridge
