// SPDX-License-Identifier: BSD-3-Clause
// Shear from convergence and back on the periodic flat sky.
#pragma once

#include "shearwater/core/views.hpp"
#include "shearwater/fields/flat_sky.hpp"
#include "shearwater/parallel/fft2.hpp"

namespace shearwater::lensing {

/// Kaiser & Squires (1993). With phi the direction of the wave vector, whose first component runs
/// along the columns (x) and second along the rows (y) of a map,
///   gamma_1 =  cos(2 phi) kappa_E - sin(2 phi) kappa_B
///   gamma_2 =  sin(2 phi) kappa_E + cos(2 phi) kappa_B      for each mode,
/// which is its own inverse with the sign of the sine changed. The mean of the shear says nothing
/// about the convergence: it is dropped, and the mean of what comes out is zero. At the Nyquist
/// frequency, where sin(2 phi) of a real map is not defined, it is zero and cos(2 phi) is 1 or -1.
class KaiserSquires {
 public:
  /// Throws InputError for an odd number of pixels.
  explicit KaiserSquires(fields::FlatSky sky);

  /// All maps are (n, pixels, pixels); the outputs are overwritten, and must not be the inputs.
  void shear(ExecSpace const& space, Array3<float const> kappa_e, Array3<float const> kappa_b,
             Array3<float> gamma_1, Array3<float> gamma_2) const;
  void convergence(ExecSpace const& space, Array3<float const> gamma_1, Array3<float const> gamma_2,
                   Array3<float> kappa_e, Array3<float> kappa_b) const;

 private:
  void rotate(ExecSpace const& space, Array3<float const> in_1, Array3<float const> in_2,
              float sign, Array3<float> out_1, Array3<float> out_2) const;
  fields::FlatSky sky_;
  parallel::Fft2 fft_;
};

/// One step of rotate, on modes (n, pixels, pixels / 2 + 1), in place; also divides by the pixels.
void rotate_modes(ExecSpace const& space, float sign, parallel::Modes first,
                  parallel::Modes second);

}  // namespace shearwater::lensing
