// SPDX-License-Identifier: BSD-3-Clause
// `shearwater measure` with [shear_spectra]: its input, its galaxies and the theory beside them.
#pragma once

#include <string>
#include <vector>

#include "measure_job.hpp"
#include "shearwater/cosmology/parameters.hpp"
#include "shearwater/cosmology/redshift_distribution.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"
#include "shearwater/io/galaxy_file.hpp"
#include "shearwater/lensing/shape_spectra.hpp"

namespace shearwater::commands {

/// Table [shear_spectra].
struct SkySpectraConfig {
  double ra_deg = 0, dec_deg = 0, width_deg = 5;
  std::int64_t pixels = 256;
  std::vector<double> redshifts = {0, 20};
  std::string redshift = "observed", shapes = "all";
  std::int64_t bands = 8;
  double l_min = 0, l_max = 0;
  std::vector<double> edges;
  std::int64_t cells = 8, redshift_cells = 20;
  double smoothing = 0;
  void describe(core::Fields& field);
  fields::FlatSky sky() const { return {pixels, width_deg}; }
  std::int64_t bins() const { return std::ssize(redshifts) - 1; }
  /// Multipoles. Throws InputError where there are none.
  std::vector<double> band_edges() const;
};

struct SpectraJob {
  GalaxyInput galaxies;
  SkySpectraConfig spectra;
  cosmology::Cosmology cosmology;
  cosmology::SpectraConfig theory;  ///< alignment_amplitude 0 stands for 1
  std::string folder;               ///< that a table of the power is named from
  std::string output;

  double amplitude() const {
    return theory.alignment_amplitude == 0 ? 1 : theory.alignment_amplitude;
  }
};
/// Collective over comm.
core::ExitCode measure_spectra(parallel::Communicator const& comm, core::Config& config,
                               CommandLine const& line);
SpectraJob read_spectra_job(core::Config& config, CommandLine const& line);
InputFiles inputs_of(SpectraJob const& job);

/// Throws InputError for a catalogue that is not of a light cone, lacks what spectra need or
/// contradicts the cosmology.
io::GalaxyReader open_field(SpectraJob const& job);

/// Galaxies of this rank in the field.
struct FieldGalaxies {
  lensing::FieldShapes shapes;
  std::vector<double> redshift;  ///< cosmological
  std::int64_t left_out = 0;     ///< in the field and in a bin, of unknown shear
};
/// Collective over comm. Throws, on all ranks, what open_field() does, and InputError for values
/// that no galaxy has.
FieldGalaxies read_field_galaxies(parallel::Communicator const& comm, SpectraJob const& job);

/// Numbers of galaxies by cosmological redshift, in equal cells between the first and the last one
/// of each bin.
struct RedshiftCounts {
  std::vector<double> edges;   ///< (bins, cells + 1)
  std::vector<double> number;  ///< (bins, cells) weights, the largest one 1
  std::vector<cosmology::RedshiftDistribution> distributions;  ///< the same, as steps
};
/// Collective over comm.
RedshiftCounts count_redshifts(parallel::Communicator const& comm, SpectraJob const& job,
                               FieldGalaxies const& galaxies);

/// Limber's spectra of the nonlinear alignment model, (pairs, multipoles).
struct TheorySpectra {
  std::vector<double> ell, gg, gi, ii;
  std::vector<double> shear_shape;  ///< (bins, bins, multipoles) one order of gi
  std::vector<double> unsmoothed;   ///< ii without the smoothing
};
/// Of these redshifts. With a smoothing length R of the tides that shapes follow, the power of ii
/// has exp(-k^2 R^2) and that of gi exp(-k^2 R^2 / 2).
TheorySpectra theory_spectra(SpectraJob const& job, RedshiftCounts const& counts);

}  // namespace shearwater::commands
