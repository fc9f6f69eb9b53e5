// SPDX-License-Identifier: BSD-3-Clause
// Axes and axis ratios of galaxies.
#pragma once

#include <memory>
#include <string>

#include "shearwater/core/config.hpp"
#include "shearwater/galaxies/blocks.hpp"

namespace shearwater::galaxies {

/// Table [orientation]. Strengths mu are in [-1, 1] (see watson.hpp).
struct OrientationConfig {
  std::string model = "watson";
  double central_strength = 0.5, satellite_strength = 0.1;
  std::string satellite_axis = "radial";
  double central_mass_slope = 0, satellite_radius_slope = 0;
  double frame_strength = 0;
  double b_to_a = 0.8, c_to_a = 0.6, ratio_scatter = 0;
  double a_1 = 1, a_2 = 0, density_bias = 0;

  void describe(core::Fields& field);
  /// Throws InputError unless c_to_a <= b_to_a, or for keys without effect in the model.
  void check(char const* table = "orientation") const;
};

/// What the tidal model needs beside the tides.
struct TidalAmplitude {
  double omega_m = 0.3;  ///< today
  double growth = 1;     ///< D, 1 today; of halos without a time of their own
};

/// One step: axes and axis ratios of the galaxies of a block, a function of the seed, the halos'
/// keys and properties and the galaxies' numbers and places alone. `galaxies` has all else; axes
/// and axis_ratios are made here, bits of its flag set.
class Orienter {
 public:
  virtual ~Orienter() = default;
  virtual void orient(ExecSpace const& space, HaloBlock const& halos,
                      GalaxyBlock& galaxies) const = 0;
  /// Whether halos must come with axes (tides).
  virtual bool needs_axes() const { return false; }
  virtual bool needs_tides() const { return false; }
};

/// The models of [orientation]:
///   random    uniform
///   watson    major axes scattered about the host's major axis (centrals) and about the direction
///             to the centre or the host's axis (satellites) by Watson's distribution, of strength
///               mu_c = central_strength + central_mass_slope lg(M / 1e13 Msun/h),
///               mu_s = satellite_strength (r / R)^satellite_radius_slope,  held within +-0.99
///             where slopes are not 0 (Van Alfen et al. 2024); the minor axis about that one:
///             uniform, or by frame_strength about the host's minor axis as seen along it. Hosts
///             without axes: uniform, and flagged.
///   tidal     ellipsoids turned at random and stretched by T^(1/2) from both sides,
///               T = 1 + 4 [C1 (1 + density_bias delta) s + C2 (s^2 - trace s^2 / 3)],
///               C1 = -a_1 0.01388 Omega_m / D,  C2 = 5 a_2 0.01388 Omega_m / D^2,
///             s the tidal tensor without its trace delta. To first order in s the mean ellipticity
///             of galaxies of any ratios is gamma = C1 (s_xx - s_yy, 2 s_xy) and the same of C2:
///             the linear alignment model and its tidal torquing (Hirata & Seljak 2004; Blazek et
///             al. 2019), because e = (1 - q) / (1 + q) answers a shear one to one in the mean
///             (Seitz & Schneider 1997). Satellites by their host's tides. Eigenvalues of T below
///             0.01 are raised to it, and flagged.
/// Ratios: b_to_a and c_to_a, or normals of that mean and ratio_scatter, drawn again until
/// 0.05 <= c/a <= b/a <= 1.
std::unique_ptr<Orienter> make_orienter(OrientationConfig const& config, std::uint64_t seed,
                                        TidalAmplitude const& amplitude = {});

}  // namespace shearwater::galaxies
