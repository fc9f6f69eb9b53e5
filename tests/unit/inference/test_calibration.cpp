// SPDX-License-Identifier: BSD-3-Clause
// 1,000 simulations, 127 samples, 16 bins, fixed seeds. Each gate rejects an exact posterior with
// probability 1e-3; the ten parameters' 20 SBC gates together with 2 %, over seeds.
#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/inference/calibration.hpp"
#include "shearwater/inference/linear_gaussian.hpp"

using namespace shearwater;
using inference::LinearGaussian;

namespace {

struct Pairs {
  std::vector<double> theta, x;
};

Pairs linear_gaussian_pairs(std::int64_t count) {
  LinearGaussian const task(21);
  std::size_t const d = LinearGaussian::dimension, n = static_cast<std::size_t>(count);
  Pairs pairs{std::vector<double>(n * d), std::vector<double>(n * d)};
  for (std::size_t i = 0; i < n; ++i)
    task.simulate(i, std::span(pairs.theta).subspan(i * d, d),
                  std::span(pairs.x).subspan(i * d, d));
  return pairs;
}

}  // namespace

TEST_CASE("the exact posterior of the linear-Gaussian task passes every gate", "[calibration]") {
  auto const pairs = linear_gaussian_pairs(1000);
  auto const result =
      inference::calibrate(LinearGaussian::exact_posterior(pairs.x), pairs.theta, {});
  CHECK(result.sbc_passes());
  CHECK(result.passes());
  REQUIRE(result.sbc.size() == 10);
  CHECK_THAT(result.sbc[0].chi_square_gate, WithinAbs(37.70, 0.005));
  CHECK(result.sbc[0].histogram.size() == 16);
  // Standard error of the information over 1,000 pairs: sqrt(10/2 + 10/2) / sqrt(1000) at most 0.1.
  CHECK_THAT(result.information, WithinAbs(LinearGaussian::information(), 0.4));
  CHECK_THAT(result.tarp_area, WithinAbs(0, 0.02));
}

TEST_CASE("posteriors of 0.8 and 1.25 times the width are rejected", "[calibration]") {
  auto const pairs = linear_gaussian_pairs(1000);
  auto const exact = LinearGaussian::exact_posterior(pairs.x);
  for (double const factor : {0.8, 1.25}) {
    INFO("width x " << factor);
    auto const result = inference::calibrate(exact.scaled_width(factor), pairs.theta, {});
    CHECK_FALSE(result.sbc_passes());
    // Rejected in every parameter, by its histogram's gate and by its ECDF's.
    for (auto const& test : result.sbc) {
      CHECK(test.chi_square > test.chi_square_gate);
      CHECK_FALSE(test.passes());
    }
    CHECK_FALSE(result.coverage.passes());
    // Too narrow: the truth is too often at the ends, the outer bars are high.
    auto const& bars = result.sbc[0].histogram;
    CHECK((factor < 1 ? bars.front() > result.bar_95.high : bars.front() < result.bar_95.low));
  }
}

TEST_CASE("the random-point curve lies in its bootstrap band when the posterior is exact",
          "[calibration]") {
  // 1,000 simulations, 1,000 replicas; a simultaneous 95 % band leaves out an exact posterior with
  // probability 5 % over seeds, not over runs of this one.
  auto const pairs = linear_gaussian_pairs(1000);
  auto const exact = LinearGaussian::exact_posterior(pairs.x);
  auto const band = inference::calibrate(exact, pairs.theta, {}).tarp_band;
  CHECK(band.replicas == 1000);
  CHECK(band.confidence == 0.95);
  REQUIRE(band.z.size() == 127);
  CHECK(band.holds_uniform());
  for (std::size_t k = 0; k < band.z.size(); ++k) {
    CHECK((band.lower[k] <= band.z[k] && band.z[k] <= band.upper[k]));
    CHECK((band.lower[k] < band.value[k] && band.value[k] < band.upper[k]));
  }
  auto const narrow = inference::calibrate(exact.scaled_width(0.8), pairs.theta, {}).tarp_band;
  CHECK_FALSE(narrow.holds_uniform());
  CHECK(narrow.uniform_distance > 1.2);
  CHECK_FALSE(
      inference::calibrate(exact.scaled_width(1.25), pairs.theta, {}).tarp_band.holds_uniform());
}

TEST_CASE("a wrong correlation passes the marginal ranks but not the coverage", "[calibration]") {
  // True posterior: unit normals of correlation 0.8; claimed: correlation 0. Prior N(0, 1) of u.
  std::int64_t const maps = 1000;
  statistics::Prior const prior({{"a"}, {"b"}});
  std::vector<double> truths, weights, means, scale;
  for (std::int64_t n = 0; n < maps; ++n) {
    core::Stream random(4, core::Purpose::observation, static_cast<std::uint64_t>(n));
    double const x = random.normal(), y = 0.8 * x + 0.6 * random.normal();
    truths.insert(truths.end(), {x, y});
    weights.push_back(1);
    means.insert(means.end(), {0, 0});
    scale.insert(scale.end(), {1, 0, 0, 1});
  }
  inference::MixturePosterior const wrong(prior, maps, 1, weights, means, scale);
  auto const result = inference::calibrate(wrong, truths, {});
  CHECK(result.sbc_passes());
  CHECK_FALSE(result.coverage.passes());
  CHECK_FALSE(result.passes());
}

TEST_CASE("stored ranks give the same verdict, and ties are random", "[calibration]") {
  auto const pairs = linear_gaussian_pairs(400);
  auto const result =
      inference::calibrate(LinearGaussian::exact_posterior(pairs.x), pairs.theta, {});
  CHECK(result.config.simulations == 400);
  auto const again = inference::calibration_from_ranks(
      result.names, result.ranks, result.coverage_ranks, result.tarp_ranks, {});
  CHECK(again.sbc[3].chi_square == result.sbc[3].chi_square);
  CHECK(again.coverage.ecdf_gamma == result.coverage.ecdf_gamma);
  CHECK(again.band_95.lower == result.band_95.lower);
  CHECK(again.tarp_band.lower == result.tarp_band.lower);
  CHECK(again.tarp_band.upper == result.tarp_band.upper);

  // All samples equal the truth (a posterior of zero width at a bound): ranks must not pile up.
  statistics::Prior const prior({{"a", "uniform", 0, 1, 0, 1}});
  std::vector<double> const ones(400, 1.0);
  inference::MixturePosterior const stuck(prior, 400, 1, ones, std::vector<double>(400, 60.0),
                                          ones);
  auto const tied = inference::calibrate(stuck, ones, {});
  CHECK(tied.sbc[0].histogram.front() == 0);
  CHECK(tied.sbc[0].histogram[7] + tied.sbc[0].histogram[8] > 200);  // Binomial(127, 1/2)
}

TEST_CASE("a calibration that cannot judge is refused", "[calibration]") {
  inference::CalibrationConfig config;
  config.samples = 100;
  CHECK_THROWS_WITH(config.check(), ContainsSubstring("must divide calibrate.samples + 1 = 101"));
  config = {};
  config.simulations = 300;
  CHECK_THROWS_WITH(config.check(), ContainsSubstring("use at least 320"));
}
