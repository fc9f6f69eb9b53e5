// SPDX-License-Identifier: BSD-3-Clause
// What `--dry-run` says that a command will cost.
#pragma once

#include "commands.hpp"

namespace shearwater::commands {

struct Cost {
  double memory_bytes = 0;  ///< of one rank
  double disk_bytes = 0;
  double seconds = 0;
  bool at_least = false;    ///< seconds leave out what cannot be known without running
  double shared_bytes = 0;  ///< memory that the ranks divide among them
};

// Resident size of the program with its libraries before any data [bytes].
inline constexpr double base_memory = 1.5e8;

Cost cost_of_measurement(core::Config& config, CommandLine const& line);
Cost cost_of_population(core::Config& config, CommandLine const& line);

}  // namespace shearwater::commands
