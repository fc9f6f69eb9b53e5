// SPDX-License-Identifier: BSD-3-Clause
// Parts of the sky for a jackknife.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "shearwater/parallel/communicator.hpp"

namespace shearwater::galaxies {

/// The smallest ranges of right ascension and declination that hold all galaxies. Right ascension
/// is counted from the middle of the widest empty stretch, so that a field across 0 is one. The
/// same on any number of ranks.
struct SkyField {
  SkyField() = default;
  /// Collective over comm: of the galaxies at `ra` and `dec` [radian] of all ranks.
  SkyField(parallel::Communicator const& comm, std::vector<double> const& ra,
           std::vector<double> const& dec);
  /// From `start` [radian], in [0, 2 pi).
  double place_of(double ra) const;
  bool contains(double ra, double dec) const;

  double start = 0;                            ///< right ascension that places are counted from
  std::pair<double, double> places = {0, 0};   ///< of all galaxies, lowest and highest
  std::pair<double, double> heights = {0, 0};  ///< sines of their declinations
};

/// Collective over comm: the part of the places at `ra` and `dec` that are not in `field`; 0 of
/// none.
double share_beyond(parallel::Communicator const& comm, SkyField const& field,
                    std::vector<double> const& ra, std::vector<double> const& dec);

/// Regions of about equal numbers of galaxies, about as wide as high: bands of declination, each
/// cut across into parts, from the start of their SkyField. The same on any number of ranks.
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
  SkyField field_;                            ///< of the galaxies
  std::vector<double> tops_;                  ///< sines of the declinations between bands
  std::vector<std::int32_t> first_;           ///< (bands + 1) region of each band
  std::vector<std::vector<double>> borders_;  ///< of each band: places from its start
};

}  // namespace shearwater::galaxies
