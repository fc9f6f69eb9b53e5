// SPDX-License-Identifier: BSD-3-Clause
// Axes of halos that a coarse simulation does not resolve.
#pragma once

#include "shearwater/galaxies/blocks.hpp"

namespace shearwater::galaxies {

/// Draws the axes that the halos would have where they are resolved: the major axis scattered about
/// the one that is known by Watson's distribution (see watson.hpp), the minor axis what of its own
/// is across the new one. A halo that a mesh of a cell per radius barely holds keeps the axes that
/// its surroundings gave it; in full resolution it forgets part of them, so that the coarse axes
/// are too well aligned with large scales. One draw a halo, a function of the seed and its key:
/// all its galaxies, and satellites on its ellipsoid, see the same. Halos without axes stay.
/// strength   mu in [-1, 1]; 1: nothing is drawn
void scatter_axes(ExecSpace const& space, HaloBlock const& halos, double strength,
                  std::uint64_t seed);

}  // namespace shearwater::galaxies
