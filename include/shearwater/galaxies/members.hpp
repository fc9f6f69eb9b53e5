// SPDX-License-Identifier: BSD-3-Clause
// Satellites on particles of their halo.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/galaxies/blocks.hpp"

namespace shearwater::galaxies {

/// `chosen` different numbers below `members`, rising, each set of them as likely as any other
/// (Floyd's way, Bentley 1987); a function of (seed, key) alone.
std::vector<std::int64_t> choose_members(std::int64_t members, std::int64_t chosen,
                                         std::uint64_t seed, std::uint64_t key);

/// Where the particles are that satellites are put on: one row for each galaxy of a block, those of
/// central galaxies without meaning.
struct MemberPlaces {
  Array2<double> position;  ///< (n, 3) comoving [Mpc/h]
  Array2<float> velocity;   ///< (n, 3) peculiar [km/s]
  double box_side = 0;      ///< that positions are periodic in [Mpc/h]
};

/// Gives satellites the places and velocities of their particles.
void put_on_members(ExecSpace const& space, HaloBlock const& halos, MemberPlaces const& members,
                    GalaxyBlock& galaxies);

}  // namespace shearwater::galaxies
