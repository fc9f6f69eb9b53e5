// SPDX-License-Identifier: BSD-3-Clause
// Convergence and shear of sources behind lens planes: summed along straight lines, or followed
// along rays that every plane bends.
#pragma once

#include <vector>

#include "shearwater/cosmology/background.hpp"
#include "shearwater/cosmology/redshift_distribution.hpp"
#include "shearwater/parallel/fft2.hpp"
#include "shearwater/particles/light_cone.hpp"

namespace shearwater::lensing {

/// The convergence that each plane of one line of sight would give sources at infinity,
///   kappa_k(theta) = (3/2) omega_m (H0/c)^2 chi_k thickness_k / a_k  delta_k(theta)
/// (Jain, Seljak & White 2000, eq. 7, in a flat universe).
/// planes (planes, pixels, pixels), made anew
Array3<float> plane_convergence(ExecSpace const& space, particles::LensPlanes const& cone,
                                double omega_m, std::int64_t line);

/// How much of that the sources of each bin see:
///   g = int_{chi(z) > chi_k} dz n(z) (1 - chi_k/chi(z)),   (bins, planes), row-major.
std::vector<double> lens_efficiency(std::vector<particles::LensPlane> const& planes,
                                    cosmology::Background const& background,
                                    std::vector<cosmology::RedshiftDistribution> const& sources);

/// Born's approximation: kappa_b(theta) = sum_k g_bk kappa_k(theta). The shear that belongs to it
/// is KaiserSquires::shear. planes (planes, pixels, pixels)   efficiency (bins, planes)   kappa
/// (bins, pixels, pixels), overwritten
void born_convergence(ExecSpace const& space, Array3<float const> planes,
                      std::vector<double> const& efficiency, Array3<float> kappa);

/// (bins, pixels, pixels) each, overwritten.
struct ShearMaps {
  Array3<float> kappa, gamma_1, gamma_2;
};

/// Rays from the observer through the centres of pixels, back through one plane after another
/// (Hilbert et al. 2009, eqs. 15 and 22): with psi_k of laplacian psi_k = 2 kappa_k, U its second
/// derivatives, beta the place of a ray on a plane and A its derivative by theta,
///   beta_{k+1} = (1 - c) beta_{k-1} + c beta_k - d grad psi_k(beta_k)
///   A_{k+1}    = (1 - c) A_{k-1}    + c A_k    - d U_k(beta_k) A_k
///   c = chi_k/chi_{k+1} (chi_{k+1} - chi_{k-1})/(chi_k - chi_{k-1}),  d = 1 - chi_k/chi_{k+1}.
/// Sources at chi have 1 - A = sum_k (1 - chi_k/chi) U_k A_k: a bin of sources has
///   sum_k g_bk U_k A_k = ((kappa + gamma_1, gamma_2 + omega), (gamma_2 - omega, kappa - gamma_1)).
/// Components, signs and the shear of a plane are those of KaiserSquires: the first axis runs along
/// the columns.
///
/// Potentials are periodic across the field, but for that of its mean convergence, which bends rays
/// towards the centre. Where the true field is not periodic, cut off a border that is wide beside
/// the structures whose tides matter. Between pixels values are interpolated by cubic convolution
/// (Keys 1981).
class RayTracer {
 public:
  /// Throws InputError for an odd number of pixels.
  explicit RayTracer(fields::FlatSky sky);

  /// planes      (planes, pixels, pixels) as plane_convergence makes them
  /// distances   comoving, increasing, one for each plane
  /// efficiency  (bins, planes)
  void trace(ExecSpace const& space, Array3<float const> planes,
             std::vector<double> const& distances, std::vector<double> const& efficiency,
             ShearMaps const& maps) const;

 private:
  /// (convergence, deflection along x and y, gamma_1, gamma_2) of one plane.
  static constexpr int kFields = 5;
  void bend(ExecSpace const& space, Array3<float const> plane, parallel::Modes modes,
            Array3<float> fields) const;

  fields::FlatSky sky_;
  parallel::Fft2 fft_;
};

/// The deflection along both axes [radian] by the modes of a convergence (1, pixels, pixels/2 + 1),
/// without its mean, and divided by the number of pixels:
///   grad psi = -2i l/l^2 kappa. At the Nyquist frequency, where it is not defined, it is zero.
/// deflection (2, pixels, pixels/2 + 1), overwritten
void deflection_modes(ExecSpace const& space, double fundamental, parallel::Modes kappa,
                      parallel::Modes deflection);

}  // namespace shearwater::lensing
