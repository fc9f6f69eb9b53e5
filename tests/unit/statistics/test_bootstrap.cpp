// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/bootstrap.hpp"

using namespace shearwater;
using statistics::bootstrap_band;

namespace {

std::vector<std::int64_t> uniform_ranks(std::uint64_t set, int draws, std::uint64_t points) {
  core::Stream random(41, core::Purpose::observation, set);
  std::vector<std::int64_t> ranks;
  for (int n = 0; n < draws; ++n) ranks.push_back(static_cast<std::int64_t>(random.below(points)));
  return ranks;
}

}  // namespace

TEST_CASE("a bootstrap band has the binomial width of its curve", "[bootstrap]") {
  auto const ranks = uniform_ranks(0, 2000, 16);
  auto const band = bootstrap_band(ranks, 16, 0.95, 1);
  REQUIRE(band.z.size() == 15);
  // The pointwise width would be 1.96; for all of 15 correlated levels together it is wider.
  CHECK((band.width > 2.2 && band.width < 3.2));
  for (std::size_t k = 0; k < 15; ++k) {
    double const sd = std::sqrt(band.value[k] * (1 - band.value[k]) / 2000);
    // 1,000 replicas know a standard deviation to 2.2 %; 5 sigma.
    CHECK_THAT((band.upper[k] - band.lower[k]) / (2 * band.width * sd), WithinAbs(1, 0.11));
    CHECK_THAT(band.upper[k] - band.value[k], WithinRel(band.value[k] - band.lower[k], 1e-9));
  }
}

TEST_CASE("the diagonal leaves a 95 % bootstrap band of uniform ranks in 5 % of cases",
          "[bootstrap]") {
  // 400 sets of 400 ranks: 20 +- 4.4; the window is 4 standard deviations, false alarms 6e-5.
  int left = 0;
  for (std::uint64_t set = 1; set <= 400; ++set)
    left += !bootstrap_band(uniform_ranks(set, 400, 32), 32, 0.95, 7).holds_uniform();
  INFO(left << " of 400 left the band");
  CHECK((left > 2 && left < 38));
}

TEST_CASE("a bootstrap band depends on its seed alone and survives empty ends", "[bootstrap]") {
  auto const ranks = uniform_ranks(0, 300, 16);
  auto const one = bootstrap_band(ranks, 16, 0.95, 5), same = bootstrap_band(ranks, 16, 0.95, 5);
  CHECK(one.lower == same.lower);
  CHECK(one.upper == same.upper);
  CHECK(one.lower != bootstrap_band(ranks, 16, 0.95, 6).lower);
  // No rank in the lowest sixteenth and none in the highest: the band still has a width there.
  std::vector<std::int64_t> const middle(300, 8);
  auto const stuck = bootstrap_band(middle, 16, 0.95, 5);
  CHECK(stuck.upper[0] > 0.01);
  CHECK(stuck.lower[14] < 0.99);
  CHECK_FALSE(stuck.holds_uniform());
  CHECK_THROWS_AS(bootstrap_band(std::vector<std::int64_t>{16}, 16, 0.95, 5), core::InternalError);
}
