// SPDX-License-Identifier: BSD-3-Clause
// Halos of Navarro, Frenk & White (1997): rho ~ 1 / (x (1 + x)^2), x = r / r_s.
#pragma once

#include <string>
#include <vector>

#include "shearwater/core/views.hpp"

namespace shearwater::galaxies {

/// Mass within x over that scale of it: m(x) = ln(1 + x) - x / (1 + x).
KOKKOS_INLINE_FUNCTION double nfw_mass(double x) {
  // The series where the difference would lose digits.
  if (x < 1e-2)
    return x * x * (0.5 - x * (2.0 / 3 - x * (0.75 - x * (0.8 - x * (5.0 / 6 - x * 6.0 / 7)))));
  return Kokkos::log1p(x) - x / (1 + x);
}

/// x of a mass m: the inverse of nfw_mass, by Newton's steps in ln x. Host.
double nfw_radius(double mass);

/// Radial velocity dispersion squared of isotropic orbits in units of G M_s / r_s with
/// M(<x) = M_s m(x):  x (1 + x)^2 int_x^inf m(s) / (s^3 (1 + s)^2) ds   (Jeans's equation; Lokas &
/// Mamon 2001, eq. 14 without anisotropy). Host, by quadrature.
double nfw_dispersion(double x);

/// Radius and dispersion as functions of t = sqrt(m), linear between nodes: within 1e-6.
class NfwTable {
 public:
  /// Up to concentrations of `largest`.
  explicit NfwTable(double largest = 200);

  struct Point {
    float x, sigma;  ///< sigma in units of sqrt(G M_s / r_s)
  };
  KOKKOS_INLINE_FUNCTION Point at(float mass) const {
    float const place = Kokkos::sqrt(mass) * nodes_per_t_;
    int node = static_cast<int>(place);
    if (node > last_) node = last_;
    float const w = place - static_cast<float>(node);
    return {x_(node) + w * (x_(node + 1) - x_(node)),
            sigma_(node) + w * (sigma_(node + 1) - sigma_(node))};
  }

 private:
  Array1<float> x_, sigma_;
  float nodes_per_t_;
  int last_;
};

/// c = A (M / 2e12 Msun/h)^B (1 + z)^C of Duffy et al. (2008), table 1, all halos, redshifts 0
/// to 2.
struct ConcentrationRelation {
  double amplitude, mass_slope, redshift_slope;
  KOKKOS_INLINE_FUNCTION double operator()(double mass, double redshift) const {
    return amplitude * Kokkos::pow(mass / 2e12, mass_slope) *
           Kokkos::pow(1 + redshift, redshift_slope);
  }
};
/// definition   "200m", "200c" or "virial". Throws InputError for another.
ConcentrationRelation duffy_concentration(std::string const& definition);

}  // namespace shearwater::galaxies
