// SPDX-License-Identifier: BSD-3-Clause
// Does a generator of orientations draw the axes that it learned from? Mean angles, correlations of
// axes with positions, and a classifier that tells true galaxies from generated ones.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "shearwater/core/config.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::inference {

/// This rank's galaxies, whose axes are compared. They are headless: n and -n are the same.
struct OrientedGalaxies {
  double box_side = 0;                ///< periodic box [Mpc/h]
  std::vector<std::int64_t> id;       ///< (n) each once on all ranks
  std::vector<double> position;       ///< (n, 3) in the box [Mpc/h]
  std::vector<float> host_major;      ///< (n, 3) unit major axis of the host halo
  std::vector<float> to_central;      ///< (n, 3) unit vector; zeros for a central galaxy
  std::vector<float> log10_mass;      ///< (n) of the host [Msun/h]
  std::vector<std::uint8_t> central;  ///< (n) 1 for the central galaxy of its host

  std::int64_t size() const { return static_cast<std::int64_t>(id.size()); }
};

/// Draw `k` of the major axes (n, 3) of this rank's galaxies; collective where it needs to be.
using DrawAxes = std::function<std::vector<float>(std::int64_t k)>;

/// Table [calibrate] of a generator.
struct OrientationTestConfig {
  std::int64_t draws = 50;  ///< of the generator, and of the truth where it can be drawn from
  std::int64_t rows = 10000;
  std::int64_t bins = 8;
  double smallest = 0.2, largest = 10;
  std::int64_t seed = 3;

  void describe(core::Fields& field);
};

/// A mean over draws and its standard error.
struct Estimate {
  double value = 0, error = 0;
};

struct OrientationTest {
  std::int64_t galaxies = 0, centrals = 0;
  std::int64_t true_draws = 0, draws = 0;
  /// Mean |n . host axis| of centrals and |n . direction to the central| of satellites.
  Estimate true_central, central, true_satellite, satellite;
  std::vector<double> edges;                 ///< (bins + 1) [Mpc/h]
  std::vector<Estimate> true_ed, ed, ratio;  ///< (bins) omega(r) and generated over true
  /// Shares of bins of equal width of |cos| from 0 to 1, of all draws: the angles of the means.
  static constexpr std::size_t cosine_bins = 20;
  std::vector<double> true_central_shares, central_shares, true_satellite_shares, satellite_shares;
  double c2st = 0;        ///< accuracy; 1/2 where nothing tells the samples apart
  std::int64_t rows = 0;  ///< of each sample

  /// A ratio is measured where its error is below 3 %.
  static constexpr double measured = 0.03;
  /// What a generator that has learned its truth reaches.
  static constexpr double angle_gate = 0.01, ratio_low = 0.9, ratio_high = 1.1, deviation_gate = 3,
                          c2st_gate = 0.55;
  /// Mean angles within angle_gate of the true ones, measured ratios in [ratio_low, ratio_high],
  /// the others within deviation_gate standard errors, C2ST at most c2st_gate.
  bool passes() const;
  /// Smallest and largest ratio of the measured bins; NaN where there is none.
  double ratio_min() const;
  double ratio_max() const;
  /// Largest |ratio - 1| in standard errors of the other bins; 0 where there is none.
  double worst_deviation() const;
};

/// Compares draws. `truth` is asked for draws [0, true_draws), `generated` for [0, config.draws).
///   omega(r) = <(n . d)^2 / d^2> - 1/3 over ordered pairs of all galaxies, d their separation, in
///   logarithmic bins: the mean over draws with the error of the mean (of one draw of the truth:
///   the scatter of the generated ones).
///   The classifier (statistics::c2st) sees |n . host axis|, |n . direction to the central| (0 for
///   centrals), log10 mass and the central flag of config.rows true galaxies and as many others
///   generated, the first draw of each; of half of the galaxies each where there are fewer.
/// Collective over comm; the same bits on any number of ranks. Throws InputError for fewer than 20
/// galaxies, or arrays that do not fit.
OrientationTest test_orientations(parallel::Communicator const& comm,
                                  OrientedGalaxies const& galaxies,
                                  OrientationTestConfig const& config, DrawAxes const& truth,
                                  std::int64_t true_draws, DrawAxes const& generated);

}  // namespace shearwater::inference
