// SPDX-License-Identifier: BSD-3-Clause
// From the tables of an input, or of a model, to what makes examples.
#pragma once

#include <memory>
#include <string>

#include "commands.hpp"
#include "shearwater/bridge/example_source.hpp"
#include "shearwater/bridge/simulator_source.hpp"
#include "shearwater/core/config.hpp"
#include "shearwater/cosmology/parameters.hpp"

namespace shearwater::commands {

/// The source that the input describes: the map file `file`, or, where it is empty, the simulator
/// of tables [cosmology], [prior.*], [sources], [spectra], [maps] and [summaries].
std::unique_ptr<bridge::ExampleSource> read_source(core::Config& config, std::string const& file);

/// Table [sets] of `maps`.
struct SetConfig {
  std::int64_t count = 100, first = 0;
  void describe(core::Fields& field);
};

/// What `maps` makes.
struct SimulationJob {
  SetConfig sets;
  std::unique_ptr<bridge::ExampleSource> source;
  double width = 0;   ///< side of the maps [radian]
  InputFiles inputs;  ///< tables
  std::string file;
};
SimulationJob read_simulation(core::Config& config, CommandLine const& line);

/// The simulator that the description of a model names; it also turns given maps into what the
/// network reads.
bridge::SimulatorConfig read_simulator(core::Config description);
/// The cosmology whose parameters the prior does not vary.
cosmology::Cosmology model_cosmology(core::Config config);
/// Side of the maps that the model was trained on [radian].
double model_width(core::Config config);

}  // namespace shearwater::commands
