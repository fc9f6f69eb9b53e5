// SPDX-License-Identifier: BSD-3-Clause
// Where a halo stands among those of its mass by a further property: what assembly bias goes with.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/galaxies/blocks.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::galaxies {

/// Halos counted in bins of a tenth of a decade of mass and 4096 cells of the property x, equal in
/// x / (1 + |x|). Sums of whole numbers, the same for any division of the halos.
class RankTable {
 public:
  RankTable() : counts_(static_cast<std::size_t>(kMasses * kCells), 0) {}
  void add(HaloBlock const& halos);
  /// Collective over comm: counts of all ranks, once, after all were added.
  void gather(parallel::Communicator const& comm);
  /// Sets the ranks in [0, 1]: the share of halos of the bin in lower cells, and half of those in
  /// the halo's own. A property that is not known has 0.5.
  void set_ranks(HaloBlock& halos) const;

 private:
  static constexpr std::int64_t kMasses = 100, kCells = 4096;
  std::vector<std::int64_t> counts_;
  std::vector<float> ranks_;
};

}  // namespace shearwater::galaxies
