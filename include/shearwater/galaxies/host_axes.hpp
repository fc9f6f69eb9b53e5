// SPDX-License-Identifier: BSD-3-Clause
// Axes of halos that a coarse simulation does not resolve.
#pragma once

#include "shearwater/galaxies/blocks.hpp"

namespace shearwater::galaxies {

/// Draws the axes that the halos would have where they are resolved: the major axis scattered about
/// the one that is known by Watson's distribution (see watson.hpp); the minor axis is the part of
/// the known one across it. Halos on a mesh of one cell per radius are better aligned with large
/// scales than the same halos on a finer one; the scatter is independent of the surroundings, and
/// so an approximation (measured in src/report/README.md). One draw a halo, a function of the seed
/// and its key, so that all that is aligned with it sees the same; satellites on particles of the
/// halo stay where these are. Axes that are not known stay so.
/// strength   mu in [0, 1]; 1: nothing is drawn
void scatter_axes(ExecSpace const& space, HaloBlock& halos, double strength, std::uint64_t seed);

}  // namespace shearwater::galaxies
