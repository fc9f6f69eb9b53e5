// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/cosmology/background.hpp"
#include "shearwater/cosmology/mass_function.hpp"

using namespace shearwater;
using namespace shearwater::cosmology;

namespace {

/// int f(sigma) dln(1/sigma), by the trapezium rule.
double collapsed_share(MassFunction const& function) {
  double const step = 0.01;
  double sum = 0;
  for (double ln_nu = -40; ln_nu < 4; ln_nu += step)
    sum += step * function.multiplicity(std::exp(-ln_nu));
  return sum;
}

}  // namespace

TEST_CASE("all matter is in halos of Press and Schechter, and of Sheth and Tormen",
          "[cosmology][unit]") {
  LinearPower const power{Cosmology{}};
  CHECK_THAT(collapsed_share({power, Multiplicity::press_schechter, 0}), WithinAbs(1, 1e-6));
  // A = 0.3222 has four digits.
  CHECK_THAT(collapsed_share({power, Multiplicity::sheth_tormen, 0}), WithinAbs(1, 2e-4));
}

TEST_CASE("the slope of sigma(R) is that of its differences", "[cosmology][unit]") {
  LinearPower const power{Cosmology{}};
  for (double const radius : {0.01, 0.3, 2.0, 8.0, 40.0, 200.0}) {
    double const step = 1e-3;
    double const up = std::log(power.sigma(radius * std::exp(step))),
                 down = std::log(power.sigma(radius * std::exp(-step)));
    CHECK_THAT(power.sigma_slope(radius), WithinAbs((up - down) / (2 * step), 1e-5));
  }
}

TEST_CASE("mass functions are number densities of the halos that hold the mass",
          "[cosmology][unit]") {
  // M dn/dlnM / rho_m integrates to the same share as f from the sigma of one mass to that of
  // another.
  LinearPower const power{Cosmology{}};
  double const redshift = 0.7, low = 1e12, high = 1e15;
  MassFunction const function(power, Multiplicity::tinker, redshift, 350);
  double const density = units::critical_density * power.cosmology().omega_m();
  int const steps = 60;
  double by_mass = 0, by_sigma = 0, previous = 0, previous_log = 0;
  for (int i = 0; i <= steps; ++i) {
    double const step = std::log(high / low) / steps, mass = low * std::exp(step * i);
    by_mass += (i == 0 || i == steps ? 0.5 : 1) * step * mass * function(mass) / density;
    double const sigma = function.sigma(mass), share = function.multiplicity(sigma);
    if (i > 0) by_sigma += 0.5 * (share + previous) * (previous_log - std::log(sigma));
    previous = share, previous_log = std::log(sigma);
  }
  CHECK(by_mass > 0.01);
  CHECK_THAT(by_mass, WithinRel(by_sigma, 1e-3));
  CHECK_THAT(function.sigma(low) / power.sigma_mass(low),
             WithinRel(Background(power.cosmology()).growth(1 / (1 + redshift)), 1e-12));
}

TEST_CASE("Tinker's parameters change smoothly with the overdensity", "[cosmology][unit]") {
  LinearPower const power{Cosmology{}};
  double previous = 1;
  for (double overdensity = 200; overdensity <= 3200; overdensity *= 1.04) {
    MassFunction const function(power, Multiplicity::tinker, 0, overdensity);
    // Denser spheres hold less.
    CHECK(function.multiplicity(0.8) < previous);
    CHECK(function.multiplicity(0.8) > 0.9 * previous * (overdensity > 200 ? 1 : 0));
    previous = function.multiplicity(0.8);
  }
}

TEST_CASE("overdensities that nobody fitted are refused with the range", "[cosmology][unit]") {
  LinearPower const power{Cosmology{}};
  auto const tinker = [&](double redshift, double overdensity) {
    return MassFunction(power, Multiplicity::tinker, redshift, overdensity);
  };
  CHECK_THROWS_WITH(tinker(0, 178), ContainsSubstring("178") && ContainsSubstring("[200, 3200]"));
  CHECK_THROWS_WITH(tinker(0, 3300), ContainsSubstring("Sheth & Tormen"));
  CHECK_THROWS_WITH(tinker(-0.1, 200), ContainsSubstring("redshift = -0.1"));
  CHECK_THROWS_AS(tinker(0, 200)(-1e12), core::InputError);
  CHECK_NOTHROW(MassFunction(power, Multiplicity::sheth_tormen, 0, 178));
}
