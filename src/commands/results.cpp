// SPDX-License-Identifier: BSD-3-Clause
#include "results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "shearwater/core/log.hpp"
#include "shearwater/io/chain.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/io/npy.hpp"
#include "sources.hpp"

namespace shearwater::commands {

void CalibrationTable::describe(core::Fields& field) {
  inference::CalibrationConfig::describe(field);
  field("simulation_seed", simulation_seed, "", "seed of the maps; not that of the training")
      .at_least(0);
}

CalibrationJob read_calibration(core::Config& config, CommandLine const& line) {
  require_host(line);
  CalibrationJob job;
  if (!line.in.empty()) config.set("model", "path", absolute_path(line.in));
  auto const table = config.read<CalibrationTable>("calibrate");
  table.check();
  job.calibration = table;
  job.simulation_seed = table.simulation_seed;
  job.model = config.read<ModelConfig>("model");
  job.file = output_path(config, line, "calibration.h5");
  config.refuse_unread();
  return job;
}

void InferConfig::describe(core::Fields& field) {
  field("map", map, "",
        "map to infer from (HDF5, FITS or .npy); ${NAME} stands for an environment variable")
      .path();
  field("dataset", dataset, "", "name of the maps in an HDF5 file");
  field("unit", unit, "", "unit that the file must state; convergence has none, so 1");
  field("mock_if_missing", mock_if_missing, "", "simulate a map where the map cannot be found");
  field("mock_seed", mock_seed, "", "seed of that simulation").at_least(0);
  field("samples", samples, "", "posterior samples of each map").between(100, 1e8);
  field("seed", seed, "", "seed of the samples").at_least(0);
  field("reference_chain", reference_chain, "",
        "samples to compare with: .npy with the prior's parameters as columns in their order, or "
        "root of a GetDist chain that has them by name; may be missing")
      .path();
  field("reference_name", reference_name, "", "what the reference is called in the report");
  field("has_position", has_position, "", "store the position below with the posterior");
  field("ra_deg", ra_deg, "deg", "right ascension of the map's centre").between(0, 360);
  field("dec_deg", dec_deg, "deg", "declination of the map's centre").between(-90, 90);
}

InferJob read_inference(core::Config& config, CommandLine const& line) {
  require_host(line);
  InferJob job;
  if (!line.in.empty()) config.set("infer", "map", absolute_path(line.in));
  job.infer = config.read<InferConfig>("infer");
  job.model = config.read<ModelConfig>("model");
  if (config.has("new_prior")) job.new_prior = statistics::Prior::from_config(config, "new_prior");
  job.infer.map = config.path_from(job.infer.map);
  job.infer.reference_chain = config.path_from(job.infer.reference_chain);
  job.folder = output_path(config, line, "posterior");
  config.refuse_unread();
  return job;
}

namespace {

io::MapStack mock_maps(bridge::Batch const& batch, bridge::ExampleShape const& shape) {
  io::MapStack maps;
  auto const* values = bridge::host_data<float>(batch.at("maps"));
  maps.values.assign(values, values + batch.at("maps").size());
  maps.count = 1;
  maps.bins = shape.channels;
  maps.pixels = shape.pixels;
  auto const copy = [&](char const* name, std::vector<float>& target, std::int64_t& rows) {
    if (!batch.contains(name)) return;
    auto const* data = bridge::host_data<float>(batch.at(name));
    target.assign(data, data + batch.at(name).size());
    rows = 1;
  };
  copy("mask", maps.mask, maps.masks);
  copy("noise", maps.noise, maps.noises);
  return maps;
}

}  // namespace

std::string observation_hash(parallel::Communicator const& comm, InferJob const& job) {
  return from_root(comm, [&] {
    bool const there = !job.infer.map.empty() && std::filesystem::exists(job.infer.map);
    return there ? io::content_hash(job.infer.map) : "mock";
  });
}

Observation find_observation(parallel::Communicator const& comm, InferJob const& job,
                             Model const& model) {
  bool const there = comm.all(!job.infer.map.empty() && std::filesystem::exists(job.infer.map));
  auto const& shape = model.predictor.shape();
  Observation observation;
  if (there) {
    comm.together([&] {
      observation.maps = io::read_maps(
          {job.infer.map, job.infer.dataset, shape.channels, shape.pixels, job.infer.unit});
    });
    observation.origin = job.infer.map;
    return observation;
  }
  auto const wanted = job.infer.map.empty()
                          ? std::string("no map was named (an environment variable may be unset)")
                          : job.infer.map + " does not exist";
  if (!job.infer.mock_if_missing) {
    auto const message = fmt::format(
        "infer.map: {}; name a map by --in, or set infer.mock_if_missing = true to simulate one",
        wanted);
    if (job.infer.map.empty()) throw core::InputError(message);
    throw core::IoError(message);
  }
  core::log_info(fmt::format("{}: inferring from a mock of our own", wanted));
  auto const batch = simulator_of(model, "infer.mock_seed", job.infer.mock_seed)->examples(0, 1);
  observation.maps = mock_maps(batch, shape);
  observation.origin = fmt::format("mock simulated by this program, seed {}", job.infer.mock_seed);
  observation.mock = true;
  auto const* truths = bridge::host_data<double>(batch.at("parameters"));
  observation.truths.assign(truths, truths + shape.parameters);
  return observation;
}

std::vector<bool> unseen_masks(Observation const& observation, Model const& model) {
  auto const& maps = observation.maps;
  std::vector<bool> unseen(static_cast<std::size_t>(maps.count), false);
  if (model.predictor.shape().mask || maps.masks == 0) return unseen;
  auto const pixels = static_cast<std::size_t>(maps.pixels * maps.pixels);
  std::size_t hidden = 0;
  for (std::size_t map = 0; map < unseen.size(); ++map) {
    auto const mask = std::span(maps.mask).subspan(maps.masks == 1 ? 0 : map * pixels, pixels);
    auto const count = std::ranges::count_if(mask, [](float value) { return !(value > 0.5F); });
    unseen[map] = count > 0;
    hidden = std::max(hidden, static_cast<std::size_t>(count));
  }
  if (hidden > 0)
    core::log_warning(fmt::format(
        "{}: its mask hides up to {:.1f} % of a map, but {} was trained on whole maps and takes "
        "hidden pixels for zero convergence: the posterior may be wrong; use a model trained with "
        "[mask] masked_fraction near that, or cut the map",
        observation.origin, 100.0 * static_cast<double>(hidden) / static_cast<double>(pixels),
        model.folder));
  return unseen;
}

bridge::Batch network_input(Observation const& observation, Model const& model) {
  auto maps = observation.maps;  // observe() takes pointers to what it may change
  auto const repeat = [&](std::vector<float>& rows, std::int64_t given) {
    // One mask for all maps is stored once.
    auto const one = rows;
    for (std::int64_t i = given; i < maps.count; ++i)
      rows.insert(rows.end(), one.begin(), one.end());
  };
  if (maps.masks > 0) repeat(maps.mask, maps.masks);
  if (maps.noises > 0) repeat(maps.noise, maps.noises);
  auto const N = maps.pixels;
  auto const values = bridge::array_ref(maps.values.data(), {maps.count, maps.bins, N, N});
  auto const mask = bridge::array_ref(maps.mask.data(), {maps.count, 1, N, N});
  auto const noise = bridge::array_ref(maps.noise.data(), {maps.count, maps.bins, N, N});
  bridge::SimulatorSource const features(read_simulator(model.description));
  return features.observe(values, maps.masks > 0 ? &mask : nullptr,
                          maps.noises > 0 ? &noise : nullptr);
}

namespace {

// Of a reference chain: its covariance and the folds of a C2ST mean little with fewer.
constexpr std::int64_t fewest_reference_rows = 100;

/// Columns of a GetDist chain by the names of the prior, as rows of equal weight.
std::vector<double> chain_samples(std::string const& root, statistics::Prior const& prior) {
  auto const chain = io::read_chain(root);
  auto const columns = chain.parameters.size();
  std::vector<std::size_t> wanted;
  for (auto const& name : prior.names()) {
    auto const found = std::ranges::find(chain.parameters, name, &io::ChainParameter::name);
    if (found == chain.parameters.end())
      throw core::InputError(
          fmt::format("{}.paramnames has no '{}': a reference chain needs every parameter of the "
                      "model, by its name",
                      root, name));
    wanted.push_back(static_cast<std::size_t>(found - chain.parameters.begin()));
  }
  std::vector<double> samples;
  for (std::size_t row = 0; row < chain.weights.size(); ++row)
    for (auto const column : wanted) samples.push_back(chain.values[row * columns + column]);
  return inference::equally_weighted(samples, prior.size(), chain.weights);
}

std::vector<double> array_samples(std::string const& path, statistics::Prior const& prior) {
  auto const array = io::read_npy(path);
  if (array.shape.size() != 2 || array.shape[1] != prior.size())
    throw core::InputError(
        fmt::format("{}: a reference chain has one row per sample and one column per parameter, "
                    "{} here, in the order of the prior",
                    path, prior.size()));
  return array.to_double();
}

}  // namespace

std::optional<Reference> find_reference(parallel::Communicator const& comm, InferJob const& job,
                                        statistics::Prior const& prior) {
  auto const& path = job.infer.reference_chain;
  bool const npy = path.ends_with(".npy");
  if (!comm.all(!path.empty() && std::filesystem::exists(npy ? path : path + ".paramnames")))
    return std::nullopt;
  Reference reference{job.infer.reference_name, {}};
  comm.together([&] {
    reference.samples = npy ? array_samples(path, prior) : chain_samples(path, prior);
    auto const rows = static_cast<std::int64_t>(reference.samples.size()) / prior.size();
    if (rows < fewest_reference_rows)
      throw core::InputError(
          fmt::format("{}: holds {} samples of equal weight, but at least {} are needed to compare "
                      "with: name a longer chain, or one of more even weights",
                      path, rows, fewest_reference_rows));
  });
  return reference;
}

}  // namespace shearwater::commands
