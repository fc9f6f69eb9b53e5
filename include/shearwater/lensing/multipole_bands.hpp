// SPDX-License-Identifier: BSD-3-Clause
// Bands of multipoles of a small square of sky.
#pragma once

#include <span>
#include <vector>

#include "shearwater/fields/flat_sky.hpp"

namespace shearwater::lensing {

/// Throws InputError for edges that do not rise, lie beyond half of the grid's Nyquist multipole,
/// or have no modes between them.
void check_bands(fields::FlatSky sky, std::vector<double> const& edges);

/// Mean of a function of l over the modes of each band, as those of shape_spectra. It is known at
/// increasing multipoles, and between them by a cubic for ln |values| in ln l where signs allow.
std::vector<double> band_means(fields::FlatSky sky, std::vector<double> const& edges,
                               std::span<double const> ell, std::span<double const> values);

}  // namespace shearwater::lensing
