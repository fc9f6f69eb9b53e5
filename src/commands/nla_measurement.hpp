// SPDX-License-Identifier: BSD-3-Clause
// The amplitude A_IA of measured galaxies, or of a table of w_g+.
#pragma once

#include <vector>

#include "nla_job.hpp"
#include "shearwater/galaxies/nla_fit.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::commands {

/// Collective over comm: the values of the input's table, all of them.
galaxies::ProjectedData read_projected_data(parallel::Communicator const& comm,
                                            NlaConfig const& config);

/// What the fit is made with, beside [nla].
struct NlaSample {
  double pi_max = 0;        ///< [Mpc/h]
  double scale_factor = 0;  ///< of the galaxies' file; 0: not known
  std::int64_t regions = 0;
  bool one_sample = true;  ///< shapes and places are of the same galaxies
};

/// Throws InputError, before any pair is summed, where galaxies measured in bins of these edges
/// could not be fitted: without a redshift, by too few bins or regions, or by a wgg of two samples.
void check_amplitude(NlaJob const& job, NlaSample const& sample, std::vector<double> const& edges);

/// Fits to `table` (not null) or to w_g+, and w_gg where the bias is not given, of `measured`.
/// Throws InputError for what is missing.
galaxies::NlaFit fit_amplitude(NlaJob const& job, NlaSample const& sample,
                               galaxies::ProjectedData const* table,
                               std::vector<galaxies::Correlation> const& measured);

}  // namespace shearwater::commands
