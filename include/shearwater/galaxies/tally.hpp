// SPDX-License-Identifier: BSD-3-Clause
// Halos and galaxies counted: what a report shows of a population.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/galaxies/blocks.hpp"
#include "shearwater/galaxies/satellites.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::galaxies {

/// Whole numbers, the same for any division of the halos.
class Tally {
 public:
  /// Bins of a fifth of a decade from 10^9 to 10^17 Msun/h, and of a fortieth of axis ratios and of
  /// ellipticities |e|, from 0 to 1.
  static constexpr std::int64_t kMasses = 40, kRatios = 40;
  static double mass_edge(std::int64_t bin);
  /// Counts an axis ratio or |e| in its one of kRatios bins; one that is not finite in none.
  static void count_ratio(std::vector<std::int64_t>& bins, float value);

  Tally();
  void add(HaloBlock const& halos, GalaxyCounts const& counts);
  void add(GalaxyBlock const& galaxies, Array2<float> const& ellipticity);
  /// Collective over comm: sums of all ranks, once.
  void gather(parallel::Communicator const& comm);

  std::vector<std::int64_t> halos, centrals, satellites;  ///< (kMasses)
  std::vector<std::int64_t> b_to_a, c_to_a, ellipticity;  ///< (kRatios)
  std::int64_t empty_halos = 0;                           ///< of mass 0
  std::int64_t flagged = 0;                               ///< galaxies with any bit
};

}  // namespace shearwater::galaxies
