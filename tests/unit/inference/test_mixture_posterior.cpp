// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/inference/mixture_posterior.hpp"
#include "shearwater/statistics/moments.hpp"

using namespace shearwater;
using inference::MixturePosterior;

namespace {

statistics::Prior one_bounded_prior() {
  return statistics::Prior({{"a", "normal", 0.3, 0.05}, {"b", "uniform", 0, 1, -1, 3}});
}

/// Two maps of two components.
MixturePosterior two_maps() {
  return MixturePosterior(one_bounded_prior(), 2, 2, {0.3, 0.7, 1, 1},
                          {-0.5, 0.2, 0.4, 0.6, 0, 0, 1, -1},
                          {0.5, 0, 0.2, 0.3, 0.4, 0, -0.3, 0.5, 1, 0, 0, 1, 0.5, 0, 0.1, 0.2});
}

}  // namespace

TEST_CASE("the density in theta is normalised and has the Jacobian", "[mixture]") {
  auto const q = two_maps();
  for (std::int64_t map = 0; map < 2; ++map) {
    double sum = 0, marginal_a = 0, marginal_b = 0, pair = 0;
    int const n = 400;
    for (int i = 0; i < n; ++i) {
      double const a = 0.05 + 0.5 * (i + 0.5) / n;
      for (int j = 0; j < n; ++j) {
        double const b = -1 + 4 * (j + 0.5) / n;
        sum += std::exp(q.log_density(map, std::vector<double>{a, b}));
        pair += q.marginal_density(map, 1, 0, b, a);
      }
      marginal_a += q.marginal_density(map, 0, a);
      marginal_b += q.marginal_density(map, 1, -1 + 4 * (i + 0.5) / n);
    }
    // Mid-point rule over 5 prior standard deviations.
    CHECK_THAT(sum * 0.5 / n * 4 / n, WithinAbs(1, 1e-4));
    CHECK_THAT(pair * 0.5 / n * 4 / n, WithinAbs(1, 1e-4));
    CHECK_THAT(marginal_a * 0.5 / n, WithinAbs(1, 1e-4));
    CHECK_THAT(marginal_b * 4 / n, WithinAbs(1, 1e-4));
  }
  // One standard component: the posterior is the prior.
  MixturePosterior const prior(one_bounded_prior(), 1, 1, {1}, {0, 0}, {1, 0, 0, 1});
  std::vector<double> const theta{0.33, 0.7};
  CHECK_THAT(prior.log_density(0, theta), WithinAbs(prior.prior().log_density(theta), 1e-12));
  CHECK(prior.log_density(0, std::vector<double>{0.3, 3.1}) == -INFINITY);
}

TEST_CASE("samples have the mixture's moments, key and support", "[mixture]") {
  auto const q = two_maps();
  std::int64_t const count = 40000;
  auto const all = q.sample(count, 9);
  for (std::int64_t n = 0; n < 2 * count; ++n) {
    double const b = all[static_cast<std::size_t>(2 * n + 1)];
    REQUIRE((b >= -1 && b <= 3));
  }
  // Map 0, parameter a = 0.3 + 0.05 u: mean of u .3 (-.5) + .7 (.4) = .13, variance
  // .3 (.25 + .25) + .7 (.16 + .16) - .13^2 = .3571. 5 standard errors: rate 6e-7 each.
  auto const m = statistics::moments(std::span(all).first(2 * count), 2);
  double const sd = 0.05 * std::sqrt(0.3571);
  CHECK_THAT(m.mean[0], WithinAbs(0.3 + 0.05 * 0.13, 5 * sd / std::sqrt(count)));
  CHECK_THAT(m.sd(0), WithinRel(sd, 5 / std::sqrt(2.0 * count) * 1.2));
  // Covariance of the u: .3 (.5 * .2) + .7 (-.3 * .4) + within-means .3 * .7 * .9 * .4.
  double cov = 0;
  for (std::int64_t n = 0; n < count; ++n) {
    double const u0 = q.prior().to_unbounded(0, all[static_cast<std::size_t>(2 * n)]),
                 u1 = q.prior().to_unbounded(1, all[static_cast<std::size_t>(2 * n + 1)]);
    cov += (u0 - 0.13) * (u1 - 0.48) / static_cast<double>(count);
  }
  CHECK_THAT(cov, WithinAbs(0.3 * 0.1 - 0.7 * 0.12 + 0.21 * 0.9 * 0.4, 0.01));

  // Rows of map 1 do not depend on map 0 being there.
  MixturePosterior const second(one_bounded_prior(), 1, 2, {1, 1}, {0, 0, 1, -1},
                                {1, 0, 0, 1, 0.5, 0, 0.1, 0.2}, 1);
  auto const alone = second.sample_map(0, 100, 9);
  CHECK(std::equal(alone.begin(), alone.end(), all.begin() + 2 * count));
}

TEST_CASE("credible regions of the exact marginal hold their mass of the samples", "[mixture]") {
  auto const q = two_maps();
  auto const regions = q.credible_regions(0, 0, 1, {0.68, 0.95});
  auto const samples = q.sample_map(0, 20000, 4);
  for (auto const& region : regions) {
    REQUIRE_FALSE(region.paths.empty());
    int inside = 0;
    for (std::size_t n = 0; n < 20000; ++n) {
      double const x = samples[2 * n], y = samples[2 * n + 1];
      bool in = false;  // even-odd rule
      for (auto const& path : region.paths)
        for (std::size_t k = 0, l = path.size() - 1; k < path.size(); l = k++)
          if ((path[k].y > y) != (path[l].y > y) &&
              x < path[k].x + (path[l].x - path[k].x) * (y - path[k].y) / (path[l].y - path[k].y))
            in = !in;
      inside += in;
    }
    // Standard error 0.0033 and the grid's 200 cells.
    CHECK_THAT(inside / 20000.0, WithinAbs(region.mass, 0.015));
  }
  auto const curve = q.marginal_curve(0, 1, 401);
  double sum = 0;
  for (auto const value : curve.density) sum += value * (curve.x[1] - curve.x[0]);
  CHECK_THAT(sum, WithinAbs(1, 2e-3));
}

TEST_CASE("a scaled posterior keeps its mean and scales its covariance", "[mixture]") {
  MixturePosterior const q(statistics::Prior({{"a"}, {"b"}}), 1, 2, {0.3, 0.7},
                           {-0.5, 0.2, 0.4, 0.6}, {0.5, 0, 0.2, 0.3, 0.4, 0, -0.3, 0.5});
  auto const narrow = q.scaled_width(0.8);
  auto const a = statistics::moments(q.sample(50000, 1), 2),
             b = statistics::moments(narrow.sample(50000, 1), 2);
  // The same streams: sample for sample the scaled distance from the mean.
  CHECK_THAT(b.mean[0] - a.mean[0], WithinAbs(0, 0.005));
  for (std::size_t i = 0; i < 4; ++i)
    CHECK_THAT(b.covariance[i], WithinAbs(0.64 * a.covariance[i], 1e-9));
}

TEST_CASE("a mixture that is no density is refused with its map", "[mixture]") {
  statistics::Prior const prior({{"a"}});
  CHECK_THROWS_WITH(MixturePosterior(prior, 2, 1, {1, 1}, {0, NAN}, {1, 1}, 40),
                    ContainsSubstring("map 41"));
  CHECK_THROWS_WITH(MixturePosterior(prior, 1, 1, {1}, {0}, {0}), ContainsSubstring("map 0"));
  CHECK_THROWS_AS(MixturePosterior(prior, 1, 2, {1}, {0}, {1}), core::InternalError);
}
