// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "shearwater/particles/time_steps.hpp"

using namespace shearwater::particles;

TEST_CASE("steps go through the times of outputs", "[particles][unit]") {
  StepConfig const steps{.count = 4, .end = 0.5};
  auto const through = [&](std::vector<double> const& stops) {
    return steps.scale_factors_through(0.1, stops);
  };
  using Catch::Matchers::Approx;
  CHECK_THAT(through({}), Approx(std::vector{0.1, 0.2, 0.3, 0.4, 0.5}));
  CHECK_THAT(through({0.1, 0.5}), Approx(std::vector{0.1, 0.2, 0.3, 0.4, 0.5}));
  SECTION("the nearest boundary is moved") {
    CHECK_THAT(through({0.22, 0.36}), Approx(std::vector{0.1, 0.22, 0.3, 0.36, 0.5}));
    CHECK(through({0.22})[1] == 0.22);
  }
  SECTION("a boundary a rounding away becomes the stop") {
    for (double const stop : {std::nextafter(0.2, 0), std::nextafter(0.2, 1)}) {
      auto const times = through({stop});
      CHECK(times.size() == 5);
      CHECK(times[1] == stop);
    }
  }
  SECTION("one is added where it is taken, or an end") {
    CHECK_THAT(through({0.22, 0.24}), Approx(std::vector{0.1, 0.22, 0.24, 0.3, 0.4, 0.5}));
    CHECK_THAT(through({0.12}), Approx(std::vector{0.1, 0.12, 0.2, 0.3, 0.4, 0.5}));
    CHECK_THAT(through({0.48}), Approx(std::vector{0.1, 0.2, 0.3, 0.4, 0.48, 0.5}));
  }
}
