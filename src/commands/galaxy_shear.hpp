// SPDX-License-Identifier: BSD-3-Clause
// `shearwater populate`: what the matter in front of galaxies on a light cone does to their images.
#pragma once

#include <string>

#include "commands.hpp"
#include "shearwater/galaxies/population.hpp"
#include "shearwater/lensing/point_shear.hpp"

namespace shearwater::commands {

/// Table [lensing].
struct LensingConfig {
  std::string file;
  void describe(core::Fields& field);
};

/// Convergence and shear of galaxies by the lens planes of `nbody`, all of which every rank holds.
class GalaxyShear {
 public:
  /// Throws InputError for planes that look elsewhere than the halos of the cone.
  /// hosts   the catalogue of the galaxies' halos; "" where it does not say what it was made from
  GalaxyShear(ExecSpace const& space, std::string const& planes, std::string const& hosts,
              double omega_m);

  /// Fills gamma1, gamma2 and kappa. Where the planes do not tell they are NaN, and unknown_shear
  /// is among the flags.
  void add(ExecSpace const& space, galaxies::GalaxyBlock const& galaxies,
           io::GalaxyCatalogue& rows);
  double bytes() const { return shear_.bytes(); }
  std::int64_t unknown() const { return unknown_; }  ///< of the galaxies of this rank

 private:
  lensing::PointShear shear_;
  std::int64_t unknown_ = 0;
};

/// Bytes that a rank holds of the planes in a file: their convergence and shear, and while they are
/// made their overdensity and its convergence.
double lensing_bytes(std::string const& planes);

}  // namespace shearwater::commands
