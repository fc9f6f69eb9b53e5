// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/statistics/moments.hpp"

using namespace shearwater::statistics;

TEST_CASE("moments of a hand-computed sample", "[moments]") {
  std::vector<double> const samples{1, 2, 3, 4, 5, 9};  // rows (1,2) (3,4) (5,9)
  auto const m = moments(samples, 2);
  CHECK_THAT(m.mean[0], WithinAbs(3, 1e-15));
  CHECK_THAT(m.mean[1], WithinAbs(5, 1e-15));
  CHECK_THAT(m.covariance[0], WithinAbs(4, 1e-14));
  CHECK_THAT(m.covariance[1], WithinAbs(7, 1e-14));
  CHECK_THAT(m.covariance[3], WithinAbs(13, 1e-14));
  CHECK_THAT(m.correlation(0, 1), WithinAbs(7 / std::sqrt(52.0), 1e-14));
}

TEST_CASE("integer weights are repetitions", "[moments]") {
  std::vector<double> const samples{1, 3, 5, 2}, weights{2, 1, 3, 1};
  std::vector<double> const repeated{1, 1, 3, 5, 5, 5, 2};
  auto const a = moments(samples, 1, weights), b = moments(repeated, 1);
  CHECK_THAT(a.mean[0], WithinAbs(b.mean[0], 1e-14));
  // The variances differ by their normalisation alone: 1 - 1/n_eff against 1 - 1/n.
  double const n_eff = effective_samples(weights);
  CHECK_THAT(n_eff, WithinAbs(49.0 / 15, 1e-14));
  CHECK_THAT(a.covariance[0] * (1 - 1 / n_eff), WithinAbs(b.covariance[0] * 6 / 7, 1e-13));
}

TEST_CASE("quantiles interpolate between the middles of the weights", "[moments]") {
  std::vector<double> const samples{4, 1, 3, 2};
  auto const q = quantiles(samples, 1, 0, {0.5, 0.125, 0.25, 0.0, 1.0});
  CHECK_THAT(q[0], WithinAbs(2.5, 1e-15));
  CHECK_THAT(q[1], WithinAbs(1, 1e-15));
  CHECK_THAT(q[2], WithinAbs(1.5, 1e-15));
  CHECK(q[3] == 1);
  CHECK(q[4] == 4);
  std::vector<double> const weights{0, 1, 0, 1};  // leaves 1 and 2
  CHECK_THAT(quantiles(samples, 1, 0, {0.5}, weights)[0], WithinAbs(1.5, 1e-15));
}

TEST_CASE("Cholesky, determinant, distance and figure of merit", "[moments]") {
  std::vector<double> const c{4, 2, 2, 5};  // det 16
  auto const lower = cholesky(c, 2);
  CHECK_THAT(lower[0], WithinAbs(2, 1e-15));
  CHECK_THAT(lower[2], WithinAbs(1, 1e-15));
  CHECK_THAT(lower[3], WithinAbs(2, 1e-15));
  CHECK_THAT(log_determinant(lower, 2), WithinAbs(std::log(16.0), 1e-14));
  CHECK_THAT(figure_of_merit(c, 2), WithinAbs(0.25, 1e-14));
  // (2, 5): C^-1 delta = (0, 1), so delta^T C^-1 delta = 5.
  CHECK_THAT(mahalanobis(std::vector<double>{2, 5}, c), WithinAbs(std::sqrt(5.0), 1e-14));
  CHECK_THROWS_AS(cholesky(std::vector<double>{1, 2, 2, 1}, 2), shearwater::core::NumericsError);
  CHECK_THROWS_AS(moments(std::vector<double>{1, 2}, 2), shearwater::core::InputError);
}
