// SPDX-License-Identifier: BSD-3-Clause
// What is said about samples: marginal summaries, another prior, derived parameters, and how they
// compare with a reference chain. Samples are rows (n, parameters).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shearwater/cosmology/parameters.hpp"
#include "shearwater/statistics/prior.hpp"

namespace shearwater::inference {

struct ParameterSummary {
  std::string name;
  double mean = 0, sd = 0, median = 0;
  double low_68 = 0, high_68 = 0;  ///< 16 % and 84 % quantiles
  double low_95 = 0, high_95 = 0;  ///< 2.5 % and 97.5 % quantiles
};
/// An empty `weights` means equal weights.
std::vector<ParameterSummary> summarise(std::vector<std::string> const& names,
                                        std::span<double const> samples,
                                        std::span<double const> weights = {});

struct Reweighting {
  std::vector<double> weights;   ///< (n), mean one
  double effective_samples = 0;  ///< (sum w)^2 / sum w^2
};
/// Importance weights new_prior / old_prior of samples made under `old_prior`. A new prior that is
/// wider than the old one cannot be reached where there are no samples: the effective number says
/// how far to trust the result. Throws InputError when the parameters differ or no sample has
/// weight.
Reweighting reweight(std::span<double const> samples, statistics::Prior const& old_prior,
                     statistics::Prior const& new_prior);

struct DerivedParameters {
  std::vector<std::string> names;  ///< "S_8" and "Omega_m", those that the inference constrains
  std::vector<double> samples;     ///< (n, names.size())
};
/// S_8 = sigma_8 sqrt(Omega_m / 0.3) and Omega_m = omega_c + omega_b; what is not among `names` is
/// taken from `fixed`. S_8 is left out when the amplitude is a_s, both when neither sigma_8 nor a
/// density is inferred.
DerivedParameters derived_parameters(std::vector<std::string> const& names,
                                     std::span<double const> samples,
                                     cosmology::Cosmology const& fixed);

/// Posterior samples against a reference chain of the same parameters.
struct ChainComparison {
  double figure_of_merit = 0;            ///< 1 / sqrt(det C) of the samples
  double reference_figure_of_merit = 0;  ///< of the chain
  double ratio = 0;                      ///< the first over the second
  double distance = 0;         ///< of the means, in standard deviations of the chain's covariance
  double c2st = 0;             ///< statistics::c2st of `c2st_rows` rows each; 0.5 is best
  std::int64_t c2st_rows = 0;  ///< 0 where C2ST was not computed: weighted samples
};
/// samples (n, d), chain (m, d); rows for C2ST are taken evenly from both, at most `c2st_rows` and
/// no more than either has.
ChainComparison compare_with_chain(std::span<double const> samples, std::span<double const> chain,
                                   std::int64_t dimension, std::uint64_t seed,
                                   std::int64_t c2st_rows = 10000,
                                   std::span<double const> weights = {});

/// True when the weights differ, so that they matter.
bool are_weighted(std::span<double const> weights);

/// Rows of weighted samples (n, dimension) such that equal weights stand for theirs: rows at evenly
/// spaced sums of the weights, sum w / max w of them at most, so that none is taken twice (a C2ST
/// would recognise repeated rows). All rows where the weights are equal. Throws InputError for
/// weights that are negative, not finite or all zero.
std::vector<double> equally_weighted(std::span<double const> samples, std::int64_t dimension,
                                     std::span<double const> weights);

/// 1 / sqrt(det C) of columns i and j of samples (n, dimension).
double pair_figure_of_merit(std::span<double const> samples, std::int64_t dimension, std::int64_t i,
                            std::int64_t j, std::span<double const> weights = {});

}  // namespace shearwater::inference
