// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/cosmology/background.hpp"

using namespace shearwater;
using namespace shearwater::cosmology;

namespace {

Cosmology matter_and(double omega_m, double omega_k) {
  Cosmology cosmology;
  cosmology.omega_b = 0.05, cosmology.omega_c = omega_m - 0.05, cosmology.omega_k = omega_k;
  return cosmology;
}

}  // namespace

TEST_CASE("Einstein-de Sitter has its closed forms", "[unit][cosmology]") {
  Background const background(matter_and(1, 0));
  for (double const z : {0.01, 0.5, 1.0, 3.0, 10.0, 1000.0}) {
    double const exact = 2 * units::hubble_distance * (1 - 1 / std::sqrt(1 + z));
    CHECK_THAT(background.comoving_distance(z), WithinRel(exact, 1e-9));
    CHECK_THAT(background.growth(1 / (1 + z)), WithinRel(1 / (1 + z), 1e-9));
    CHECK_THAT(background.growth_rate(1 / (1 + z)), WithinRel(1.0, 1e-9));
  }
}

TEST_CASE("an open universe without dark energy has Mattig's distance", "[unit][cosmology]") {
  double const omega = 0.3;
  Background const background(matter_and(omega, 0.7));
  for (double const z : {0.1, 1.0, 5.0}) {
    double const mattig = 2 * units::hubble_distance / (omega * omega * (1 + z)) *
                          (omega * z + (omega - 2) * (std::sqrt(1 + omega * z) - 1));
    CHECK_THAT(background.transverse_distance(z), WithinRel(mattig, 1e-8));
    CHECK(background.comoving_distance(z) < background.transverse_distance(z));
  }
}

TEST_CASE("growth with a cosmological constant has Heath's integral", "[unit][cosmology]") {
  Background const background(matter_and(0.3, 0));
  // D = (5/2) Om E(a) int_0^a da/(a E)^3, by the midpoint rule in a^(5/2), in which it is smooth.
  auto heath = [&](double a) {
    int const steps = 4000;
    double sum = 0, top = std::pow(a, 2.5);
    for (int i = 0; i < steps; ++i) {
      double const x = std::pow((i + 0.5) / steps * top, 0.4);
      double const e = std::sqrt(0.3 / (x * x * x) + 0.7);
      sum += 1 / std::pow(x * e, 3) * 0.4 * x / ((i + 0.5) / steps * top) * top / steps;
    }
    return 2.5 * 0.3 * std::sqrt(0.3 / (a * a * a) + 0.7) * sum;
  };
  for (double const a : {0.1, 0.3, 0.5, 0.8, 1.0}) {
    CHECK_THAT(background.growth_matter_era(a), WithinRel(heath(a), 2e-7));
    double const h = 1e-4;
    double const rate = std::log(heath(a + h) / heath(a - h)) / std::log((a + h) / (a - h));
    CHECK_THAT(background.growth_rate(std::min(a, 1.0)), WithinRel(rate, 1e-5));
  }
}

TEST_CASE("redshift inverts distance", "[unit][cosmology]") {
  Background const background(matter_and(0.25, -0.1));
  for (double const z : {0.0, 1e-3, 0.3, 2.0, 50.0})
    CHECK_THAT(background.redshift(background.comoving_distance(z)), WithinAbs(z, 1e-8 * (1 + z)));
  CHECK_THROWS_AS(background.redshift(-1), core::InputError);
  CHECK_THROWS_AS(background.redshift(1e6), core::InputError);
  CHECK_THROWS_WITH(background.comoving_distance(-0.5), ContainsSubstring("between 0 and 9999"));
}

TEST_CASE("curved sine and cosine are a sine and its derivative", "[unit][cosmology]") {
  for (double const omega_k : {-0.2, 0.0, 0.2}) {
    Background const background(matter_and(0.3, omega_k));
    double const chi = 2000, h = 0.01;
    double const slope =
        (background.curved_sine(chi + h) - background.curved_sine(chi - h)) / (2 * h);
    CHECK_THAT(background.curved_cosine(chi), WithinRel(slope, 1e-8));
  }
}
