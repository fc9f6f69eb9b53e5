// SPDX-License-Identifier: BSD-3-Clause
// Is an amortized posterior what it says? Simulation-based calibration (Talts et al. 2018),
// expected coverage, and tests of accuracy with random points (TARP, Lemos et al. 2023).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shearwater/core/config.hpp"
#include "shearwater/inference/mixture_posterior.hpp"
#include "shearwater/statistics/bootstrap.hpp"
#include "shearwater/statistics/uniformity.hpp"

namespace shearwater::inference {

/// Table [calibrate].
struct CalibrationConfig {
  std::int64_t simulations = 1000;  ///< N pairs (theta*, map)
  std::int64_t samples = 127;       ///< L posterior samples each
  std::int64_t bins = 16;           ///< B bars of a rank histogram; must divide L + 1
  std::int64_t seed = 2;            ///< of samples, reference points and ties
  double gate = 0.999;              ///< confidence of each gate

  void describe(core::Fields& field);
  /// Throws InputError when the bins do not divide samples + 1 or hold fewer than 20 ranks each.
  void check() const;
};

struct CalibrationResult {
  CalibrationConfig config;
  std::vector<std::string> names;   ///< (P)
  std::vector<std::int64_t> ranks;  ///< (N, P) of theta* among its samples, 0 .. L
  std::vector<double> truths;       ///< (N, P)
  std::vector<double> log_density;  ///< (N) ln q(theta* | map)
  std::vector<std::int64_t> coverage_ranks, tarp_ranks;  ///< (N)

  std::vector<statistics::UniformityTest> sbc;  ///< per parameter
  /// Rank of ln q(theta*) among those of the samples: catches wrong correlations, which marginal
  /// ranks do not see.
  statistics::UniformityTest coverage;
  /// Rank of the distance from theta* to a random reference point, in the prior's cumulative
  /// probabilities, where each axis is [0, 1].
  statistics::UniformityTest tarp;
  double tarp_area = 0;  ///< sum of (ECP - alpha) over alpha > 1/2: > 0 too wide, < 0 too narrow
  /// Expected coverage probability at each credibility level with its 95 % bootstrap band over the
  /// simulations, for pictures; an exact posterior's is the diagonal.
  statistics::BootstrapBand tarp_band;
  double mean_log_density = 0;  ///< mean of ln q(theta* | map) [nats]
  double information = 0;       ///< mean of ln q(theta* | map) - ln p(theta*): nats gained

  statistics::EcdfBand band_95;    ///< simultaneous, for pictures
  statistics::EcdfBand band_gate;  ///< simultaneous, at the gate's confidence
  statistics::BarBand bar_95;      ///< of one bar, for pictures

  /// The verdict: every parameter's chi-square and ECDF statistic is inside its gate.
  bool sbc_passes() const;
  /// All of it: SBC, expected coverage and TARP.
  bool passes() const;
};

/// Tests posterior.maps() posteriors against the parameters `truths` (maps, P) that their maps were
/// simulated with; truths must be draws from the prior. config.simulations is set to the number of
/// maps. The result is a function of (posterior, truths, config).
CalibrationResult calibrate(MixturePosterior const& posterior, std::span<double const> truths,
                            CalibrationConfig config);

/// The same from stored ranks, without the posterior: what `report` draws after reading a file.
/// Only histograms, statistics and bands are filled.
CalibrationResult calibration_from_ranks(std::vector<std::string> names,
                                         std::vector<std::int64_t> ranks,
                                         std::vector<std::int64_t> coverage_ranks,
                                         std::vector<std::int64_t> tarp_ranks,
                                         CalibrationConfig config);

}  // namespace shearwater::inference
