// SPDX-License-Identifier: BSD-3-Clause
// `shearwater halos`: its input, and the catalogue that it writes.
#pragma once

#include <string>
#include <vector>

#include "commands.hpp"
#include "halo_counts.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/halos/group_members.hpp"
#include "shearwater/halos/properties.hpp"
#include "shearwater/halos/spherical_overdensity.hpp"
#include "shearwater/halos/tidal_field.hpp"
#include "shearwater/io/snapshot.hpp"

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

struct HaloJob {
  HaloConfig halos;
  TidalConfig tidal;
  CountSettings counts;
  io::SnapshotConfig snapshot;
  std::string input, output;
};
HaloJob read_halo_job(core::Config& config, CommandLine const& line);

/// The side of the mesh of tides for this snapshot, 0 where none are asked for. Throws InputError
/// for a smoothing that the mesh cannot have.
std::int64_t tidal_mesh_of(TidalConfig const& tidal, io::SnapshotHeader const& snapshot);
/// Bytes of one halo in the catalogue.
double halo_row_bytes(HaloJob const& job);

/// What was measured of this rank's halos, in the order of `members`.
struct HaloMeasurements {
  halos::GroupMembers members;
  std::vector<halos::GroupProperties> properties;
  std::vector<halos::Overdensity> overdensities;  ///< none where omega_m is not known
  std::vector<halos::SphericalMass> spheres;      ///< (halos, overdensities)
  std::vector<double> spins;                      ///< empty without velocities
  std::int64_t tidal_mesh = 0;                    ///< cells along the box, 0 for no tides
  std::vector<halos::TidalAxes> tides;            ///< (halos, smoothings)
  MassCounts counts;
};

/// Collective over comm: a catalogue in the layout of Gadget and TNG, in Mpc/h, 1e10 Msun/h and
/// km/s. What is not known is left out.
void write_halos(parallel::Communicator const& comm, std::string const& path, HaloJob const& job,
                 io::SnapshotHeader const& snapshot, HaloMeasurements const& halos,
                 core::Provenance const& provenance, bool overwrite);

}  // namespace shearwater::commands
