// SPDX-License-Identifier: BSD-3-Clause
// Files of posteriors ("posterior"), one per observed map along the leading axis `map`:
//   /ra, /dec (map) [deg], /flags (map) int32
//   /samples (map, sample, P), /weights (map, sample), /log_density (map, sample)
//   /derived (map, sample, D), where there are derived parameters
//   /comparison, where the first map's samples were compared with a reference chain: attributes
//     reference (its name), figure_of_merit, reference_figure_of_merit, distance (of the means, in
//     the chain's covariance), c2st and c2st_rows (0: not computed)
//   /mixture/weights (map, K), /mixture/means (map, K, P), /mixture/scale_tril (map, K, P, P)
// The mixture lives in the prior's unbounded standardised space; samples in the parameters' own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::io {

/// Bits of /flags.
enum PosteriorFlag : std::int32_t {
  posterior_no_position = 1,  ///< ra and dec are not known (stored as 0)
  posterior_reweighted = 2,   ///< weights change the prior
  posterior_mock_data = 4,    ///< the map was simulated by this program
  posterior_unseen_mask = 8   ///< pixels are hidden, but the network was trained on whole maps
};

/// The group /comparison.
struct StoredComparison {
  std::string reference;
  double figure_of_merit = 0, reference_figure_of_merit = 0, distance = 0, c2st = 0;
  std::int64_t c2st_rows = 0;
};

struct PosteriorData {
  std::vector<std::string> parameter_names, derived_names;
  std::int64_t maps = 0, samples = 0, components = 0;
  std::vector<double> ra, dec;             ///< (maps) [deg]
  std::vector<std::int32_t> flags;         ///< (maps)
  std::vector<double> values;              ///< (maps, samples, P)
  std::vector<double> weights;             ///< (maps, samples)
  std::vector<double> log_density;         ///< (maps, samples), natural log
  std::vector<double> derived;             ///< (maps, samples, D)
  std::vector<double> mixture_weights;     ///< (maps, K)
  std::vector<double> mixture_means;       ///< (maps, K, P)
  std::vector<double> mixture_scale_tril;  ///< (maps, K, P, P), lower Cholesky factors
  std::optional<StoredComparison> comparison;
};

/// Collective over comm: `mine` holds this rank's maps, consecutive in rank order (a rank may have
/// none); names, counts of samples and components and the comparison are the same on all ranks.
/// Throws as OutputFile does, InternalError when a length does not fit.
void write_posterior(parallel::Communicator const& comm, std::string const& path,
                     PosteriorData const& mine, core::Provenance const& provenance,
                     Existing existing = Existing::refuse);

/// All maps of a file. Throws InputError for another schema, shape or unit, or values that are not
/// finite; IoError for a damaged file. Not collective.
PosteriorData read_posterior(std::string const& path);

}  // namespace shearwater::io
