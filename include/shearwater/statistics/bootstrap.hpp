// SPDX-License-Identifier: BSD-3-Clause
// How far would another set of simulations move an empirical distribution function of ranks?
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace shearwater::statistics {

/// Simultaneous band around an observed F(z) at z_i = i / points, i = 1 .. points - 1.
struct BootstrapBand {
  std::int64_t replicas = 0;
  double confidence = 0;             ///< that the whole true curve lies inside
  double width = 0;                  ///< c: half-widths are c standard deviations
  std::vector<double> z, value;      ///< (points - 1) levels, and the observed F(z)
  std::vector<double> lower, upper;  ///< (points - 1) value -+ c sd, within [0, 1]
  double uniform_distance = 0;  ///< max |F(z) - z|/(c sd): 1 where the diagonal touches the band

  /// Whether the diagonal, the curve of an exact posterior, lies in the band everywhere.
  bool holds_uniform() const { return uniform_distance <= 1; }
};

/// Draws as many ranks as there are, with replacement, `replicas` times. sd(z) is the replicas'
/// standard deviation of F(z), at least the sqrt(z (1 - z)/N) of uniform ranks: where no rank lies
/// yet, the replicas scatter too little. c is the `confidence` quantile over the replicas of
/// max_z |F*(z) - F(z)|/sd(z), at least that of one normal variable. A function of (ranks, points,
/// confidence, seed, replicas) alone. Ranks are in {0, ..., points - 1}; about 5 ns per drawn rank,
/// in replicas x points x 4 bytes.
BootstrapBand bootstrap_band(std::span<std::int64_t const> ranks, std::int64_t points,
                             double confidence, std::uint64_t seed, std::int64_t replicas = 1000);

}  // namespace shearwater::statistics
