// SPDX-License-Identifier: BSD-3-Clause
// Expansion, distances and linear growth of a flat or curved w0-wa universe.
#pragma once

#include <vector>

#include "shearwater/cosmology/parameters.hpp"

namespace shearwater::cosmology {

/// Tables over ln a from a = 1e-4 to 1, read by cubic Hermite interpolation (relative error <
/// 1e-8). Const functions are safe to call from many threads. Redshifts must lie in [0, 9999];
/// outside, the functions throw InputError.
class Background {
 public:
  explicit Background(Cosmology const& cosmology);

  Cosmology const& cosmology() const { return cosmology_; }

  /// E(a) = H(a)/H0:  E^2 = Om a^-3 + Or a^-4 + Ok a^-2 + Ode a^{-3(1 + w0 + wa)} e^{-3 wa (1 -
  /// a)}.
  double expansion(double a) const;
  /// Densities in units of the critical density at scale factor a, and w(a) = w0 + wa (1 - a).
  double omega_m(double a) const;
  double omega_de(double a) const;
  double w(double a) const { return cosmology_.w_0 + cosmology_.w_a * (1.0 - a); }

  /// Line-of-sight comoving distance [Mpc/h]: chi = (c/H0) int_0^z dz'/E.
  double comoving_distance(double z) const;
  /// Transverse comoving distance f_K(chi(z)) [Mpc/h] (Hogg 1999, eq. 16).
  double transverse_distance(double z) const;
  double angular_diameter_distance(double z) const { return transverse_distance(z) / (1 + z); }
  double luminosity_distance(double z) const { return transverse_distance(z) * (1 + z); }
  /// Redshift at line-of-sight comoving distance chi [Mpc/h].
  double redshift(double chi) const;
  /// f_K(chi) [Mpc/h] and its derivative, which is the "cosine" of the same curvature.
  double curved_sine(double chi) const;
  double curved_cosine(double chi) const;

  /// Growth factor of matter fluctuations, D(1) = 1, from
  ///   D'' + (2 + dlnH/dlna) D' = (3/2) Om(a) D,  ' = d/dlna   (Linder & Jenkins 2003).
  double growth(double a) const;
  /// D(a) normalised to D = a + (2/3) omega_r/omega_m at early times.
  double growth_matter_era(double a) const;
  /// f = dlnD/dlna.
  double growth_rate(double a) const;

 private:
  void tabulate_distance();
  void tabulate_growth();
  double dlnh_dlna(double a) const;
  double interpolate(std::vector<double> const& value, std::vector<double> const& slope,
                     double a) const;

  Cosmology cosmology_;
  std::vector<double> distance_, distance_slope_, log_growth_, rate_, rate_slope_;
};

/// The growing mode early on: D = a + (2/3) omega_r/omega_m (Meszaros 1974), and its rate, in which
/// dark energy and curvature enter by the equilibrium of the growth equation; what that misses
/// decays as a^-5/2.
struct GrowthStart {
  double log_growth, rate;
};
GrowthStart growth_start(Cosmology const& cosmology, double log_a);

/// E^2 at ln a: the one formula that every expansion rate of the module comes from.
double expansion_squared(Cosmology const& cosmology, double log_a);

}  // namespace shearwater::cosmology
