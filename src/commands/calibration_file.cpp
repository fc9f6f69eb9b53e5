// SPDX-License-Identifier: BSD-3-Clause
#include "calibration_file.hpp"

#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

void write_calibration(parallel::Communicator const& comm, std::string const& path,
                       inference::CalibrationResult const& result,
                       core::Provenance const& provenance, bool overwrite) {
  auto const rows = result.config.simulations;
  auto const parameters = static_cast<std::int64_t>(result.names.size());
  io::OutputOptions options;
  options.existing = overwrite ? io::Existing::replace : io::Existing::refuse;
  auto const& band = result.tarp_band;
  auto const levels = static_cast<std::int64_t>(band.z.size());
  options.expected_bytes = rows * (16 * parameters + 24) + 32 * levels;
  io::OutputFile file(comm, path, "calibration", provenance, options);
  auto const put = [&]<class T>(std::string const& name, io::Shape const& shape,
                                std::vector<T> const& values, std::string const& description) {
    file.put_from_root<T>(name, shape, values, {"1", description});
  };
  put("ranks", {rows, parameters}, result.ranks,
      "rank of the true parameter among its posterior samples");
  put("truths", {rows, parameters}, result.truths, "parameters that the maps were simulated with");
  put("log_density", {rows}, result.log_density, "ln q(true parameters | map)");
  put("coverage_ranks", {rows}, result.coverage_ranks,
      "rank of ln q(truth) among those of the samples");
  put("tarp_ranks", {rows}, result.tarp_ranks,
      "rank of the distance of the truth from a random point");
  put("tarp_level", {levels}, band.z, "credibility levels of the random-point regions");
  put("tarp_coverage", {levels}, band.value,
      "expected coverage: fraction of simulations whose region of this level holds the truth");
  put("tarp_band_lower", {levels}, band.lower,
      "lower edge of the simultaneous bootstrap band of tarp_coverage");
  put("tarp_band_upper", {levels}, band.upper, "its upper edge");
  file.attribute("tarp_coverage", "confidence", band.confidence);
  file.attribute("tarp_coverage", "replicas", band.replicas);
  file.attribute("ranks", "parameter_names", result.names);
  file.attribute("ranks", "samples", result.config.samples);
  file.attribute("ranks", "bins", result.config.bins);
  file.attribute("ranks", "seed", result.config.seed);
  file.attribute("ranks", "gate", result.config.gate);
  file.attribute("ranks", "information", result.information);
  file.commit();
}

inference::CalibrationResult read_calibration_file(std::string const& path) {
  io::InputFile const file(path);
  file.check_schema("calibration");
  inference::CalibrationConfig config;
  config.simulations = file.info("ranks").shape.at(0);
  config.samples = file.integer("ranks", "samples");
  config.bins = file.integer("ranks", "bins");
  config.seed = file.integer("ranks", "seed");
  config.gate = file.number("ranks", "gate");
  auto result = inference::calibration_from_ranks(
      file.texts("ranks", "parameter_names"), file.values<std::int64_t>("ranks"),
      file.values<std::int64_t>("coverage_ranks"), file.values<std::int64_t>("tarp_ranks"), config);
  result.information = file.number("ranks", "information");
  return result;
}

}  // namespace shearwater::commands
