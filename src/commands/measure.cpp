// SPDX-License-Identifier: BSD-3-Clause
// `shearwater measure INPUT.toml`: correlations of the orientations and shapes of galaxies.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "correlation_file.hpp"
#include "nla_measurement.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/cosmology/background.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "spectra_job.hpp"

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
  bool const by_table = job.table_alone() && job.nla->pi_max > 0;
  result.pi_max = by_table ? job.nla->pi_max : measure.pi_max;
  result.jackknife = measure.jackknife;
  return result;
}

/// The same as text, beside the HDF5 file: gone before that is replaced and written after it, so
/// that none is older; --resume writes those that are not there.
struct TextFiles {
  std::string table, sacc;

  explicit TextFiles(std::string const& output)
      : table(std::filesystem::path(output).replace_extension(".ecsv").string()),
        sacc(std::filesystem::path(output).replace_extension(".sacc.fits").string()) {}

  void remove() const {
    for (auto const& path : {table, sacc}) std::filesystem::remove(path);
  }
  void write_missing(CorrelationFile const& result, std::string const& output) const {
    auto const name = std::filesystem::path(output).filename().string();
    if (!std::filesystem::exists(table))
      io::write_file(table, correlations_table(result, name), io::Existing::refuse);
    if (!std::filesystem::exists(sacc))
      io::write_sacc(sacc, correlations_sacc(result), io::Existing::refuse);
  }
};

/// Throws InputError where an output cannot be, or would replace what is read.
void claim_outputs(MeasureJob const& job, TextFiles const& text, CommandLine const& line) {
  if (job.input.empty() && !job.table_alone())
    throw core::InputError("galaxies.file: name the galaxies there or by --in");
  for (auto const& output : {job.output, text.table, text.sacc}) {
    protect_inputs(inputs_of(job), output);
    protect_inputs(std::vector{line.target}, output);
  }
  claim_file(job.output, line);
  if (job.table_alone()) return;
  claim_text(text.table, "{name: statistic, datatype: string}", job.output, line);
  claim_text(text.sacc, "SACCFVER=", job.output, line);
}

/// Throws InputError for a galaxy of a light cone that is not where its redshift is in this
/// universe.
void check_distances(cosmology::Cosmology const& universe, io::GalaxyCatalogue const& rows) {
  cosmology::Background const background(universe);
  for (std::size_t i = 0; i < rows.z_cos.size(); ++i) {
    auto const* const x = &rows.position[3 * i];
    auto const z = static_cast<double>(rows.z_cos[i]);
    double const distance = std::hypot(x[0], x[1], x[2]);
    double const ours = z >= 0 && z < 1000 ? background.comoving_distance(z) : 0;
    if (!(std::abs(ours - distance) <= std::max(1e-3 * distance, 0.01)))
      throw core::InputError(fmt::format(
          "cosmology: the galaxy of id {} at redshift {:g} is {:.6g} Mpc/h away in its file, but "
          "{:.6g} Mpc/h by [cosmology], more than 0.1 % apart: correct its omega_c, omega_b, "
          "omega_k, omega_r, w_0 and w_a to those of the galaxies",
          rows.id[i], z, distance, ours));
  }
}

/// Collective over comm. Throws InputError where the galaxies are of another universe than theory
/// and random places.
void check_universe(parallel::Communicator const& comm, cosmology::Cosmology const& universe,
                    MeasuredGalaxies const& galaxies) {
  auto const& rows = galaxies.rows;
  if (galaxies.on_sky) comm.together([&] { check_distances(universe, rows); });
  if (rows.omega_m > 0 && std::abs(universe.omega_m() / rows.omega_m - 1) > 0.02)
    throw core::InputError(
        fmt::format("cosmology: omega_c + omega_b = {:g}, but the galaxies' file says {:g}, more "
                    "than 2 % apart: give the cosmology of the galaxies",
                    universe.omega_m(), rows.omega_m));
}

NlaSample nla_sample(MeasureJob const& job, double scale_factor) {
  return {job.measure.pi_max, scale_factor, job.measure.regions(),
          job.measure.shapes == job.measure.places};
}

/// What fits are made to, of tables that are read before any pair is summed.
struct GivenTables {
  galaxies::AlignmentTarget target;               ///< of [fit]
  std::optional<galaxies::ProjectedData> w_plus;  ///< of [nla] with a file
};

