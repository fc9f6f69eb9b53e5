// SPDX-License-Identifier: BSD-3-Clause
// Convergence and shear at places and distances of one's own, behind lens planes.
#pragma once

#include <vector>

#include "shearwater/particles/light_cone.hpp"

namespace shearwater::lensing {

/// Born's approximation for sources at any distance chi along the line of sight, in which planes
/// count theirs, each at its own place:
///   (kappa, gamma) = sum_k g_k(chi) (kappa_k, gamma_k),
/// kappa_k that of plane_convergence, gamma_k what KaiserSquires makes of it, and g_k the integral
/// of 1 - chi'/chi over the matter of the plane's slice in front of the source, by its volume:
///   g_k = int_near^min(chi, far) chi'^2 (1 - chi'/chi) dchi' / int_near^far chi'^2 dchi'.
/// Beyond the slice that is 1 - chi_k/chi, with chi_k the plane's distance, the mean of chi' with
/// the same weight (particles::LensPlane): g_k does not jump there, and its slope does not either.
/// To first order in the potential it is what rays bent by every plane see (RayTracer). Potentials
/// are periodic across the field, and the mean convergence of a plane has no shear.
class PointShear {
 public:
  /// Of line of sight 0 of `cone`, whose convergence and shear are kept: 12 bytes for each pixel of
  /// each plane. border   pixels at the edge of the planes where shears are not to be asked for
  /// Throws InputError for an odd number of pixels or a border without anything within.
  PointShear(ExecSpace const& space, particles::LensPlanes const& cone, double omega_m,
             std::int64_t border = 0);

  /// Sources at `position` (n, 3) from the observer [Mpc/h], comoving, along axes of the sky: x
  /// along the line of sight (right ascension and declination 0), y east, z north of it. A place of
  /// the field is (y/x, z/x). Returns (n, 3): kappa, gamma_1, gamma_2 along local east and north at
  /// the source, as galaxies' e1 and e2 are: gamma_2 > 0 along north-east. NaN outside of the field
  /// or beyond the last plane's slice.
  Array2<float> at(ExecSpace const& space, Array2<double const> position) const;

  double far() const { return far_; }                                         ///< [Mpc/h]
  double bytes() const { return 4.0 * static_cast<double>(fields_.size()); }  ///< held

 private:
  fields::FlatSky sky_;
  double far_ = 0, border_ = 0;  ///< [pixels]
  Array2<double> slices_;        ///< (planes, 3): near, far, mean distance
  Array3<float> fields_;         ///< (3 planes, pixels, pixels): kappa, gamma_1, gamma_2 of each
};

}  // namespace shearwater::lensing
