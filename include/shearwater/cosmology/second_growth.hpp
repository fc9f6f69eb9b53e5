// SPDX-License-Identifier: BSD-3-Clause
// Growth of second order in Lagrangian perturbation theory.
#pragma once

#include <vector>

#include "shearwater/cosmology/background.hpp"

namespace shearwater::cosmology {

/// The factor that the second-order displacement grows by, and its rate, for a from 1e-4 to 1. It
/// is a table of its own because simulated maps, which make many backgrounds, never need it.
class SecondGrowth {
 public:
  /// Copies what it needs of the background.
  explicit SecondGrowth(Background const& background);

  /// D2(a) in the normalisation of Background::growth, D(1) = 1, from
  ///   D2'' + (2 + dlnH/dlna) D2' - (3/2) Om(a) D2 = -(3/2) Om(a) D^2,  ' = d/dlna
  /// (Bouchet et al. 1995): -3/7 D^2 while matter alone counts.
  double growth(double a) const;
  /// dlnD2/dlna.
  double rate(double a) const;

 private:
  struct State {
    double ratio, rate;  ///< -D2/D^2, dlnD2/dlna
  };
  State slope(double log_a, State state) const;
  double interpolate(double State::*member, double a) const;

  Background background_;
  std::vector<State> value_, slope_;
};

}  // namespace shearwater::cosmology