/// Collective over comm.
GivenTables read_given_tables(parallel::Communicator const& comm, MeasureJob const& job) {
  GivenTables given;
  if (job.fit) given.target = read_fit_target(comm, *job.fit);
  if (job.nla && !job.nla->file.empty()) given.w_plus = read_projected_data(comm, *job.nla);
  return given;
}

/// Collective over comm: what [nla] asks for.
void fit_nla_model(parallel::Communicator const& comm, MeasureJob const& job,
                   GivenTables const& given, CorrelationFile& result) {
  if (!job.nla) return;
  auto const sample = nla_sample(job, result.scale_factor);
  auto const* const table = given.w_plus ? &*given.w_plus : nullptr;
  comm.together([&] { result.nla = fit_amplitude(*job.nla, sample, table, result.correlations); });
  result.nla_source = table != nullptr ? job.nla->file : "w_g+ of these galaxies";
}

/// Collective over comm; throws Stopped where asked to stop.
CorrelationFile measure_all(parallel::Communicator const& comm, MeasureJob const& job,
                            MeasuredGalaxies& galaxies, GivenTables const& given,
                            core::RunControl const& control) {
  auto result = describe_result(job, galaxies);
  if (job.table_alone()) {
    fit_nla_model(comm, job, given, result);
    return result;
  }
  result.correlations = measure_correlations(comm, job.measure, galaxies, result.samples, control);
  result.ratios = count_axis_ratios(comm, galaxies.rows);
  result.pictures = take_pictures(comm, job.measure, galaxies);
  fit_nla_model(comm, job, given, result);
  if (job.fit) {
    result.fit = fit_alignment(comm, job.measure, *job.fit, given.target, galaxies, control);
    result.fit_target = given.target.name;
  }
  stop_if_asked(comm, control);
  return result;
}

}  // namespace

core::ExitCode measure(parallel::Communicator const& comm, CommandLine const& line) {
  auto config = read_input(comm, line);
  if (config.has("shear_spectra")) return measure_spectra(comm, config, line);
  auto const job = read_measure_job(config, line);
  auto const control = run_control(line, job.output);
  TextFiles const text(job.output);
  comm.on_root([&] { claim_outputs(job, text, line); });
  auto const facts = hashes_of(comm, inputs_of(job));
  if (is_finished(comm, line, job.output, "correlations", {config.resolved(), facts})) {
    auto const write = [&] { text.write_missing(read_correlations(job.output), job.output); };
    comm.on_root([&] {
      if (!job.table_alone()) mend_text(job.output, write);
    });
    return core::ExitCode::done;
  }
  core::Timer const timer;
  auto const given = read_given_tables(comm, job);
  MeasuredGalaxies galaxies;
  if (!job.table_alone()) galaxies = read_measured_galaxies(comm, job);
  if (job.universe) check_universe(comm, *job.universe, galaxies);
  if (job.nla)
    check_amplitude(*job.nla, nla_sample(job, galaxies.rows.scale_factor), job.measure.bin_edges());
  CorrelationFile result;
  try {
    result = measure_all(comm, job, galaxies, given, control);
  } catch (Stopped const& stopped) {
    core::log_info(
        fmt::format("{}: stopped ({}) before all pairs were summed; none is kept: run again, and "
                    "it starts anew",
                    job.output, stopped.reason));
    return core::ExitCode::stopped;
  }
  auto provenance = core::make_provenance("measure", config.resolved(), comm.size());
  provenance.add_origin(job.table_alone() ? "table" : "galaxies",
                        job.table_alone() ? job.nla->file : job.input);
  provenance.origin.insert(provenance.origin.end(), facts.begin(), facts.end());
  provenance.add_run("seconds", fmt::format("{:.3f}", timer.seconds()));
  auto const existing = line.overwrite ? io::Existing::replace : io::Existing::refuse;
  comm.on_root([&] {
    if (!job.table_alone() && line.overwrite) text.remove();
  });
  write_correlations(comm, job.output, result, provenance, existing);
  if (job.table_alone()) {
    core::log_info(fmt::format("{}: A_IA of {}", job.output, job.nla->file));
    return core::ExitCode::done;
  }
  comm.on_root([&] { text.write_missing(result, job.output); });
  core::log_info(fmt::format("{}: {} correlations of {} galaxies; also as {} and {}", job.output,
                             result.correlations.size(), galaxies.total, text.table, text.sacc));
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
