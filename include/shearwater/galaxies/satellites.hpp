// SPDX-License-Identifier: BSD-3-Clause
// From halos to places and velocities of galaxies.
#pragma once

#include <string>

#include "shearwater/core/config.hpp"
#include "shearwater/galaxies/blocks.hpp"
#include "shearwater/galaxies/nfw.hpp"
#include "shearwater/galaxies/occupation.hpp"

namespace shearwater::galaxies {

/// Table [satellites].
struct SatelliteConfig {
  std::string profile = "nfw";
  double concentration_factor = 1;
  bool triaxial = true;
  double velocity_bias = 1;
  std::int64_t most = 100000;

  void describe(core::Fields& field);
};

/// What a halo's edge is.
struct EdgeDensity {
  std::string definition = "200m";  ///< "200m", "200c" or "virial"
  double omega_m = 0.3;             ///< today
  double omega_de = 0.7;
};

/// Radii, concentrations (Duffy et al. 2008) and units of velocity of the halos:
///   M = 4/3 pi Delta rho R^3, virial: Bryan & Norman (1998).
/// scale_factor   of halos that have none of their own
void set_profiles(ExecSpace const& space, HaloBlock& halos, EdgeDensity const& edge,
                  SatelliteConfig const& config, double scale_factor);

/// Which galaxies there are: a central one with the mean number as its chance, and satellites in
/// Poisson numbers. A function of the seed and the halo's key, mass and rank alone.
struct GalaxyCounts {
  Array1<std::uint8_t> central;
  Array1<std::int32_t> satellites;
  Array1<std::int32_t> first;  ///< (n) row of the halo's first galaxy
  std::int64_t total = 0;
};
/// most   satellites of a halo; throws InputError for a halo with more, that names mass and remedy
GalaxyCounts count_galaxies(ExecSpace const& space, HaloBlock const& halos,
                            Occupation const& occupation, std::uint64_t seed, std::int64_t most);

/// Places the galaxies. The central one is at the halo's centre and moves with it. Satellites are
/// on NFW profiles cut at the radius, on ellipsoids of the halo's axes and ratios (of the same
/// volume as the sphere) where `triaxial` and these are known; they move with the halo plus normal
/// velocities of Jeans's isotropic dispersion there, times velocity_bias.
GalaxyBlock place_galaxies(ExecSpace const& space, HaloBlock const& halos,
                           GalaxyCounts const& counts, NfwTable const& table,
                           SatelliteConfig const& config, std::uint64_t seed);

}  // namespace shearwater::galaxies
