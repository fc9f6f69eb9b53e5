// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/inference/samples.hpp"
#include "shearwater/statistics/moments.hpp"

using namespace shearwater;

namespace {

std::vector<double> normal_rows(std::uint64_t index, int rows, double mean, double sd) {
  core::Stream random(31, core::Purpose::observation, index);
  std::vector<double> result;
  for (int n = 0; n < 2 * rows; ++n) result.push_back(mean + sd * random.normal());
  return result;
}

}  // namespace

TEST_CASE("summaries of a normal sample are its quantiles", "[summary]") {
  auto const rows = normal_rows(0, 50000, 2, 0.5);
  auto const s = inference::summarise({"a", "b"}, rows);
  REQUIRE(s.size() == 2);
  CHECK(s[1].name == "b");
  // Standard errors at 50,000 rows: 0.0022 (mean), 0.0028 (median), 0.006 (2.5 %); 5 of them.
  CHECK_THAT(s[0].mean, WithinAbs(2, 0.012));
  CHECK_THAT(s[0].median, WithinAbs(2, 0.015));
  CHECK_THAT(s[0].low_68, WithinAbs(2 - 0.5 * 0.99446, 0.017));
  CHECK_THAT(s[0].high_95, WithinAbs(2 + 0.5 * 1.95996, 0.03));
}

TEST_CASE("importance weights turn one prior's posterior into another's", "[summary]") {
  // Samples of N(0, 1) with prior N(0, 1) per parameter; new prior N(0.5, 0.8) times the same
  // (flat) likelihood gives N(0.5, 0.8).
  statistics::Prior const old_prior({{"a"}, {"b"}});
  statistics::Prior const new_prior({{"a", "normal", 0.5, 0.8}, {"b"}});
  auto const rows = normal_rows(1, 50000, 0, 1);
  auto const r = inference::reweight(rows, old_prior, new_prior);
  auto const m = statistics::moments(rows, 2, r.weights);
  CHECK_THAT(m.mean[0], WithinAbs(0.5, 0.03));
  CHECK_THAT(m.sd(0), WithinAbs(0.8, 0.03));
  CHECK_THAT(m.mean[1], WithinAbs(0, 0.03));
  // E[w^2] of N(m, s) over N(0, 1): exp(m^2 / (2 - s^2)) / (s sqrt(2 - s^2)).
  double const expected = 50000 * 0.8 * std::sqrt(2 - 0.64) / std::exp(0.25 / (2 - 0.64));
  CHECK_THAT(r.effective_samples, WithinRel(expected, 0.05));
  CHECK_THROWS_WITH(inference::reweight(rows, old_prior, statistics::Prior({{"b"}, {"a"}})),
                    ContainsSubstring("the new prior is for (b, a)"));
  CHECK_THROWS_WITH(inference::reweight(rows, old_prior,
                                        statistics::Prior({{"a", "uniform", 0, 1, 50, 60}, {"b"}})),
                    ContainsSubstring("they do not meet"));
}

TEST_CASE("S_8 and Omega_m follow from the sampled and the fixed parameters", "[summary]") {
  cosmology::Cosmology fixed;
  fixed.omega_b = 0.05;
  auto const d = inference::derived_parameters({"omega_c", "sigma_8"},
                                               std::vector<double>{0.25, 0.8, 0.43, 0.7}, fixed);
  REQUIRE(d.names == std::vector<std::string>{"S_8", "Omega_m"});
  CHECK_THAT(d.samples[0], WithinAbs(0.8, 1e-15));
  CHECK_THAT(d.samples[1], WithinAbs(0.3, 1e-15));
  CHECK_THAT(d.samples[2], WithinAbs(0.7 * std::sqrt(1.6), 1e-15));
  auto const none = inference::derived_parameters({"h"}, std::vector<double>{0.7}, fixed);
  CHECK(none.names.empty());
  fixed.a_s = 2e-9;
  CHECK(inference::derived_parameters({"omega_c"}, std::vector<double>{0.3}, fixed).names ==
        std::vector<std::string>{"Omega_m"});
}

TEST_CASE("a chain comparison sees width, shift and nothing where there is nothing", "[summary]") {
  auto const chain = normal_rows(2, 4000, 0, 1), same = normal_rows(3, 4000, 0, 1);
  auto const equal = inference::compare_with_chain(same, chain, 2, 1);
  CHECK(equal.c2st_rows == 4000);
  // det C of 4,000 rows: relative error of the figure of merit 1 / sqrt(4000) per sample.
  CHECK_THAT(equal.ratio, WithinAbs(1, 0.1));
  CHECK(equal.distance < 0.1);
  CHECK_THAT(equal.c2st, WithinAbs(0.5, 0.02));
  auto const other = normal_rows(4, 4000, 0.3, 2);
  auto const different = inference::compare_with_chain(other, chain, 2, 1, 2000);
  CHECK_THAT(different.ratio, WithinAbs(0.25, 0.03));
  CHECK_THAT(different.distance, WithinAbs(0.3 * std::sqrt(2.0), 0.15));
  CHECK(different.c2st > 0.6);
  CHECK(different.c2st_rows == 2000);
  CHECK_THAT(inference::pair_figure_of_merit(chain, 2, 0, 1),
             WithinRel(equal.reference_figure_of_merit, 1e-12));
}

TEST_CASE("rows of weighted samples stand for their weights", "[reference]") {
  // Column 0 is the row's number; weights 0, 1, 2, 3 in turn, so row 4 n + 3 weighs half of all.
  std::vector<double> samples, weights;
  for (int n = 0; n < 4000; ++n) {
    samples.insert(samples.end(), {static_cast<double>(n), -1.0});
    weights.push_back(n % 4);
  }
  auto const rows = inference::equally_weighted(samples, 2, weights);
  REQUIRE(rows.size() / 2 > 1990);
  std::vector<double> share(4, 0.0);
  for (std::size_t r = 0; r < rows.size(); r += 2) {
    CHECK(rows[r + 1] == -1.0);
    CHECK((r == 0 || rows[r] > rows[r - 2]));
    share[static_cast<std::size_t>(rows[r]) % 4] += 2.0 / static_cast<double>(rows.size());
  }
  for (std::size_t k = 0; k < 4; ++k)
    CHECK_THAT(share[k], WithinAbs(static_cast<double>(k) / 6, 0.002));

  std::vector<double> const equal(4000, 2.5);
  CHECK(inference::equally_weighted(samples, 2, equal) == samples);
  weights[1] = -1;
  CHECK_THROWS_WITH(inference::equally_weighted(samples, 2, weights),
                    ContainsSubstring("weight -1"));
  std::vector<double> const none(4000, 0.0);
  CHECK_THROWS_AS(inference::equally_weighted(samples, 2, none), core::InputError);
}
