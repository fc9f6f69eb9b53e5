// SPDX-License-Identifier: BSD-3-Clause
// Files of measured spectra of shapes and shears: "shear spectra".
#pragma once

#include "shearwater/core/provenance.hpp"
#include "shearwater/io/files.hpp"
#include "spectra_job.hpp"

namespace shearwater::commands {

struct SpectraFile {
  std::string label;
  std::int64_t bins = 1;
  double amplitude = 1;  ///< A_IA of the theory
  double smoothing = 0;  ///< [Mpc/h]
  double width_deg = 0;
  std::int64_t left_out = 0;  ///< galaxies of unknown shear
  lensing::ShapeSpectra measured;
  std::vector<double> gg, gi, ii;  ///< theory in the bands, (pairs, bands)
  std::vector<double> unsmoothed;  ///< ii without the smoothing of the tides
  TheorySpectra theory;
  std::vector<double> redshift_edges, redshift_number;  ///< of RedshiftCounts

  std::int64_t pairs() const { return bins * (bins + 1) / 2; }
};

/// How much of its theory there is in a part ("gg", "gi" or "ii") of what was measured, over bands
/// and pairs of bins: the factor of least squares, and how far the factor 1 is from the data. Its
/// weights are those of Gaussian fields whose power is that of theory, B modes and noise: with the
/// measured E modes high values would get low weights, and the factor be too low. Bands where the
/// smoothing of the tides leaves less than half of the power of II of either bin are left out:
/// there is next to nothing of alignments, and what the clustering of galaxies mixes in is all.
struct TheoryRatio {
  double value = 0, error = 0;
  double chi_square = 0;  ///< of the theory itself
  std::int64_t bands = 0;
};
TheoryRatio fit_theory(SpectraFile const& content, std::string const& part);

/// Collective over comm.
void write_spectra(parallel::Communicator const& comm, std::string const& path,
                   SpectraFile const& content, core::Provenance const& provenance,
                   io::Existing existing);
SpectraFile read_spectra(std::string const& path);

/// The same as text: one row for each part, pair of bins and band, in the form ECSV.
std::string spectra_table(SpectraFile const& content);

}  // namespace shearwater::commands
