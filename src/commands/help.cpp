// SPDX-License-Identifier: BSD-3-Clause
// `shearwater help inputs` and `shearwater validate FILE`.
#include <fmt/format.h>

#include <cstdio>

#include "catalogue.hpp"
#include "commands.hpp"
#include "graph_job.hpp"
#include "halo_file.hpp"
#include "measure_job.hpp"
#include "nbody_job.hpp"
#include "populate_job.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/cosmology/parameters.hpp"
#include "shearwater/cosmology/redshift_distribution.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"
#include "shearwater/fields/map_summaries.hpp"
#include "shearwater/lensing/cone_simulator.hpp"
#include "shearwater/lensing/map_simulator.hpp"
#include "shearwater/statistics/prior.hpp"
#include "shearwater/survey/mask.hpp"
#include "sources.hpp"
#include "spectra_job.hpp"
#ifdef SHEARWATER_LEARN
#include "classifier_job.hpp"
#include "digit_job.hpp"
#include "generator_job.hpp"
#include "generator_test.hpp"
#include "models.hpp"
#include "results.hpp"
#endif

namespace shearwater::commands {

core::ExitCode help_inputs() {
  auto const print = [](std::string const& text) { std::fputs((text + "\n").c_str(), stdout); };
  print("# Every table and key with its default. An input gives those that it changes.\n");
  print(core::describe_table<cosmology::Cosmology>(
      "cosmology", "The cosmology, but for the parameters of the prior"));
  print(core::describe_table<statistics::ParameterPrior>(
      "prior.NAME", "Prior of the parameter NAME of [cosmology]"));
  print(core::describe_table<cosmology::SourceConfig>(
      "sources", "Source galaxies and their tomographic bins"));
  print(core::describe_table<cosmology::SpectraConfig>("spectra", "Angular power spectra"));
  print(core::describe_table<lensing::MapConfig>("maps", "Simulated maps"));
  print(core::describe_table<particles::BoxConfig>(
      "box", "Simulated boxes of particles (maps.field = \"n_body\")"));
  print(core::describe_table<StartConfig>("initial", "Their initial conditions"));
  print(core::describe_table<particles::MeshConfig>("mesh", "Their force mesh"));
  print(core::describe_table<particles::StepConfig>("steps", "Their steps"));
  print(core::describe_table<lensing::ConeMapConfig>("light_cone", "What is seen of them"));
  print(core::describe_table<fields::SummaryConfig>("summaries", "Physics summaries of a map"));
  print(core::describe_table<survey::MaskConfig>("mask", "Random masks of simulated maps"));
  print(core::describe_table<SetConfig>("sets", "maps: how many"));
  print(core::describe_table<survey::CatalogueConfig>(
      "catalogue", "maps: a galaxy shape catalogue to bin into maps"));
  print(core::describe_table<ColumnConfig>("columns", "maps: where that catalogue is"));
  print(core::describe_table<particles::BoxConfig>("box", "nbody: the periodic box"));
  print(core::describe_table<particles::InitialConfig>("initial", "nbody: its start"));
  print(core::describe_table<particles::MeshConfig>("mesh", "nbody: the mesh of the forces"));
  print(core::describe_table<particles::StepConfig>("steps", "nbody: the steps in time"));
  print(core::describe_table<SimulationOutputs>("outputs", "nbody: what is written, and when"));
  print(core::describe_table<ConeOutput>("light_cone", "nbody: what an observer sees of it"));
  print(core::describe_table<halos::HaloConeConfig>(
      "light_cone_halos", "nbody: halos on the light cone, between the outputs"));
  print(core::describe_table<io::SnapshotConfig>(
      "snapshot", "halos, nbody: the particles to read, or to start from"));
  print(core::describe_table<HaloConfig>("halos", "halos, nbody: what is found and measured"));
  print(core::describe_table<TidalConfig>("tidal", "halos, nbody: the tidal field at the halos"));
  print(core::describe_table<AbundanceConfig>("mass_function",
                                              "halos, nbody: halos counted by mass"));
  print(core::describe_table<GalaxyInput>("galaxies", "measure: the catalogue"));
  print(core::describe_table<GalaxyColumnNames>("columns",
                                                "measure: its columns, where it is another table"));
  print(core::describe_table<MeasureConfig>("measure", "measure: what, of which galaxies, where"));
  print(core::describe_table<RandomInput>(
      "randoms", "measure: random places, for wgg, wg_plus and xi of a light cone"));
  print(core::describe_table<FitConfig>("fit",
                                        "measure: strengths of alignment that would give an ED"));
  print(core::describe_table<NlaConfig>(
      "nla", "measure: the amplitude A_IA of w_g+, by [cosmology] and [spectra]"));
  print(core::describe_table<SkySpectraConfig>(
      "shear_spectra",
      "measure: II, GI and GG of galaxies on a cone ([cosmology], [spectra]: the theory)"));
  print(core::describe_table<HostConfig>("hosts", "populate: the halos that galaxies live in"));
  print(core::describe_table<io::HaloColumns>(
      "columns", "populate: names and units in a catalogue of halos that is any other table"));
  print(core::describe_table<galaxies::SyntheticConfig>(
      "synthetic", "populate: halos drawn at random, in place of a catalogue"));
  print(core::describe_table<galaxies::OccupationConfig>(
      "occupation", "populate: how many galaxies a halo holds"));
  print(core::describe_table<galaxies::SatelliteConfig>(
      "satellites", "populate: where satellites are and how they move"));
  print(core::describe_table<galaxies::OrientationConfig>("orientation",
                                                          "populate: axes of galaxies"));
  print(core::describe_table<galaxies::ObservationConfig>("observation",
                                                          "populate: how galaxies are seen"));
  print(core::describe_table<LensingConfig>(
      "lensing", "populate: the matter in front of galaxies on a light cone"));
  print(core::describe_table<GraphTable>("graphs", "graph: what graphs are made of"));
  print(core::describe_table<io::GroupLayout>(
      "layout", "graph: datasets of catalogues in the layout of TNG ([snapshot]: their units)"));
  print(core::describe_table<GalaxyColumnConfig>("galaxy_columns",
                                                 "graph: galaxies in any other table"));
  print(core::describe_table<graph::DigitConfig>("digits", "graph: pictures of digits"));
#ifdef SHEARWATER_LEARN
  print(core::describe_table<ExamplesConfig>("examples", "train: where examples come from"));
  print(core::describe_table<learn::NetworkConfig>("network", "train: the network"));
  print(core::describe_table<learn::TrainConfig>("train", "train: how it is trained"));
  print(core::describe_table<bridge::GraphsConfig>(
      "graphs", "train: halo graphs, to train a generator of orientations in place of a network"));
  print(core::describe_table<learn::GeneratorConfig>("generator", "train: the generator"));
  print(core::describe_table<learn::ClassifierConfig>(
      "classifier", "train: a classifier of graphs by the values of their nodes"));
  print(core::describe_table<TrainingDataConfig>(
      "training_data", "train: what the generator's card says of the graphs"));
  print(core::describe_table<ModelConfig>(
      "model", "calibrate, infer: the trained model; populate: a generator of the orientations"));
  print(core::describe_table<CalibrationTable>("calibrate", "calibrate: the tests"));
  print(core::describe_table<inference::OrientationTestConfig>(
      "calibrate", "calibrate: the tests of a generator of orientations"));
  print(core::describe_table<JudgedGraphs>("graphs", "calibrate: the halos that it is judged by"));
  print(core::describe_table<inference::DigitTestConfig>(
      "digit_test", "calibrate: the tests of a generator of digits"));
  print(core::describe_table<JudgeConfig>("classifier", "calibrate: what looks at the digits"));
  print(core::describe_table<DigitGraphs>("graphs", "calibrate: the digits that are true"));
  print(core::describe_table<galaxies::OrientationConfig>(
      "truth", "calibrate: what a mock's orientations were drawn from"));
  print(core::describe_table<InferConfig>(
      "infer", "infer: the map, the samples and a chain to compare with"));
  print("# infer: another prior to reweight the samples to, as [prior.NAME]\n# [new_prior.NAME]\n");
#endif
  print(core::describe_table<OutputConfig>("output",
                                           "every command: where results go; --out overrides it"));
  print("# run: a list of commands, each as\n" +
        core::describe_table<Step>("[step]", "one command of a chain"));
  return core::ExitCode::done;
}

core::ExitCode validate(CommandLine const& line) {
  auto const command = check_input(core::Config::from_file(line.target, line.set), line);
  core::log_info(fmt::format("{}: a valid input of `{}`", line.target, command));
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
