// SPDX-License-Identifier: BSD-3-Clause
// `shearwater populate`: particles of halos for satellites, from a snapshot sorted by group.
#pragma once

#include <string>

#include "shearwater/galaxies/members.hpp"
#include "shearwater/galaxies/satellites.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

/// A snapshot and the catalogue of the same output of `nbody`: its particles are sorted by group,
/// and the catalogue says where each group begins.
class GroupMembers {
 public:
  /// Throws InputError where the two do not belong together.
  GroupMembers(io::InputFile const& catalogue, std::string const& snapshot);

  /// Of the halos [first, first + counts) of the catalogue. Throws InputError for a halo with more
  /// satellites than members.
  galaxies::MemberPlaces places(io::InputFile const& catalogue, std::int64_t first,
                                galaxies::GalaxyCounts const& counts, std::uint64_t seed) const;

 private:
  io::InputFile snapshot_;
  double box_side_, scale_factor_;
};

}  // namespace shearwater::commands
