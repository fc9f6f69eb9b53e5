// SPDX-License-Identifier: BSD-3-Clause
// Correlations with random places where there is no box: on a light cone, with a user's randoms.
#pragma once

#include "shearwater/galaxies/correlations.hpp"

namespace shearwater::galaxies {

/// Sums over the pairs of two samples, and the weights of all their ordered pairs.
struct CountedPairs {
  PairSums sums;
  RandomPairs weights;
};
/// Collective over comm; `second` null for one with itself.
CountedPairs count_pairs(parallel::Communicator const& comm, PairConfig const& config,
                         PairSample const& first, PairSample const* second);

/// Of shapes S and places D, which may be of the same galaxies, and random places R that fill the
/// same part of the sky and of distances with the same selection.
struct ConePairs {
  CountedPairs shapes_places, shapes_randoms, randoms_places, randoms;
};

/// Of all regions, the largest factor between the share of the galaxies and that of the random
/// places, in either sense: 1 where they are alike, or there is one region; infinite where a region
/// has none of the random ones. Random places of another part of the sky gather at its borders.
double uneven_randoms(ConePairs const& pairs, std::int32_t regions);

/// The statistics of correlation() that have random pairs, each term over its weights (Landy &
/// Szalay 1993; Mandelbaum et al. 2006), in bins of r, or of r_p and |pi|:
///   xi_gg = (S D - S R - R D + R R) / R R,  xi_g+ = (S_+ D - S_+ R) / R R,  xi_++ = S_+ S_+ / R R
/// and w = 2 sum_pi xi dpi. A jackknife sample lacks the pairs of region k as correlation() says;
/// its random ones are taken out as many as the galaxies there, to first order. Throws InputError
/// for bins and regions without random pairs.
Correlation cone_correlation(Statistic const& what, PairConfig const& config,
                             ConePairs const& pairs, std::int32_t regions);

}  // namespace shearwater::galaxies
