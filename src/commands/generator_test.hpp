// SPDX-License-Identifier: BSD-3-Clause
// `calibrate` of a generator of orientations: halos that it never saw, oriented many times.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "commands.hpp"
#include "models.hpp"
#include "shearwater/galaxies/orientation.hpp"
#include "shearwater/inference/orientation_test.hpp"

namespace shearwater::commands {

/// Table [graphs] of a test.
struct JudgedGraphs {
  std::string file = "graphs.hdf5";
  std::int64_t box = 0;
  void describe(core::Fields& field);
};

struct GeneratorTestJob {
  inference::OrientationTestConfig test;
  ModelConfig model;
  JudgedGraphs graphs;
  /// The model that a mock's axes were drawn from; none: the axes in the file are the truth.
  std::optional<galaxies::OrientationConfig> truth;
  std::string graphs_file, file;
};

/// Reads every table of the input and refuses what is left.
GeneratorTestJob read_generator_test(core::Config& config, CommandLine const& line);

/// Collective over comm: writes the file of the test.
core::ExitCode calibrate_generator(parallel::Communicator const& comm, CommandLine const& line,
                                   core::Config config);

}  // namespace shearwater::commands
