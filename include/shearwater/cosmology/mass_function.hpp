// SPDX-License-Identifier: BSD-3-Clause
// How many halos there are of each mass.
#pragma once

#include "shearwater/cosmology/linear_power.hpp"

namespace shearwater::cosmology {

/// Press & Schechter (1974); Sheth & Tormen (1999) with A = 0.3222, a = 0.707, p = 0.3, both for
/// groups of friends and with delta_c = (3/20) (12 pi)^(2/3); Tinker et al. (2008) for spheres.
enum class Multiplicity { press_schechter, sheth_tormen, tinker };

/// Numbers of halos per comoving volume and ln mass,
///   dn/dlnM = f(sigma) rho_m/M |dln sigma/dlnM|,   sigma = D(z) sigma(M),
/// with rho_m the comoving mean density of matter. Const calls are thread-safe; a new mass takes
/// about a millisecond.
class MassFunction {
 public:
  /// overdensity: of the sphere that is a halo's mass, in mean densities of matter at that
  /// redshift; for tinker alone. Its parameters are natural splines in log10(overdensity) (their
  /// appendix B) and go with redshift as their equations 5 to 8, fitted up to z = 2.5. Throws
  /// InputError for a negative redshift and, for tinker, an overdensity outside [200, 3200].
  MassFunction(LinearPower const& power, Multiplicity kind, double redshift,
               double overdensity = 200);

  /// dn/dlnM [(h/Mpc)^3] at `mass` [Msun/h].
  double operator()(double mass) const;
  /// The share f of the mass that collapses per ln(1/sigma) at an rms overdensity of `sigma`.
  double multiplicity(double sigma) const;
  /// The rms overdensity in spheres of `mass` [Msun/h] at the redshift.
  double sigma(double mass) const { return growth_ * power_.sigma_mass(mass); }

 private:
  /// f = A ((sigma/b)^-a + 1) exp(-c/sigma^2).
  struct TinkerNumbers {
    double A, a, b, c;
  };
  static TinkerNumbers tinker_numbers(double redshift, double overdensity);

  LinearPower power_;
  Multiplicity kind_;
  double growth_;
  TinkerNumbers tinker_{};
};

}  // namespace shearwater::cosmology
