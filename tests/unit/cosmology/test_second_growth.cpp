// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/cosmology/second_growth.hpp"

using namespace shearwater;
using namespace shearwater::cosmology;

namespace {

Background flat(double omega_m) {
  Cosmology cosmology;
  cosmology.omega_b = 0.05, cosmology.omega_c = omega_m - 0.05;
  return Background(cosmology);
}

}  // namespace

TEST_CASE("first-order growth has the numbers of an independent integration", "[unit][cosmology]") {
  auto const background = flat(0.307494);
  CHECK_THAT(background.growth_rate(1), WithinAbs(0.51999, 5e-5));
  CHECK_THAT(background.growth_matter_era(1), WithinAbs(0.783444, 5e-5));
}

TEST_CASE("second-order growth in Einstein-de Sitter is -3/7 D^2", "[unit][cosmology]") {
  auto const background = flat(1);
  SecondGrowth const second(background);
  for (double const a : {2e-4, 0.01, 0.1, 0.5, 1.0}) {
    CHECK_THAT(second.growth(a), WithinRel(-3.0 / 7 * a * a, 1e-9));
    CHECK_THAT(second.rate(a), WithinRel(2.0, 1e-9));
  }
}

TEST_CASE("second-order growth solves its equation", "[unit][cosmology]") {
  auto const background = flat(0.3);
  SecondGrowth const second(background);
  for (double const a : {0.02, 0.2, 0.5, 0.9}) {
    double const h = 1e-2, x = std::log(a);
    auto const d = [&](double shift) { return second.growth(std::exp(x + shift)); };
    double const slope = (8 * (d(h) - d(-h)) - (d(2 * h) - d(-2 * h))) / (12 * h);
    double const bend = (16 * (d(h) + d(-h)) - (d(2 * h) + d(-2 * h)) - 30 * d(0)) / (12 * h * h);
    double const matter = background.omega_m(a), first = background.growth(a);
    double const friction = 2 - 1.5 * matter;  // 2 + dlnH/dlna with a cosmological constant
    // Differences of fourth order: about h^4.
    CHECK_THAT(bend + friction * slope - 1.5 * matter * d(0),
               WithinRel(-1.5 * matter * first * first, 2e-7));
    CHECK_THAT(second.rate(a), WithinRel(slope / d(0), 1e-7));
  }
  // The fits of Bouchet et al. (1995) hold to about a percent.
  double const d1 = background.growth(1);
  CHECK_THAT(second.growth(1), WithinRel(-3.0 / 7 * d1 * d1 * std::pow(0.3, -1.0 / 143), 5e-3));
  CHECK_THAT(second.rate(1), WithinRel(2 * std::pow(0.3, 6.0 / 11), 2e-2));
  CHECK_THROWS_AS(second.growth(2), core::InputError);
}
