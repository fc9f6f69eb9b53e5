// SPDX-License-Identifier: BSD-3-Clause
// Tomographic convergence maps from a simulation of particles: one small box for each cosmology,
// seen along several lines of sight.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/cosmology/redshift_distribution.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"
#include "shearwater/lensing/map_simulator.hpp"
#include "shearwater/particles/light_cone.hpp"

namespace shearwater::lensing {

/// Table [light_cone] of maps.
struct ConeMapConfig : particles::LightConeConfig {
  bool ray_tracing = false;
  std::int64_t border = 0;  ///< [pixels]

  void describe(core::Fields& field);
  /// The field of the planes behind maps of `sky`: with the border.
  fields::FlatSky field(fields::FlatSky sky) const;
  /// Throws InputError for sources beyond the light cone, and for a border without ray tracing.
  void check_sources(std::vector<cosmology::RedshiftDistribution> const& sources) const;
};

/// Maps of sources seen through lens planes, (lines of sight, bins, pixels, pixels) each; no shear
/// without ray tracing.
struct ConeMaps {
  Array4<float> kappa, gamma_1, gamma_2;
};
/// planes   of config.field(sky), in the universe of `background`
ConeMaps maps_through(ExecSpace const& space, particles::LensPlanes const& planes,
                      ConeMapConfig const& config, fields::FlatSky sky,
                      cosmology::Background const& background,
                      std::vector<cosmology::RedshiftDistribution> const& sources);

/// What a simulation of particles depends on beside its cosmology.
struct ConeConfig {
  particles::BoxConfig box;          ///< [box]
  particles::InitialConfig initial;  ///< [initial], but for the seed
  particles::MeshConfig mesh;        ///< [mesh]
  particles::StepConfig steps;       ///< [steps]
  ConeMapConfig light_cone;          ///< [light_cone]

  static ConeConfig from_config(core::Config& config);
};

class ConeSimulator {
 public:
  /// Throws InputError for keys that have no effect, sources beyond the light cone, and what
  /// particles::LightConeConfig::check throws for `fiducial`. Other cosmologies have the same
  /// planes in redshift: where they are larger, the box is repeated more often.
  ConeSimulator(ConeConfig const& config, fields::FlatSky sky,
                std::vector<cosmology::RedshiftDistribution> sources,
                cosmology::SpectraConfig spectra, cosmology::Cosmology const& fiducial);

  std::int64_t lines_of_sight() const { return config_.light_cone.lines_of_sight; }
  /// Seconds of one core for a simulation with all its maps: from rates that were measured with
  /// 64^3 particles, mesh.factor = 2, on a Zen 4 core.
  double seconds() const;
  /// Memory of one simulation.
  double bytes() const;

  /// Collective over comm: convergence without noise, (lines of sight, bins, pixels, pixels), on
  /// every rank. A function of (cosmology, seed) alone.
  Array4<float> simulate(parallel::Communicator const& comm, cosmology::Cosmology const& cosmology,
                         std::int64_t seed) const;

 private:
  fields::FlatSky field() const;
  particles::LensPlanes planes(parallel::Communicator const& comm,
                               cosmology::Cosmology const& cosmology,
                               cosmology::Background const& background, std::int64_t seed) const;

  ConeConfig config_;
  fields::FlatSky sky_;
  std::vector<cosmology::RedshiftDistribution> sources_;
  cosmology::SpectraConfig spectra_;  ///< of the linear power, by a formula
  double distance_;                   ///< of the end of the cone in the fiducial cosmology [Mpc/h]
};

}  // namespace shearwater::lensing
