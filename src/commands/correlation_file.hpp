// SPDX-License-Identifier: BSD-3-Clause
// Files of measured correlations: "correlations".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alignment_fit.hpp"
#include "halo_pictures.hpp"
#include "nla_file.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/io/files.hpp"
#include "shearwater/io/sacc.hpp"

namespace shearwater::commands {

/// A measured catalogue.
struct CorrelationFile {
  std::string label;
  bool truth = false;
  std::string axis = "major", space = "real", shapes = "all", places = "all", line_of_sight = "z";
  std::string reference;
  double box_side = 0, scale_factor = 0, pi_max = 0;
  std::int64_t jackknife = 1;
  std::vector<std::int64_t> samples;  ///< galaxies with shapes, and about which
  std::vector<galaxies::Correlation> correlations;
  RatioCounts ratios;
  HaloPictures pictures;
  std::string fit_target;  ///< empty: no fit
  galaxies::StrengthFit fit;
  std::optional<galaxies::NlaFit> nla;
  std::string nla_source;  ///< what it was fitted to
};

/// Collective over comm.
void write_correlations(parallel::Communicator const& comm, std::string const& path,
                        CorrelationFile const& content, core::Provenance const& provenance,
                        io::Existing existing);
CorrelationFile read_correlations(std::string const& path);

/// The same as text: one row for each bin of each statistic, in the form ECSV that astropy reads.
/// file   name of the file that holds the covariances
std::string correlations_table(CorrelationFile const& content, std::string const& file);

/// The same for SACC: statistics of all pairs, bins without pairs left out. The covariance is that
/// of each statistic alone: zero between them; none without a jackknife.
io::SaccData correlations_sacc(CorrelationFile const& content);

/// "ed" of "ed_one_halo".
std::string statistic_of(std::string const& correlation);

}  // namespace shearwater::commands
