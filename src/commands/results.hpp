// SPDX-License-Identifier: BSD-3-Clause
// The inputs and output files of the commands that use a trained model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"
#include "models.hpp"
#include "shearwater/inference/calibration.hpp"
#include "shearwater/inference/samples.hpp"
#include "shearwater/io/map_file.hpp"

namespace shearwater::commands {

/// Table [calibrate]: the test, and the key that belongs to the simulator.
struct CalibrationTable : inference::CalibrationConfig {
  std::int64_t simulation_seed = 1000003;
  void describe(core::Fields& field);
};

struct CalibrationJob {
  inference::CalibrationConfig calibration;
  ModelConfig model;
  std::int64_t simulation_seed = 0;
  std::string file;
};
CalibrationJob read_calibration(core::Config& config, CommandLine const& line);

/// Table [infer].
struct InferConfig {
  std::string map;
  std::string dataset = "maps";
  std::string unit = "1";
  bool mock_if_missing = false;
  std::int64_t mock_seed = 4;
  std::int64_t samples = 10000;
  std::int64_t seed = 3;
  std::string reference_chain;
  std::string reference_name = "reference chain";
  double ra_deg = 0, dec_deg = 0;
  bool has_position = false;
  void describe(core::Fields& field);
};

struct InferJob {
  InferConfig infer;
  ModelConfig model;
  std::optional<statistics::Prior> new_prior;
  std::string folder;
};
InferJob read_inference(core::Config& config, CommandLine const& line);

/// The map that was asked for, or a mock where it is missing and the input allows one.
struct Observation {
  io::MapStack maps;
  std::string origin;  ///< file, or what the mock is
  bool mock = false;
  std::vector<double> truths;  ///< parameters of a mock
};
/// Collective over comm: hash of the map file, or "mock" where there is none.
std::string observation_hash(parallel::Communicator const& comm, InferJob const& job);
/// Collective over comm.
Observation find_observation(parallel::Communicator const& comm, InferJob const& job,
                             Model const& model);

/// For each map, whether it hides pixels from a network that was trained on whole maps: it takes
/// them for pixels of zero convergence. Warns once.
std::vector<bool> unseen_masks(Observation const& observation, Model const& model);

/// What a network reads of an observation: maps, mask, noise and summaries.
bridge::Batch network_input(Observation const& observation, Model const& model);

/// A reference chain (.npy of samples x parameters, or the root of a GetDist chain) as samples of
/// equal weight.
struct Reference {
  std::string name;
  std::vector<double> samples;  ///< (n, P)
};
/// Collective over comm: what the input names, where it is there. Throws InputError where it lacks
/// a parameter or has fewer than 100 samples of equal weight.
std::optional<Reference> find_reference(parallel::Communicator const& comm, InferJob const& job,
                                        statistics::Prior const& prior);

}  // namespace shearwater::commands
