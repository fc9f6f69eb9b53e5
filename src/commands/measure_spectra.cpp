// SPDX-License-Identifier: BSD-3-Clause
// `shearwater measure INPUT.toml` with [shear_spectra]: what alignments do to spectra of shear.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "shearwater/core/log.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/lensing/multipole_bands.hpp"
#include "spectra_file.hpp"

namespace shearwater::commands {

namespace {

std::string text_path(std::string const& output) {
  return std::filesystem::path(output).replace_extension(".ecsv").string();
}

/// After the HDF5 file, which it is never older than.
void write_missing(std::string const& text, SpectraFile const& content) {
  if (!std::filesystem::exists(text))
    io::write_file(text, spectra_table(content), io::Existing::refuse);
}

/// What is measured of theory, in words.
std::string said(lensing::TheoryRatio const& ratio) {
  if (ratio.bands == 0) return "not known (smoothing leaves no band half of its power)";
  return fmt::format("{:.3g} +- {:.2g}", ratio.value, ratio.error);
}

void claim_spectra(SpectraJob const& job, CommandLine const& line) {
  if (job.galaxies.file.empty())
    throw core::InputError("galaxies.file: name the galaxies there or by --in");
  auto const text = text_path(job.output);
  for (auto const& output : {job.output, text}) {
    protect_inputs(inputs_of(job), output);
    protect_inputs(std::vector{line.target}, output);
  }
  claim_file(job.output, line);
  claim_text(text, "{name: part, datatype: string}", job.output, line);
}

/// Throws InputError where there is no alignment in any band to compare with.
void check_theory(SpectraJob const& job, lensing::BandTheory const& theory) {
  double most = 0;
  for (std::size_t n = 0; n < theory.ii.size(); ++n)
    if (theory.unsmoothed[n] > 0) most = std::max(most, theory.ii[n] / theory.unsmoothed[n]);
  if (!(most > 1e-3))
    throw core::InputError(fmt::format(
        "shear_spectra.smoothing = {:g}: leaves {:.2g} at most of the power of alignments in any "
        "band: there is no theory to compare with; take the smoothing of the mock, or bands of "
        "lower multipoles",
        job.spectra.smoothing, most));
}

/// Collective over comm; throws Stopped where asked to stop.
SpectraFile measure_all(parallel::Communicator const& comm, SpectraJob const& job,
                        core::RunControl const& control) {
  auto const pause = [&] { stop_if_asked(comm, control); };
  auto const& spectra = job.spectra;
  auto const galaxies = read_field_galaxies(comm, job);
  auto const edges = spectra.band_edges();
  SpectraFile result;
  result.label = job.galaxies.label;
  result.bins = spectra.bins();
  result.amplitude = job.amplitude();
  result.smoothing = spectra.smoothing;
  result.width_deg = spectra.width_deg;
  result.left_out = comm.sum(galaxies.left_out);
  result.measured = lensing::shape_spectra(comm, spectra.sky(), galaxies.shapes, spectra.bins(),
                                           edges, spectra.cells, pause);
  auto const counts = count_redshifts(comm, job, galaxies);
  result.redshift_edges = counts.edges;
  result.redshift_number = counts.number;
  comm.together([&] { result.theory = theory_spectra(job, counts); });
  auto const& ell = result.theory.ell;
  auto const in_bands = [&](std::vector<double> const& fine) {
    pause();
    std::vector<double> bands;
    for (std::size_t at = 0; at < fine.size(); at += ell.size()) {
      auto const of_pair =
          lensing::band_means(spectra.sky(), edges, ell, std::span(fine).subspan(at, ell.size()));
      bands.insert(bands.end(), of_pair.begin(), of_pair.end());
    }
    return bands;
  };
  result.in_bands.gg = in_bands(result.theory.gg);
  result.in_bands.gi = in_bands(result.theory.gi);
  result.in_bands.ii = in_bands(result.theory.ii);
  result.in_bands.shear_shape = in_bands(result.theory.shear_shape);
  result.in_bands.unsmoothed = in_bands(result.theory.unsmoothed);
  check_theory(job, result.in_bands);
  return result;
}

}  // namespace

core::ExitCode measure_spectra(parallel::Communicator const& comm, core::Config& config,
                               CommandLine const& line) {
  auto const job = read_spectra_job(config, line);
  comm.on_root([&] { claim_spectra(job, line); });
  auto const facts = hashes_of(comm, inputs_of(job));
  auto const text = text_path(job.output);
  if (is_finished(comm, line, job.output, "shear spectra", {config.resolved(), facts})) {
    auto const write = [&] { write_missing(text, read_spectra(job.output)); };
    comm.on_root([&] { mend_text(job.output, write); });
    return core::ExitCode::done;
  }
  core::Timer const timer;
  SpectraFile result;
  try {
    result = measure_all(comm, job, run_control(line, job.output));
  } catch (Stopped const& stopped) {
    core::log_info(
        fmt::format("{}: stopped ({}) before all spectra were taken; none is kept: run again, "
                    "and it starts anew",
                    job.output, stopped.reason));
    return core::ExitCode::stopped;
  }
  auto provenance = core::make_provenance("measure", config.resolved(), comm.size());
  provenance.add_origin("galaxies", job.galaxies.file);
  provenance.origin.insert(provenance.origin.end(), facts.begin(), facts.end());
  provenance.add_run("seconds", fmt::format("{:.3f}", timer.seconds()));
  auto const existing = line.overwrite ? io::Existing::replace : io::Existing::refuse;
  comm.on_root([&] {
    if (line.overwrite) std::filesystem::remove(text);
  });
  write_spectra(comm, job.output, result, provenance, existing);
  comm.on_root([&] { write_missing(text, result); });
  if (auto const doubt = doubt_of(result); !doubt.empty())
    core::log_warning(fmt::format("{}: {}", job.output, doubt));
  auto const gi = lensing::theory_ratio(result.measured, result.in_bands, lensing::SpectraPart::gi);
  auto const ii = lensing::theory_ratio(result.measured, result.in_bands, lensing::SpectraPart::ii);
  core::log_info(fmt::format(
      "{}: II {} and GI {} of theory with A_IA = {:g}; {} galaxies of unknown shear left out; also "
      "as {}",
      job.output, said(ii), said(gi), result.amplitude, result.left_out, text));
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
