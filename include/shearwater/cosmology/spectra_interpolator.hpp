// SPDX-License-Identifier: BSD-3-Clause
// Spectra over a box of one to three parameters by interpolation, for training.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shearwater/cosmology/shear_spectra.hpp"

namespace shearwater::cosmology {

/// One varied parameter and the interval that the table covers.
struct ParameterRange {
  std::string name;
  double low = 0, high = 0;
};

/// ln C_l (C_l itself where it changes sign) on a regular grid of the parameters, by a six-point
/// Lagrange rule in each. The grid is refined until the largest relative error, measured at the
/// centres of all cells against ShearSpectra, is below the tolerance. Outside the box the spectra
/// are evaluated exactly, so that extreme draws are as right as the others.
class SpectraInterpolator {
 public:
  /// spectra must outlive the object. Throws InputError for no or more than three ranges, an
  /// unknown parameter, an empty range, or when 1e5 grid points do not reach the tolerance.
  SpectraInterpolator(ShearSpectra const& spectra, Cosmology const& base,
                      std::vector<ParameterRange> ranges, std::vector<double> ell,
                      double tolerance = 1e-3);

  /// Parameters in the order of the ranges; c_ell (pairs, ell) as ShearSpectra::evaluate.
  void evaluate(std::span<double const> parameters, std::span<double> c_ell) const;

  /// Largest relative error found: at cell centres, edges of the box included.
  double largest_error() const { return largest_error_; }
  std::int64_t grid_points() const;
  std::vector<double> const& ell() const { return ell_; }

 private:
  void build(std::vector<std::int64_t> const& points);
  double measure() const;
  void interpolate(std::span<double const> parameters, std::span<double> c_ell) const;
  Cosmology at(std::span<double const> parameters) const;
  bool inside(std::span<double const> parameters) const;

  ShearSpectra const& spectra_;
  Cosmology base_;
  std::vector<ParameterRange> ranges_;
  std::vector<double> ell_, table_;
  std::vector<std::int64_t> points_;
  bool logarithmic_ = true;
  double largest_error_ = 0;
};

}  // namespace shearwater::cosmology
