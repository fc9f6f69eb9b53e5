// SPDX-License-Identifier: BSD-3-Clause
// Halos drawn at random, for trials of any size without a simulation.
#pragma once

#include "shearwater/core/config.hpp"
#include "shearwater/cosmology/mass_function.hpp"
#include "shearwater/galaxies/blocks.hpp"

namespace shearwater::galaxies {

/// Table [synthetic].
struct SyntheticConfig {
  std::int64_t count = 1000000;
  double box_side = 0;
  std::string mass_function = "power_law";
  double smallest_mass = 1e11, largest_mass = 1e15, slope = -1.9;
  double velocity = 300;
  double b_to_a = 0.8, c_to_a = 0.65;
  std::int64_t seed = 1;

  void describe(core::Fields& field);
  /// Throws InputError for masses that do not rise, ratios out of order, or no box side without a
  /// density of halos.
  void check() const;
};

/// Halos placed uniformly in a periodic box, with masses of dn/dM ~ M^slope or of Tinker et al.
/// (2008), normal velocities, axes uniform on the sphere, ratios all alike, and a secondary
/// property uniform in [0, 1]. Halo i is a function of (seed, i) alone.
class SyntheticHalos {
 public:
  /// mass_function   for "tinker"; null for a power law
  explicit SyntheticHalos(SyntheticConfig const& config,
                          cosmology::MassFunction const* mass_function = nullptr);
  double box_side() const { return side_; }
  std::int64_t size() const { return config_.count; }
  HaloBlock read(ExecSpace const& space, std::int64_t first, std::int64_t count) const;

 private:
  SyntheticConfig config_;
  double side_;
  /// ln M at equal steps of -ln of the share of halos above it.
  Array1<double> log_mass_;
  double nodes_per_step_;
};

}  // namespace shearwater::galaxies
