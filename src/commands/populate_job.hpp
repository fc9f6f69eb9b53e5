// SPDX-License-Identifier: BSD-3-Clause
// `shearwater populate`: its input.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "galaxy_shear.hpp"
#include "host_halos.hpp"
#include "shearwater/galaxies/population.hpp"
#include "shearwater/halos/mass_matching.hpp"

namespace shearwater::commands {

struct PopulateJob {
  HostJob hosts;
  galaxies::PopulationSettings settings;
  std::string input;  ///< the catalogue of halos, "" for synthetic ones
  std::string output;
  std::string model;  ///< folder of a trained generator of the orientations; "" for [orientation]
  std::int64_t threads = 1;  ///< torch's
  std::string lensing;       ///< lens planes that give the galaxies their shear; "" for none
};
PopulateJob read_populate_job(core::Config& config, CommandLine const& line);
InputFiles inputs_of(PopulateJob const& job);

/// The halos, and how they are populated; not collective.
struct PopulateRun {
  std::unique_ptr<HostHalos> halos;
  std::unique_ptr<galaxies::Population> population;
  cosmology::Cosmology cosmology;
  /// Of hosts.match_masses; set by match_masses.
  std::optional<halos::MassMatching> matching;
  /// Reads and prepares halos.
  galaxies::HaloBlock read(ExecSpace const& space, std::int64_t first, std::int64_t count) const;
};
/// Throws InputError where the catalogue lacks what the input asks for, or contradicts it.
PopulateRun open_population(PopulateJob const& job);

/// What the file holds of each galaxy.
io::GalaxyColumns columns_of(PopulateJob const& job, PopulateRun const& run);

/// None without [lensing]. Not collective.
std::unique_ptr<GalaxyShear> open_lensing(PopulateJob const& job, PopulateRun const& run);

/// Collective over comm: with hosts.match_masses, finds the masses that halos get, from those of
/// this rank's share of them.
void match_masses(parallel::Communicator const& comm, PopulateJob const& job, PopulateRun& run);

}  // namespace shearwater::commands
