// SPDX-License-Identifier: BSD-3-Clause
// 10^7 draws of each strength: 20 means within 4 standard errors, a false alarm in 800 runs.
#include "catch.hpp"
#include "watson_moments.hpp"

using namespace shearwater;

TEST_CASE("ten million axes have the moments of Watson's distribution") {
  for (auto const& wanted : test::kWatson) {
    CAPTURE(wanted.mu);
    auto const found = test::measure_watson(wanted.mu, 10'000'000, {0.48F, 0.6F, 0.64F});
    // The table's last digit counts with the error.
    CHECK(std::abs(found.w - wanted.w) < 4 * found.w_error + 1e-6);
    CHECK(std::abs(found.a - wanted.a) < 4 * found.a_error + 1e-6);
  }
}
