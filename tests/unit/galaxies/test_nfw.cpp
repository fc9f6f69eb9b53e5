// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/galaxies/nfw.hpp"

using namespace shearwater;

namespace {

/// Li2(-x) for x > 0: the series, after Landen's or the inversion formula where it would be slow.
double dilogarithm_of_minus(double x) {
  double const pi2 = std::numbers::pi * std::numbers::pi;
  if (x > 1) return -pi2 / 6 - 0.5 * std::pow(std::log(x), 2) - dilogarithm_of_minus(1 / x);
  double const y = x / (1 + x);  // Li2(-x) = -Li2(y) - ln^2(1 - y) / 2
  double sum = 0, power = 1;
  for (int n = 1; n < 200; ++n) {
    power *= y;
    sum += power / (n * n);
  }
  return -sum - 0.5 * std::pow(std::log1p(-y), 2);
}

/// Lokas & Mamon (2001), eq. 14, in units of G M_s / r_s.
double closed_dispersion(double x) {
  double const pi2 = std::numbers::pi * std::numbers::pi, l = std::log1p(x), o = 1 + x;
  return 0.5 * x * o * o *
         (pi2 - std::log(x) - 1 / x - 1 / (o * o) - 6 / o + (1 + 1 / (x * x) - 4 / x - 2 / o) * l +
          3 * l * l + 6 * dilogarithm_of_minus(x));
}

}  // namespace

TEST_CASE("the radius of a mass inverts the mass within a radius") {
  for (double x = 1e-6; x < 1e3; x *= 1.7)
    CHECK_THAT(galaxies::nfw_radius(galaxies::nfw_mass(x)), WithinRel(x, 1e-11));
  // Across the change from the series to the closed form.
  CHECK_THAT(galaxies::nfw_mass(0.00999999999), WithinRel(galaxies::nfw_mass(0.01), 1e-8));
  CHECK_THAT(galaxies::nfw_mass(0.009), WithinRel(std::log1p(0.009) - 0.009 / 1.009, 1e-11));
}

TEST_CASE("the dispersion is that of Lokas and Mamon's formula") {
  // At the peak and elsewhere; their closed form loses digits at both ends.
  for (double x = 0.05; x < 50; x *= 1.3)
    CHECK_THAT(galaxies::nfw_dispersion(x), WithinRel(closed_dispersion(x), 1e-6));
}

TEST_CASE("tables give radius and dispersion") {
  galaxies::NfwTable const table;
  for (double x = 0.02; x < 150; x *= 1.21) {
    auto const point = table.at(static_cast<float>(galaxies::nfw_mass(x)));
    CHECK_THAT(static_cast<double>(point.x), WithinRel(x, 2e-5));
    CHECK_THAT(static_cast<double>(point.sigma),
               WithinRel(std::sqrt(galaxies::nfw_dispersion(x)), 2e-4));
  }
  CHECK(table.at(0).x == 0);
}

TEST_CASE("concentrations are those of Duffy et al.") {
  // Their table 1: at the pivot mass the amplitude, at z = 1 less by 2^C.
  CHECK_THAT(galaxies::duffy_concentration("200c")(2e12, 0), WithinRel(5.71, 1e-12));
  CHECK_THAT(galaxies::duffy_concentration("200m")(2e12, 1),
             WithinRel(10.14 * std::pow(2, -1.01), 1e-12));
  CHECK_THROWS_WITH(galaxies::duffy_concentration("fof"), ContainsSubstring("\"200m\""));
}
