// SPDX-License-Identifier: BSD-3-Clause
// Nonlinear matter power by halofit (Smith et al. 2003) with the coefficients of Takahashi et al.
// 2012.
#pragma once

#include <vector>

#include "shearwater/cosmology/background.hpp"
#include "shearwater/cosmology/linear_power.hpp"

namespace shearwater::cosmology {

/// What halofit needs of the linear spectrum at one time: sigma^2(R) = int dlnk Delta^2(k)
/// e^{-(kR)^2} equals one at R = 1/k_sigma; n_eff = -3 - dln sigma^2/dlnR, C = -d^2 ln
/// sigma^2/dlnR^2 there.
struct NonlinearScale {
  double k_sigma = 0;  ///< [h/Mpc]; 0 when the field is linear on all scales above 1e-4 Mpc/h
  double n_eff = 0;
  double curvature = 0;
};

/// Halofit's coefficients at one time (Takahashi et al. 2012, appendix).
struct HalofitCoefficients {
  double k_sigma, a, b, c, gamma, alpha, beta, nu, f1, f2, f3;
  /// omega_m and dark_energy = omega_de (1 + w) are those at the time of `scale`.
  HalofitCoefficients(NonlinearScale const& scale, double omega_m, double dark_energy);
  /// Nonlinear Delta^2 at wavenumber k [h/Mpc] from the linear one.
  double operator()(double k, double linear_delta2) const;
};

/// P(k, a); const calls are thread-safe. Scales with k_sigma = 0 stay linear.
class NonlinearPower {
 public:
  NonlinearPower(Background background, LinearPower linear);
  /// [(Mpc/h)^3], k in h/Mpc; a in [0.02, 1], below which the linear spectrum is returned.
  double operator()(double k, double a) const;
  double linear(double k, double a) const;
  NonlinearScale scale(double a) const;
  Background const& background() const { return background_; }

 private:
  Background background_;
  LinearPower linear_;
  std::vector<double> log_radius_, log_sigma2_, slope_, curvature_;
};

}  // namespace shearwater::cosmology
