// SPDX-License-Identifier: BSD-3-Clause
// Parts of the sky for a jackknife.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/parallel/communicator.hpp"

namespace shearwater::galaxies {

/// Regions of about equal numbers of galaxies, about as wide as high: bands of declination, each
/// cut across into parts. Right ascension is counted from the middle of the widest empty stretch,
/// so that a field across 0 is one. The same on any number of ranks.
class SkyRegions {
 public:
  /// One: the whole sky.
  SkyRegions() = default;
  /// Collective over comm: `wanted` regions of the galaxies at `ra` and `dec` [radian] of all
  /// ranks, cut to a part in 32768 of their own height and width. Throws InputError where a region
  /// would hold no galaxy.
  SkyRegions(parallel::Communicator const& comm, std::vector<double> const& ra,
             std::vector<double> const& dec, std::int32_t wanted);

  std::int32_t count() const { return first_.empty() ? 1 : first_.back(); }
  std::int32_t of(double ra, double dec) const;

 private:
  double start_ = 0;                          ///< right ascension that bands begin at
  std::vector<double> tops_;                  ///< sines of the declinations between bands
  std::vector<std::int32_t> first_;           ///< (bands + 1) region of each band
  std::vector<std::vector<double>> borders_;  ///< of each band: right ascensions from start_
};

}  // namespace shearwater::galaxies
