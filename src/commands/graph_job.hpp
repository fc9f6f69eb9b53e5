// SPDX-License-Identifier: BSD-3-Clause
// `shearwater graph`: its input, and the catalogues that it reads.
#pragma once

#include <string>
#include <vector>

#include "commands.hpp"
#include "shearwater/graph/digit_graphs.hpp"
#include "shearwater/graph/galaxy_graphs.hpp"
#include "shearwater/io/group_file.hpp"

namespace shearwater::commands {

/// Table [graphs]: what graphs are made of, and the keys of graph::GraphConfig.
struct GraphTable {
  std::string kind = "galaxies";
  std::vector<std::string> galaxies, halos;
  graph::GraphConfig graphs;

  void describe(core::Fields& field);
};

/// Table [galaxy_columns] of galaxies in any other table: text, HDF5 or FITS.
struct GalaxyColumnConfig {
  std::string table, id, host = "host", central, mass, host_mass;
  std::string x = "x", y = "y", z = "z";
  std::string axes_prefix, b_to_a, c_to_a;
  std::string length_unit, mass_unit;
  double box_side = 0, h = 0;

  void describe(core::Fields& field);
};

struct GraphJob {
  GraphTable table;
  io::GroupLayout layout;
  io::SnapshotConfig units;
  bool columns_given = false;
  GalaxyColumnConfig columns;
  graph::DigitConfig digits;
  std::string output;
};
/// Throws InputError for contradictions.
GraphJob read_graph_job(core::Config& config, CommandLine const& line);

/// Collective over comm: this rank's rows of every catalogue.
std::vector<graph::GraphBox> read_boxes(parallel::Communicator const& comm, GraphJob const& job);

/// This rank's share of a table. Not collective.
graph::GraphBox read_galaxy_columns(std::string const& path, GalaxyColumnConfig const& columns,
                                    int part, int parts);

}  // namespace shearwater::commands
