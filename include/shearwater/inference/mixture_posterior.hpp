// SPDX-License-Identifier: BSD-3-Clause
// Posteriors of many maps as Gaussian mixtures in the prior's unbounded standardised coordinates.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shearwater/bridge/array_ref.hpp"
#include "shearwater/statistics/contours.hpp"
#include "shearwater/statistics/prior.hpp"

namespace shearwater::inference {

/// q(u | map) = sum_k weight_k N(u; mean_k, L_k L_k^T), u the coordinates of statistics::Prior.
/// Since bounds of the prior lie at infinity in u, every sample is inside the prior's support. M
/// maps, K components, P parameters; all functions are const and thread-safe.
class MixturePosterior {
 public:
  /// weights (M, K), means (M, K, P), scale_tril (M, K, P, P) with lower triangular L_k.
  /// `first_map` is the global index of map 0, by which samples are keyed. Weights are normalised.
  /// Throws NumericsError naming the map when a number is not finite, a weight negative or a
  /// diagonal element of L not positive; InternalError when sizes do not fit.
  MixturePosterior(statistics::Prior prior, std::int64_t maps, std::int64_t components,
                   std::vector<double> weights, std::vector<double> means,
                   std::vector<double> scale_tril, std::int64_t first_map = 0);
  /// From a batch with "weights", "means" and "scale_tril" (float64), as learn::Predictor returns
  /// it.
  static MixturePosterior from_batch(statistics::Prior prior, bridge::Batch const& batch,
                                     std::int64_t first_map = 0);

  std::int64_t maps() const { return maps_; }
  std::int64_t components() const { return components_; }
  std::int64_t parameters() const { return prior_.size(); }
  std::int64_t first_map() const { return first_map_; }
  statistics::Prior const& prior() const { return prior_; }
  std::vector<double> const& weights() const { return weights_; }
  std::vector<double> const& means() const { return means_; }
  std::vector<double> const& scale_tril() const { return scale_tril_; }

  /// Samples (maps, count, parameters) of theta. Sample s of map m is a function of (seed,
  /// first_map + m, s) alone, for at most 2^32 samples of each of 2^32 maps.
  std::vector<double> sample(std::int64_t count, std::uint64_t seed) const;
  /// Samples (count, parameters) of one map.
  std::vector<double> sample_map(std::int64_t map, std::int64_t count, std::uint64_t seed) const;

  /// ln q(u | map).
  double log_density_unbounded(std::int64_t map, std::span<double const> u) const;
  /// ln q(theta | map) = ln q(u | map) - ln |d theta / d u|.
  double log_density(std::int64_t map, std::span<double const> theta) const;

  /// Density of theta_i alone, and of (theta_i, theta_j), exact: the marginal of the mixture over
  /// the Jacobian of those parameters.
  double marginal_density(std::int64_t map, std::int64_t i, double theta_i) const;
  double marginal_density(std::int64_t map, std::int64_t i, std::int64_t j, double theta_i,
                          double theta_j) const;
  /// Regions of highest density of (theta_i, theta_j), one per entry of `masses`, from the exact
  /// marginal on a grid of nodes x nodes.
  std::vector<statistics::CredibleRegion> credible_regions(std::int64_t map, std::int64_t i,
                                                           std::int64_t j,
                                                           std::vector<double> const& masses,
                                                           std::int64_t nodes = 201) const;
  /// The exact marginal of theta_i on `points` nodes.
  statistics::Density1 marginal_curve(std::int64_t map, std::int64_t i,
                                      std::int64_t points = 201) const;

  /// The same posteriors with every distance from the mixture's mean in u multiplied by `factor`: a
  /// wrong posterior on purpose, that a calibration must reject.
  MixturePosterior scaled_width(double factor) const;

 private:
  double const* mean_of(std::int64_t map, std::int64_t k) const;
  double const* scale_of(std::int64_t map, std::int64_t k) const;
  double weight_of(std::int64_t map, std::int64_t k) const;
  /// Mean and standard deviation of u_i under the mixture.
  std::pair<double, double> unbounded_range(std::int64_t map, std::int64_t i) const;
  void draw(std::int64_t map, std::uint64_t seed, std::int64_t s, double* theta) const;
  void check() const;

  statistics::Prior prior_;
  std::int64_t maps_ = 0, components_ = 0, first_map_ = 0;
  std::vector<double> weights_, means_, scale_tril_;
};

}  // namespace shearwater::inference
