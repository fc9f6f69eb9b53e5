// SPDX-License-Identifier: BSD-3-Clause
// Convergence maps of a shape catalogue.
#pragma once

#include <vector>

#include "shearwater/core/views.hpp"
#include "shearwater/fields/flat_sky.hpp"
#include "shearwater/survey/shape_catalogue.hpp"

namespace shearwater::lensing {

/// E and B mode convergence, (bins, pixels, pixels) on the host.
struct ConvergenceMaps {
  std::vector<float> kappa_e, kappa_b;
};

/// Kaiser-Squires inversion of pixelised shear; pixels outside the mask enter as zero shear and are
/// zero in the result. The B mode holds noise, what the mask and the border mix in, and systematic
/// errors.
ConvergenceMaps convergence_maps(ExecSpace const& space, survey::ShearPixels const& shear,
                                 double width_deg);

}  // namespace shearwater::lensing
