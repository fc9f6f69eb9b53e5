// SPDX-License-Identifier: BSD-3-Clause
// `shearwater measure INPUT.toml`: correlations of the orientations and shapes of galaxies.
#include <fmt/format.h>

#include <filesystem>

#include "correlation_file.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"

namespace shearwater::commands {

namespace {

CorrelationFile describe_result(MeasureJob const& job, MeasuredGalaxies const& galaxies) {
  CorrelationFile result;
  auto const& measure = job.measure;
  result.label = job.galaxies.label;
  result.truth = job.galaxies.truth;
  result.axis = measure.axis, result.space = measure.space;
  result.shapes = measure.shapes, result.places = measure.places;
  result.line_of_sight = measure.line_of_sight;
  result.reference = measure.reference;
  result.box_side = galaxies.rows.box_side;
  result.scale_factor = galaxies.rows.scale_factor;
  result.pi_max = measure.pi_max;
  result.jackknife = measure.jackknife;
  return result;
}

}  // namespace

core::ExitCode measure(parallel::Communicator const& comm, CommandLine const& line) {
  auto config = read_input(comm, line.target, line.set);
  auto const job = read_measure_job(config, line);
  auto const table = std::filesystem::path(job.output).replace_extension(".ecsv").string();
  auto const sacc = std::filesystem::path(job.output).replace_extension(".sacc.fits").string();
  std::string hash;
  comm.on_root([&] {
    if (job.input.empty())
      throw core::InputError("galaxies.file: name the galaxies there or by --in");
    claim_file(job.output, line);
    if (table == job.output)
      throw core::InputError(fmt::format(
          "{}: an HDF5 file, beside which the same is written as text with this ending; name it "
          ".hdf5",
          job.output));
    if (!line.overwrite && !line.resume)
      for (auto const& path : {table, sacc}) io::require_writable(path, io::Existing::refuse);
    if (same_file(job.input, job.output))
      throw core::InputError(fmt::format(
          "{}: holds the galaxies to read; name another file for the correlations by --out",
          job.input));
    hash = core::hash_file(job.input);
  });
  core::Provenance::Facts const facts = {{"galaxies_hash", comm.broadcast(hash)}};
  if (is_finished(comm, line, job.output, "correlations", {config.resolved(), facts}))
    return core::ExitCode::done;
  core::Timer const timer;
  galaxies::AlignmentTarget target;
  if (job.fit) target = read_fit_target(comm, *job.fit);
  auto const galaxies = read_measured_galaxies(comm, job);
  auto result = describe_result(job, galaxies);
  result.correlations = measure_correlations(comm, job.measure, galaxies, result.samples);
  result.ratios = count_axis_ratios(comm, galaxies.rows);
  result.pictures = take_pictures(comm, job.measure, galaxies);
  if (job.fit) {
    result.fit = fit_alignment(comm, job.measure, *job.fit, target, galaxies);
    result.fit_target = target.name;
  }
  auto provenance = core::make_provenance("measure", config.resolved(), comm.size());
  provenance.add_origin("galaxies", job.input);
  provenance.origin.insert(provenance.origin.end(), facts.begin(), facts.end());
  provenance.add_run("seconds", fmt::format("{:.3f}", timer.seconds()));
  auto const existing =
      line.overwrite || line.resume ? io::Existing::replace : io::Existing::refuse;
  write_correlations(comm, job.output, result, provenance,
                     line.overwrite ? io::Existing::replace : io::Existing::refuse);
  auto const name = std::filesystem::path(job.output).filename().string();
  comm.on_root([&] {
    io::write_file(table, correlations_table(result, name), existing);
    io::write_sacc(sacc, correlations_sacc(result), existing);
  });
  core::log_info(fmt::format("{}: {} correlations of {} galaxies; also as {} and {}", job.output,
                             result.correlations.size(), galaxies.total, table, sacc));
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
