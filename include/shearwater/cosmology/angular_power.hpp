// SPDX-License-Identifier: BSD-3-Clause
// Accurate Limber spectra for any matter power: the reference for the fast ones, and for tests.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "shearwater/cosmology/background.hpp"
#include "shearwater/cosmology/redshift_distribution.hpp"

namespace shearwater::cosmology {

/// Nonlinear alignment model (Bridle & King 2007; Joachimi et al. 2011): the intrinsic shear
/// follows -amplitude C1 rho_crit omega_m/D(z) ((1 + z)/(1 + pivot))^eta times the matter
/// overdensity.
struct Alignment {
  double amplitude = 0, eta = 0, pivot = 0.62;
};
/// C1 rho_crit: 5e-14 (Mpc/h)^3/(Msun/h) times the critical density, the value of CCL's tables.
inline constexpr double alignment_normalisation = 0.01388;

/// shear_shape: C_GI alone, the shear of i with the alignment of j; lensing_alignment has both
/// orders.
enum class ShearPart { total, lensing, lensing_alignment, alignment, shear_shape };

/// Multiplies a convergence spectrum into a shear spectrum on the curved sky (Kilbinger et al.
/// 2017): (l + 2)(l + 1) l (l - 1)/(l + 1/2)^4; zero below l = 2.
double spin_prefactor(double ell);

/// C_ij(l) = int dchi W_i W_j/f_K^2 P((l + 1/2)/f_K, a)   (LoVerde & Afshordi 2008)
/// with W = q + alignment, q = (3/2) omega_m (H0/c)^2 f_K/a int_chi dchi' n f_K(chi' -
/// chi)/f_K(chi').
class AngularPower {
 public:
  /// power: P(k [h/Mpc], a) [(Mpc/h)^3]. `nodes` (even) redshifts per spectrum, by Simpson's rule,
  /// which is applied between `breaks` one by one: redshifts where an n(z) is not smooth, such as
  /// the steps of a histogram. (What is narrow and falls between two nodes is else not seen at
  /// all.)
  AngularPower(Background const& background, std::function<double(double, double)> power,
               std::vector<RedshiftDistribution> const& sources, Alignment alignment = {},
               std::int64_t nodes = 2048, std::vector<double> const& breaks = {});
  /// Dimensionless, without spin prefactor. lensing_alignment is C_GI + C_IG.
  double operator()(std::int64_t i, std::int64_t j, double ell,
                    ShearPart part = ShearPart::total) const;

 private:
  struct Kernel {
    std::vector<double> lensing, alignment;
  };
  std::function<double(double, double)> power_;
  std::vector<double> scale_, transverse_, weight_;
  std::vector<Kernel> kernels_;
};

}  // namespace shearwater::cosmology
