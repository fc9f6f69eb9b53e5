// SPDX-License-Identifier: BSD-3-Clause
// Correlations of orientations, shapes and places from sums over pairs, with jackknife covariances.
#pragma once

#include <string>
#include <vector>

#include "shearwater/galaxies/pair_sums.hpp"

namespace shearwater::galaxies {

/// What a statistic is made of.
struct Statistic {
  std::string name;
  PairGeometry geometry;
  bool needs_shapes;   ///< ellipticities; else axes, of length 1
  bool needs_randoms;  ///< the number of pairs of random places: a periodic box
  std::string unit;
  std::string description;
};

/// Those that there are. Means over pairs, weighted, where no randoms are needed:
///   ed            omega(r) = <(e_i . r)^2> - 1/3      ee  eta(r) = <(e_i . e_j)^2> - 1/3
///   ed_projected  <cos^2> - 1/2 of the angle on the sky between axis and separation, over r_p
///   ee_projected  <cos^2> - 1/2 of the angle on the sky between two axes
///   xi_plus, xi_minus  <e_+ e_+> +- <e_x e_x> of ellipticities, over r_p
/// and with RR pairs of random places, in a periodic box (Mandelbaum et al. 2006, Joachimi et al.
/// 2011):
///   xi = DD / RR - 1            wgg = int xi dpi over |pi| < pi_max
///   wg_plus = int S_+ D / RR dpi, S_+ D = sum e_+ of the shapes about the places; e_+ > 0 towards
///   them
///   wg_cross the same of e_x (0 by parity);  w_plus_plus = int S_+ S_+ / RR dpi, w_cross_cross
std::vector<Statistic> const& statistics();
/// Throws InputError with the nearest known name.
Statistic const& statistic(std::string const& name);

/// Pairs that random places would make.
struct RandomPairs {
  double weights = 0;  ///< sum over ordered pairs of w_i w_j of the two samples
  double volume = 0;   ///< of the box [(Mpc/h)^3]
  std::vector<double> first_share, second_share;  ///< (regions) of the weights
};
/// Collective over comm: of two samples in a box; `second` null for one with itself.
RandomPairs random_pairs(parallel::Communicator const& comm, PairConfig const& config,
                         PairSample const& first, PairSample const* second);

/// A measured statistic. Bins without pairs hold not-a-number.
struct Correlation {
  std::string name;
  bool on_sky = false;             ///< edges are angles
  std::vector<double> edges;       ///< (bins + 1) [Mpc/h], or [arcmin] on the sky
  std::vector<double> value;       ///< (bins)
  std::vector<double> error;       ///< (bins) of the jackknife; empty without
  std::vector<double> covariance;  ///< (bins, bins); empty without
  std::vector<double> samples;     ///< (regions, bins) without each region; empty where not kept
  std::vector<double> pairs;       ///< (bins) ordered pairs
  /// (bins) standard deviation of random orientations, of two samples that share no galaxy; may be
  /// empty
  std::vector<double> noise;
  /// Before the sum along the line of sight, of statistics with RR that were summed in bins of
  /// |pi|: value = 2 sum_pi xi dpi, to rounding. Else empty.
  std::vector<double> pi_edges;  ///< (depths + 1) [Mpc/h]
  std::vector<double> xi;        ///< (bins, depths) dimensionless
  std::vector<double> xi_error;  ///< (bins, depths) of the jackknife; empty without
  std::vector<double> xi_pairs;  ///< (bins, depths)

  std::size_t bins() const { return value.size(); }
  /// Middles of the bins in ln r.
  std::vector<double> middles() const;
};

/// The parts of a jackknife.
struct Regions {
  std::int32_t count = 1;  ///< 1: no jackknife
  double side = 0;         ///< of each, where they are cubes that fill a box; 0 for others [Mpc/h]
};

/// Sub-boxes of a box, `per_side` along each axis.
struct SubBoxes {
  double box_side = 0;
  std::int32_t per_side = 1;

  std::int32_t count() const { return per_side * per_side * per_side; }
  std::int32_t of(double const* position) const;
  operator Regions() const { return {count(), box_side / per_side}; }
};

/// The statistic with its covariance: (R - 1) / R sum_k (x_k - <x>)(x_k - <x>)^T over the R
/// regions, x_k without region k. Pairs with one end in k are taken out with the weight
/// 1/sqrt(2): each such pair is missing twice, and so the noise of pairs adds up to the right
/// variance (compare Mohammad & Percival 2022, who ask the same of counts). Random pairs are taken
/// out alike, as many as places make whose numbers in k and beside it are those of the galaxies:
/// the mean density of a box is known, and that of its parts must not count as an error.
/// `regions.count` 1: no covariance. Statistics with random pairs need regions that are cubes.
/// With `whole`, `sums` are of a part of its pairs, such as those of one halo, and means are taken
/// over all of them, as halotools does: the parts of a statistic add up to it.
Correlation correlation(Statistic const& what, PairConfig const& config, PairSums const& sums,
                        RandomPairs const& randoms, Regions const& regions,
                        PairSums const* whole = nullptr);

}  // namespace shearwater::galaxies
