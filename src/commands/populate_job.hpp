// SPDX-License-Identifier: BSD-3-Clause
// `shearwater populate`: its input.
#pragma once

#include <memory>
#include <string>

#include "host_halos.hpp"
#include "shearwater/galaxies/population.hpp"

namespace shearwater::commands {

struct PopulateJob {
  HostJob hosts;
  galaxies::PopulationSettings settings;
  std::string input;  ///< the catalogue of halos, "" for synthetic ones
  std::string output;
  std::string model;  ///< folder of a trained generator of the orientations; "" for [orientation]
  std::int64_t threads = 1;  ///< torch's
};
PopulateJob read_populate_job(core::Config& config, CommandLine const& line);

/// The halos, and how they are populated; not collective.
struct PopulateRun {
  std::unique_ptr<HostHalos> halos;
  std::unique_ptr<galaxies::Population> population;
  cosmology::Cosmology cosmology;
  /// Reads and prepares halos.
  galaxies::HaloBlock read(ExecSpace const& space, std::int64_t first, std::int64_t count) const;
};
/// Throws InputError where the catalogue lacks what the input asks for, or contradicts it.
PopulateRun open_population(PopulateJob const& job);

}  // namespace shearwater::commands
