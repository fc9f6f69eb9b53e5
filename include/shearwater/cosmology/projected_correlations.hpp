// SPDX-License-Identifier: BSD-3-Clause
// Correlations of a density field with itself and with its tidal field, in space and summed along
// the line of sight.
#pragma once

#include <complex>
#include <functional>
#include <vector>

namespace shearwater::cosmology {

/// Of one power spectrum P(k), in real space, with Delta^2 = k^3 P / (2 pi^2):
///   xi(r)   = int dlnk Delta^2 j_0(kr)
///   xi_2(r) = int dlnk Delta^2 j_2(kr) = (3 / r^3) int_0^r xi r'^2 dr' - xi(r)
/// Where shapes follow the tidal field as gamma = -C (T_xx - T_yy, 2 T_xy), the density and the
/// component of the shear towards it, which is positive for C > 0, correlate as (Okumura & Taruya
/// 2020, their eq. 22)
///   xi_g+(r_p, pi) = C r_p^2 / (r_p^2 + pi^2) xi_2(r),  r^2 = r_p^2 + pi^2
/// and over all pi that is w_g+ = C int k dk P J_2(k r_p) / (2 pi). Here it is summed within
/// |pi| < pi_max.
/// The integrals over k are sums over powers of k, of which the integrals are known (Hamilton
/// 2000): within 1e-5 for 0.05 < r < 300 Mpc/h. Const functions are safe to call from many threads.
class ProjectedCorrelations {
 public:
  /// power: P(k) [(Mpc/h)^3], k in h/Mpc, for k from 1e-5 to 1e4. `smoothing` [Mpc/h]: P is
  /// multiplied by exp(-k^2 R^2 / 2), as of shapes that follow a smoothed tidal field. Throws
  /// InputError for a power that is negative or not finite.
  explicit ProjectedCorrelations(std::function<double(double)> const& power, double smoothing = 0);

  double density(double r) const;  ///< xi, r in Mpc/h
  double tidal(double r) const;    ///< xi_2

  /// int dpi over |pi| < pi_max [Mpc/h], in the mean over the area of a ring low < r_p < high
  /// [Mpc/h], as pairs are counted; low = high: at that r_p.
  double projected_density(double low, double high, double pi_max) const;
  /// w_g+ for C = 1.
  double projected_tidal(double low, double high, double pi_max) const;

 private:
  using Terms = std::vector<std::complex<double>>;
  static double sum(Terms const& terms, double r);

  Terms density_, tidal_;  ///< coefficients of r^-(bias + i m step)
};

}  // namespace shearwater::cosmology
