// SPDX-License-Identifier: BSD-3-Clause
// Exact pairs of galaxies in bins of their distance, and what is summed over them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shearwater/parallel/communicator.hpp"

namespace shearwater::galaxies {

/// Galaxies of one rank, in any order and on any rank. Columns but the positions may be empty.
struct PairSample {
  std::vector<double> position;      ///< (n, 3) [Mpc/h]
  std::vector<double> mark;          ///< (n, 3) unit vectors of headless axes; or (e1, e2, unused)
  std::vector<double> weight;        ///< (n); empty for ones
  std::vector<std::int64_t> id;      ///< (n) the order of sums; each once on all ranks
  std::vector<std::int64_t> host;    ///< (n) halo, for sums within halos
  std::vector<std::int32_t> region;  ///< (n) of the jackknife, from 0; empty for one region

  std::int64_t size() const { return static_cast<std::int64_t>(position.size() / 3); }
};

enum class PairGeometry {
  spherical,  ///< bins of r; marks are axes
  projected,  ///< bins of r_p about the z axis, |pi| < pi_max; marks are ellipticities
  sky,        ///< unit vectors, bins of the chord 2 sin(theta / 2); marks are ellipticities from
              ///< local east to local north
  cone        ///< about an observer at the origin: bins of r_p about the direction of x_i + x_j,
              ///< pi = d . (x_i + x_j) / |x_i + x_j|, |pi| < pi_max; marks as on the sky
};

struct PairConfig {
  PairGeometry geometry = PairGeometry::spherical;
  std::vector<double> edges;  ///< (bins + 1) rising and positive [Mpc/h]; on the sky chords
  double pi_max = 0;    ///< projected, cone: half of the length along the line of sight [Mpc/h]
  double box_side = 0;  ///< periodic box [0, side); 0 for none
  std::int32_t regions = 1;
  std::int64_t pi_bins =
      1;  ///< projected, cone: equal bins of |pi| up to pi_max within each of r_p
  /// Called on all ranks about every `pause_seconds` while pairs are summed, to ask whether to
  /// stop: it may be collective, and throw on all of them.
  std::function<void()> pause = {};
  double pause_seconds = 2;

  std::int64_t rings() const { return std::ssize(edges) - 1; }
  std::int64_t bins() const { return rings() * pi_bins; }
  /// (pi_bins + 1) of |pi| [Mpc/h].
  std::vector<double> depth_edges() const;
};

/// What is summed over pairs (i, j) of the first sample and the second, d = x_i - x_j, with weights
/// w = w_i w_j.
enum class PairSum : int {
  pairs,        ///< 1
  weight,       ///< w
  first,        ///< w (e_i . d)^2 / d^2; projected: w e_+ of i
  second,       ///< w (e_i . e_j)^2; projected: w e_+ of i times e_+ of j
  cross,        ///< projected: w e_x of i
  cross_cross,  ///< projected: w e_x of i times e_x of j
  count
};

/// Sums over ordered pairs: of one sample with itself both (i, j) and (j, i). Bins of |pi|, where
/// there are any, follow each other within one of r_p.
struct PairSums {
  std::int64_t bins = 0;
  std::int32_t regions = 1;
  bool one_sample = true;      ///< with itself: each pair is there in both orders
  std::vector<double> total;   ///< (PairSum::count, bins)
  std::vector<double> inside;  ///< (regions, PairSum::count, bins) of pairs with both ends there
  std::vector<double> across;  ///< the same, of pairs with one end there

  double sum(PairSum what, std::int64_t bin) const {
    return total[static_cast<std::size_t>(static_cast<std::int64_t>(what) * bins + bin)];
  }
  /// Of a region's sum in `inside` and `across`.
  std::size_t place_of(std::int32_t region, PairSum what, std::int64_t bin) const {
    auto const sums = static_cast<std::int64_t>(PairSum::count);
    return static_cast<std::size_t>((region * sums + static_cast<std::int64_t>(what)) * bins + bin);
  }
  /// (bins)
  std::vector<double> numbers_of_pairs() const {
    return {total.begin(), total.begin() + static_cast<std::ptrdiff_t>(bins)};
  }
};

/// Collective over comm: sums over all pairs of `first` and `second` (null: of `first` with
/// itself). A pair is in bin b if edges[b]^2 <= d^2 < edges[b+1]^2, in double precision, d by the
/// nearest image: the numbers of pairs are exact. With e_+ + i e_x = e exp(-2 i phi), phi the angle
/// of d from the x axis: e_+ > 0 for shapes that point at the other galaxy. On the sky and in a
/// cone phi is that of the great circle at each of the two. Sums of a cell of a grid that the ranks
/// agree on are taken in the order of ids, and added as whole numbers: the same bits on any number
/// of ranks and threads. Throws InputError for positions outside the box, marks or weights that are
/// not finite, edges that do not rise, or bins beyond half of the box.
PairSums sum_pairs(parallel::Communicator const& comm, PairConfig const& config,
                   PairSample const& first, PairSample const* second = nullptr);

/// Collective over comm: the same over pairs whose galaxies have one host.
PairSums sum_pairs_in_hosts(parallel::Communicator const& comm, PairConfig const& config,
                            PairSample const& first, PairSample const* second = nullptr);

/// `all` without `part`: of pairs in two hosts where `part` is that of one.
PairSums difference(PairSums const& all, PairSums const& part);

/// The sums over all `pi_bins` bins of |pi| of each bin of r_p.
PairSums over_depth(PairSums const& sums, std::int64_t pi_bins);

/// `bins` bins of equal width in ln r from `low` to `high`.
std::vector<double> logarithmic_edges(double low, double high, std::int64_t bins);

}  // namespace shearwater::galaxies
