// SPDX-License-Identifier: BSD-3-Clause
// From a catalogue of galaxies to the samples whose pairs are summed.
#pragma once

#include <array>
#include <string>

#include "shearwater/core/config.hpp"
#include "shearwater/galaxies/correlations.hpp"
#include "shearwater/galaxies/sky_regions.hpp"
#include "shearwater/io/galaxy_catalogue.hpp"

namespace shearwater::galaxies {

/// What a pair is told of its galaxies.
enum class Marks {
  axes,           ///< unit vectors
  directions,     ///< of the axes on the sky, as ellipticities of length 1
  ellipticities,  ///< of the outlines on the sky
  none
};

/// Which galaxies, which axis, seen from where.
struct SampleConfig {
  std::string shapes = "all", places = "all";  ///< all, centrals, satellites
  std::string axis = "major";
  std::string line_of_sight = "z";
  std::string space = "real";
  double min_host_mass = 0, max_host_mass = 0;  ///< [Msun/h]; 0 for no limit

  void describe(core::Fields& field);
};

/// Rows of `which` ("all", "centrals", "satellites"), their coordinates in the order that puts the
/// line of sight last. In redshift space they are moved along it by v (1 + z) / H(z), periodically,
/// unless the catalogue's positions are moved already.
/// Ellipticities are the catalogue's own where `stored` says that they are of this line of sight,
/// else those of the ellipsoids' outlines. Regions are those of `boxes`, or of `sky`. Throws
/// InputError naming the column that is missing.
PairSample pair_sample(io::GalaxyCatalogue const& galaxies, std::string const& which,
                       SampleConfig const& config, Marks marks, bool stored, SubBoxes const& boxes,
                       SkyRegions const* sky = nullptr);

/// Galaxies at unit vectors of their right ascensions and declinations, in place of their
/// positions.
io::GalaxyCatalogue on_unit_sphere(io::GalaxyCatalogue galaxies);
/// The chord 2 sin(theta / 2) of each angle [arcmin].
std::vector<double> chords_of(std::vector<double> const& arcmin);

/// Ellipticity (e1, e2), |e| = (1 - q) / (1 + q), of the outline of an ellipsoid of half-lengths 1,
/// q, s along its axes (3, 3), seen along the last coordinate of `order`.
std::array<double, 2> projected_ellipticity(float const* axes, double q, double s,
                                            std::array<int, 3> const& order);

/// x, y and the line of sight: (y, z, x) for "x".
std::array<int, 3> coordinate_order(std::string const& line_of_sight);

}  // namespace shearwater::galaxies
