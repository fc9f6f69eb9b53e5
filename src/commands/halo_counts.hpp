// SPDX-License-Identifier: BSD-3-Clause
// Halos by mass: what an input says of them, and their group in a catalogue.
#pragma once

#include <optional>
#include <vector>

#include "shearwater/core/config.hpp"
#include "shearwater/cosmology/linear_power.hpp"
#include "shearwater/halos/abundance.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/io/snapshot.hpp"

namespace shearwater::commands {

/// Table [mass_function].
struct AbundanceConfig {
  std::int64_t bins_per_decade = 5;
  void describe(core::Fields& field);
};

struct CountSettings {
  AbundanceConfig bins;
  std::optional<cosmology::Cosmology> cosmology;  ///< of the theory; none without [cosmology]
  std::optional<cosmology::LinearPower> power;    ///< with it: today, as [spectra] says
  std::string power_file;                         ///< its table; "" of a formula
};
/// Reads [mass_function] and, where it is there, [cosmology] with [spectra].
CountSettings read_count_settings(core::Config& config);

/// Throws InputError where the cosmology and the snapshot are not of one universe.
void check_cosmology(CountSettings const& settings, io::SnapshotHeader const& snapshot);

/// Masses of this rank's halos [Msun/h].
struct HaloMasses {
  std::vector<double> members;  ///< of groups of friends
  std::vector<double> mean200;  ///< within 200 mean densities, in their order; empty: not known
};

/// Halos of all ranks by mass, and what is expected: what is not known is empty.
struct MassCounts {
  std::vector<double> edges;         ///< (bins + 1) [Msun/h]; none where no halo was found
  halos::Abundance groups, spheres;  ///< by the masses of the members; within 200 mean densities
  std::vector<double> sheth_tormen;  ///< (bins), for `groups` [(h/Mpc)^3]
  std::vector<double> tinker;        ///< (bins), for `spheres`
};

/// Collective over comm: the bins start at the mass of groups of `smallest` particles.
MassCounts count_by_mass(parallel::Communicator const& comm, CountSettings const& settings,
                         io::SnapshotHeader const& snapshot, HaloMasses const& masses,
                         std::int64_t smallest);

/// Collective: the group /MassFunction of a catalogue; nothing where nothing was counted.
void write_counts(io::OutputFile& file, MassCounts const& counts,
                  io::SnapshotHeader const& snapshot);

}  // namespace shearwater::commands
