// SPDX-License-Identifier: BSD-3-Clause
// Strengths of alignment from a measured ED, without an emulator: ED is linear in the second
// moments of the scatter about perfectly aligned axes.
#pragma once

#include <string>
#include <vector>

#include "shearwater/galaxies/correlations.hpp"

namespace shearwater::galaxies {

/// W(mu) = <cos^2> - 1/3 of the Dimroth-Watson distribution p(c) ~ exp(c^2 tan(pi mu / 2)) of the
/// cosine c with the axis: 0 for mu = 0, 2/3 for 1, -1/3 for -1. Within 1e-7.
double watson_moment(double mu);
/// The strength of that moment; moments outside of [-1/3, 2/3] give -1 and 1.
double watson_strength(double moment);

/// What is fitted: ED at separations r, with independent errors.
struct AlignmentTarget {
  std::string name;
  std::vector<double> r, value, error;
};

struct StrengthFit {
  double central = 0, satellite = 0;              ///< mu
  double central_error = 0, satellite_error = 0;  ///< of mu; NaN at a limit
  double chi_square = 0;
  std::vector<double> r, model;  ///< what was fitted at the target's separations
};

/// Fits omega(r) = W(mu_cen) c(r) + W(mu_sat) s(r), for axes scattered by strength mu about those
/// that c and s are of: <(e . d)^2> - 1/3 = 3/2 W [(n . d)^2 - 1/3] for e scattered about n.
/// `centrals` and `satellites` are the parts of ED of pairs whose axis is a central galaxy's or a
/// satellite's, over all pairs, in a catalogue of strengths `made_central` and `made_satellite`.
/// Linear in ln r between the middles of their bins; targets beyond them are left out. Weighted
/// least squares; where a moment is outside of its limits it is held there. Throws InputError for
/// strengths of 0, for fewer than three targets, or where the two parts cannot be told apart.
StrengthFit fit_strengths(Correlation const& centrals, Correlation const& satellites,
                          double made_central, double made_satellite,
                          AlignmentTarget const& target);

}  // namespace shearwater::galaxies
