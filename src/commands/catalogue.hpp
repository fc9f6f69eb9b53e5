// SPDX-License-Identifier: BSD-3-Clause
// `shearwater maps` with a table [catalogue]: a galaxy shape catalogue into maps.
#pragma once

#include <string>

#include "commands.hpp"
#include "shearwater/survey/shape_catalogue.hpp"

namespace shearwater::commands {

/// Table [columns]: where the catalogue is and what its columns are called.
struct ColumnConfig {
  std::string file, table;
  std::string ra = "ra", dec = "dec", e1 = "e1", e2 = "e2", weight = "weight", bin = "bin";
  std::int64_t first_bin = 0, bins = 1;
  std::int64_t pixels = 128;
  double width_deg = 5.0;
  void describe(core::Fields& field);
};

struct CatalogueJob {
  survey::CatalogueConfig catalogue;
  ColumnConfig columns;
  std::string input, output;
};
CatalogueJob read_catalogue(core::Config& config, CommandLine const& line);

/// Collective over comm: one rank bins the galaxies into weighted shear, mask and noise level and
/// turns the shear into convergence; all write the file.
core::ExitCode maps_from_catalogue(parallel::Communicator const& comm, core::Config& config,
                                   CommandLine const& line);

}  // namespace shearwater::commands
