// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/uniformity.hpp"

using namespace shearwater;
using statistics::EcdfNull;

namespace {

/// Ranks floor(128 u^power): uniform for power 1, too many low ones above.
std::vector<std::int64_t> power_ranks(int draws, double power) {
  core::Stream random(3, core::Purpose::observation, 1);
  std::vector<std::int64_t> ranks;
  for (int n = 0; n < draws; ++n)
    ranks.push_back(static_cast<std::int64_t>(128 * std::pow(random.uniform(), power)));
  return ranks;
}

}  // namespace

TEST_CASE("the simultaneous ECDF band has the published size", "[uniformity]") {
  // Saelynoja et al. 2022 as recomputed in the project's reference with 3,000 simulations at K =
  // 100: gamma .0040 (N = 100), .0024 (1000); half-width at z = 1/2 .14, .048. 10 % for their
  // simulations.
  EcdfNull const small(100, 100, 1), large(1000, 100, 1);
  CHECK_THAT(small.critical(0.95), WithinRel(0.0040, 0.1));
  CHECK_THAT(large.critical(0.95), WithinRel(0.0024, 0.1));
  auto const band = large.band(0.95);
  REQUIRE(band.z.size() == 99);
  CHECK_THAT(band.z[49], WithinAbs(0.5, 1e-12));
  CHECK_THAT(0.5 * (band.upper[49] - band.lower[49]), WithinAbs(0.048, 0.002));
  auto const wider = small.band(0.95);
  CHECK_THAT(0.5 * (wider.upper[49] - wider.lower[49]), WithinAbs(0.14, 0.01));
}

TEST_CASE("the band's joint coverage holds on fresh simulations", "[uniformity]") {
  // 2,000 fresh sets of 200 ranks against a 95 % band: 100 +- 9.7 rejections; 5 sigma, rate 6e-7.
  EcdfNull const null(200, 32, 1);
  int rejected = 0;
  for (std::uint64_t m = 0; m < 2000; ++m) {
    core::Stream random(99, core::Purpose::observation, m);
    std::vector<std::int64_t> ranks(200);
    for (auto& rank : ranks) rank = static_cast<std::int64_t>(random.below(32));
    rejected += null.statistic(ranks) < null.critical(0.95);
  }
  CHECK(std::abs(rejected - 100) < 50);
}

TEST_CASE("uniform ranks pass both gates and skewed ones neither", "[uniformity]") {
  EcdfNull const null(1000, 128, 7);
  auto const good = statistics::test_uniformity("theta", power_ranks(1000, 1), 16, null, 0.999);
  CHECK(good.passes());
  CHECK_THAT(good.chi_square_gate, WithinAbs(37.70, 0.005));
  CHECK(good.histogram.size() == 16);
  CHECK(good.z.size() == 127);
  CHECK(good.kolmogorov_p > 0.01);
  auto const bad = statistics::test_uniformity("theta", power_ranks(1000, 1.3), 16, null, 0.999);
  CHECK_FALSE(bad.passes());
  CHECK(bad.chi_square > bad.chi_square_gate);
  CHECK(bad.ecdf_gamma < bad.ecdf_gate);
  CHECK(bad.kolmogorov_p < 1e-3);
  CHECK(bad.ecdf_difference[63] > 0.05);
}

TEST_CASE("the band of a bar holds its share of a binomial", "[uniformity]") {
  // Binomial(1000, 1/16): mean 62.5, standard deviation 7.65.
  auto const band = statistics::bar_band(1000, 16, 0.95);
  CHECK(band.low == 48);
  CHECK(band.high == 78);
}
