// SPDX-License-Identifier: BSD-3-Clause
// From a catalogue of galaxy shapes to pixels of weighted mean shear.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/core/config.hpp"

namespace shearwater::survey {

/// Columns of equal length, one row for each galaxy.
struct ShapeCatalogue {
  std::vector<double> ra_deg, dec_deg;  ///< [degree]
  std::vector<double> e1, e2;           ///< calibrated shear estimates
  std::vector<double> weight;           ///< not negative
  std::vector<std::int64_t> bin;        ///< tomographic bin from 0; others are left out
};

/// Table [catalogue].
struct CatalogueConfig {
  double centre_ra_deg = 0, centre_dec_deg = 0;
  bool flip_e2 = false;
  double smallest_weight = 0;

  void describe(core::Fields& field);
};

/// Maps of all bins on the pixels of a square map, row-major; pixels without galaxies are zero.
struct ShearPixels {
  std::int64_t bins = 0, pixels = 0;
  std::vector<float> gamma_1, gamma_2;  ///< (bins, pixels, pixels) weighted means
  std::vector<float> noise;         ///< (bins, pixels, pixels) standard deviation of each component
  std::vector<float> mask;          ///< (pixels, pixels) 1 where every bin has enough weight
  std::vector<double> shape_noise;  ///< (bins) of one component, from the catalogue itself
  std::int64_t used = 0, outside = 0;  ///< galaxies on the map; galaxies beyond it or of no bin
};

/// Gnomonic projection about the centre: x (columns) to the east, y (rows) to the north, both with
/// the centre at width / 2. Shapes are taken as relative to local east and north, e2 > 0 along
/// north-east (flip_e2 for catalogues that take west for x), and turned into the map's directions
/// by the angle of the local meridian. A pixel's shear is sum w e / sum w, its noise shape_noise
/// sqrt(sum w^2) / sum w. Sums run in the order of the catalogue. Throws InputError for columns of
/// unequal length, values that are not finite, negative weights, or no galaxy on the map.
ShearPixels pixelise(ShapeCatalogue const& catalogue, CatalogueConfig const& config,
                     double width_deg, std::int64_t pixels, std::int64_t bins);

/// Place on the map [radian from the centre, east and north] and angle by which local north is
/// turned towards the west there. `ahead` is false for places more than 90 degrees away.
struct Projected {
  double x = 0, y = 0, angle = 0;
  bool ahead = false;
};
Projected project(double ra_deg, double dec_deg, double centre_ra_deg, double centre_dec_deg);

}  // namespace shearwater::survey
