// SPDX-License-Identifier: BSD-3-Clause
// The galaxies of a few halos, for a picture of them.
#pragma once

#include <cstdint>
#include <vector>

#include "measured_galaxies.hpp"

namespace shearwater::commands {

/// Galaxies of the halos of the largest mass, halo after halo.
struct HaloPictures {
  std::vector<std::int64_t> host;   ///< (halos) ids, by falling mass, then by id
  std::vector<std::int64_t> begin;  ///< (halos + 1) first galaxy of each
  std::vector<double> position;     ///< (galaxies, 2) across the line of sight from the central
                                    ///< galaxy, or from the first [Mpc/h]
  std::vector<double> shape;        ///< (galaxies, 2) e1, e2
  std::vector<std::int64_t> central;
};

/// Collective over comm: of at most `halos` halos the first 300 galaxies by id; empty where masses,
/// hosts or shapes are not known.
HaloPictures take_pictures(parallel::Communicator const& comm, MeasureConfig const& config,
                           MeasuredGalaxies const& galaxies, std::size_t halos = 4);

}  // namespace shearwater::commands
