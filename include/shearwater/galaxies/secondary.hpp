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
  /// Sets the ranks in [0, 1]: the share of halos of the bin in lower cells, and a part of those in
  /// the halo's own that is drawn for it, uniform in (0, 1). So ranks are uniform in the mean over
  /// draws however few halos a bin has, and a decorated occupation keeps its mean. Of a property
  /// that is not known the rank is such a draw in whole.
  void set_ranks(HaloBlock& halos, std::uint64_t seed) const;
  /// Halos of all ranks whose property is known; after gather.
  std::int64_t known() const { return known_; }

 private:
  static constexpr std::int64_t kMasses = 100, kCells = 4096;
  /// Of the halos of a bin of mass, the share in lower cells and in this one.
  struct Cell {
    double below, share;
  };
  std::vector<std::int64_t> counts_;
  std::vector<Cell> ranks_;
  std::int64_t known_ = 0;
};

}  // namespace shearwater::galaxies
