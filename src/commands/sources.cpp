// SPDX-License-Identifier: BSD-3-Clause
#include "sources.hpp"

#include "shearwater/bridge/file_source.hpp"
#include "shearwater/bridge/simulator_source.hpp"
#include "shearwater/lensing/map_simulator.hpp"

namespace shearwater::commands {

std::unique_ptr<bridge::ExampleSource> read_source(core::Config& config, std::string const& file) {
  auto simulator = bridge::make_simulator_source(config);
  if (file.empty()) return simulator;
  return bridge::make_file_source(file, std::move(simulator));
}

void SetConfig::describe(core::Fields& field) {
  field("count", count, "sets", "how many sets of maps").between(1, 1e12);
  field("first", first, "", "index of the first set: a set depends on the seed and its index alone")
      .between(0, 1e15);
}

SimulationJob read_simulation(core::Config& config, CommandLine const& line) {
  require_host(line);
  SimulationJob job;
  job.sets = config.read<SetConfig>("sets");
  auto source = bridge::make_simulator_source(config);
  job.inputs = source->config().files();
  job.source = std::move(source);
  job.width = model_width(config);
  job.file = output_path(config, line, "maps.h5");
  config.refuse_unread();
  return job;
}

bridge::SimulatorConfig read_simulator(core::Config description) {
  return bridge::SimulatorConfig::from_config(description);
}

cosmology::Cosmology model_cosmology(core::Config config) {
  return cosmology::read_cosmology(config);
}

double model_width(core::Config config) {
  return config.read<lensing::MapConfig>("maps").sky().width();
}

}  // namespace shearwater::commands
