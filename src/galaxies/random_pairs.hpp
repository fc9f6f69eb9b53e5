// SPDX-License-Identifier: BSD-3-Clause
// Pairs of random places in a periodic box, and how many of them a sub-box holds.
#pragma once

#include "shearwater/galaxies/correlations.hpp"

namespace shearwater::galaxies {

/// What a jackknife sample lacks of the pairs with one end in its sub-box.
inline constexpr double border_weight = 0.70710678118654752;

/// Volume of the separations in a bin: a shell, or a hollow cylinder of length 2 pi_max, or that
/// part of it within a bin of |pi|.
double bin_volume(PairConfig const& config, std::size_t bin);

/// Mean over the separations d of a bin of the probability that the partner of a place in a sub-box
/// of side s is in it too, prod max(0, 1 - |d_a| / s).
double share_inside(PairConfig const& config, double side, std::size_t bin);

/// Share of the random pairs that a jackknife sample without `region` keeps.
double share_left(RandomPairs const& randoms, double inside, std::size_t region);

}  // namespace shearwater::galaxies
