// SPDX-License-Identifier: BSD-3-Clause
// Files of measured spectra of shapes and shears: "shear spectra".
#pragma once

#include "shearwater/core/provenance.hpp"
#include "shearwater/io/files.hpp"
#include "shearwater/lensing/theory_ratio.hpp"
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
  lensing::BandTheory in_bands;
  TheorySpectra theory;
  std::vector<double> redshift_edges, redshift_number;  ///< of RedshiftCounts

  std::int64_t pairs() const { return bins * (bins + 1) / 2; }
  /// Whether lensing::theory_ratio can be asked: files of older programs lack parts of the theory.
  bool has_whole_theory() const {
    return !in_bands.shear_shape.empty() && !in_bands.unsmoothed.empty();
  }
};

/// Collective over comm.
void write_spectra(parallel::Communicator const& comm, std::string const& path,
                   SpectraFile const& content, core::Provenance const& provenance,
                   io::Existing existing);
/// What a file of an older program lacks is empty, or as in a new SpectraFile.
SpectraFile read_spectra(std::string const& path);

/// A sentence where it is not known how much of the field was observed, or how much of the theory
/// there is; else empty.
std::string doubt_of(SpectraFile const& content);

/// The same as text: one row for each part, pair of bins and band, in the form ECSV.
std::string spectra_table(SpectraFile const& content);

}  // namespace shearwater::commands
