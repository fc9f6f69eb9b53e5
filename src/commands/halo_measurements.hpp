// SPDX-License-Identifier: BSD-3-Clause
// What is found and measured of the halos of a set of particles, by `halos` and `nbody`.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "halo_counts.hpp"
#include "shearwater/core/config.hpp"
#include "shearwater/halos/group_members.hpp"
#include "shearwater/halos/properties.hpp"
#include "shearwater/halos/spherical_overdensity.hpp"
#include "shearwater/halos/tidal_field.hpp"
#include "shearwater/io/snapshot.hpp"
#include "shearwater/particles/particle_set.hpp"

namespace shearwater::commands {

/// Table [halos].
struct HaloConfig {
  double linking = 0.2;
  std::int64_t min_particles = 20;
  double softening = 0;
  void describe(core::Fields& field);
};

/// Table [tidal].
struct TidalConfig {
  std::vector<double> smoothing;
  std::int64_t mesh = 0;
  void describe(core::Fields& field);
  /// Throws InputError for an odd mesh.
  void check() const;
};

struct HaloSettings {
  HaloConfig halos;
  TidalConfig tidal;
  CountSettings counts;
  /// Reads and checks [halos], [tidal], [mass_function] and, where it is there, [cosmology].
  static HaloSettings from_config(core::Config& config);
};

/// The side of the mesh of tides for this snapshot, 0 where none are asked for. Throws InputError
/// for a smoothing that the mesh cannot have.
std::int64_t tidal_mesh_of(TidalConfig const& tidal, io::SnapshotHeader const& snapshot);
/// What was measured of this rank's halos, in the order of `members`.
struct HaloMeasurements {
  halos::GroupMembers members;
  std::vector<halos::GroupProperties> properties;
  std::vector<halos::Overdensity> overdensities;  ///< none where omega_m is not known
  std::vector<halos::SphericalMass> spheres;      ///< (halos, overdensities)
  std::vector<double> spins;                      ///< where velocities and overdensities are known
  std::int64_t tidal_mesh = 0;                    ///< cells along the box, 0 for no tides
  std::vector<halos::PrincipalAxes> tides;        ///< (halos, smoothings)
  MassCounts counts;
  /// Whether the snapshot has the members first, in this order, as TNG's have.
  bool sorts_snapshot = false;
  /// Whether the catalogue names the members.
  bool lists_members = false;
};

/// Collective over comm: groups, their properties, spheres about them and tides at them; nothing
/// where `stops` (collective, asked between the parts) says so. Throws as their functions do. T is
/// double or particles::Position.
template <class T>
std::optional<HaloMeasurements> measure_halos(parallel::Communicator const& comm,
                                              particles::ParticleSet<T> const& particles,
                                              io::SnapshotHeader const& header,
                                              HaloSettings const& settings,
                                              std::function<bool()> const& stops);

}  // namespace shearwater::commands
