// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <fstream>

#include "catch.hpp"
#include "halos_of_tests.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/galaxies/secondary.hpp"
#include "support.hpp"

using namespace shearwater;
using galaxies::Occupation;
using galaxies::OccupationConfig;

namespace {

struct Totals {
  double central = 0, satellites = 0, square = 0;
};

Totals count(galaxies::HaloBlock const& halos, Occupation const& occupation) {
  auto const counts = galaxies::count_galaxies(ExecSpace(), halos, occupation, 7, 100000);
  Totals totals;
  for (std::int64_t h = 0; h < halos.size(); ++h) {
    totals.central += counts.central(h);
    totals.satellites += counts.satellites(h);
    totals.square += std::pow(counts.satellites(h), 2);
  }
  return totals;
}

}  // namespace

// Means and variances of 2e5 halos within 4.3 standard errors: 5 masses and 3 numbers each, false
// alarm 2.6e-4. The masses ask for both ways of drawing Poisson numbers.
TEST_CASE("centrals are drawn with their chance and satellites in Poisson numbers") {
  OccupationConfig config;
  config.satellites_follow_centrals = false;
  Occupation const occupation(config);
  constexpr double kHalos = 200'000;
  for (double const mass : {1e12, 1e13, 2.6e14, 4e14, 2e15}) {
    CAPTURE(mass);
    auto const mean = occupation.mean(mass);
    double const nc =
        0.5 * (1 + std::erf((std::log10(mass) - config.log_m_min) / config.sigma_log_m));
    double const ns =
        std::pow(std::max(0.0, (mass - std::pow(10, config.log_m0)) / std::pow(10, config.log_m1)),
                 config.alpha);
    CHECK_THAT(mean.central, WithinRel(nc, 1e-12));
    CHECK_THAT(mean.satellites, WithinRel(ns, 1e-12));
    auto const found =
        count(test::equal_halos(static_cast<std::int64_t>(kHalos), mass), occupation);
    CHECK(std::abs(found.central / kHalos - nc) < 4.3 * std::sqrt(nc * (1 - nc) / kHalos) + 1e-9);
    double const average = found.satellites / kHalos;
    CHECK(std::abs(average - ns) < 4.3 * std::sqrt(ns / kHalos));
    // The variance of a Poisson number is its mean, its fourth moment m + 3 m^2.
    double const variance = found.square / kHalos - average * average;
    CHECK(std::abs(variance - ns) < 4.3 * std::sqrt((ns + 2 * ns * ns) / kHalos));
  }
}

TEST_CASE("a halo's galaxies depend on its key alone, not on its neighbours") {
  Occupation const occupation((OccupationConfig()));
  auto halos = test::equal_halos(1000, 3e14);
  auto const before = galaxies::count_galaxies(ExecSpace(), halos, occupation, 7, 1000);
  for (std::size_t h = 0; h < 500; ++h) halos.key(h) += 1'000'000;
  auto const after = galaxies::count_galaxies(ExecSpace(), halos, occupation, 7, 1000);
  int changed = 0;
  for (std::size_t h = 0; h < 1000; ++h) {
    if (h < 500) changed += before.satellites(h) != after.satellites(h);
    if (h >= 500) CHECK(before.satellites(h) == after.satellites(h));
  }
  CHECK(changed > 300);
}

TEST_CASE("a stellar-mass threshold has the occupation of Leauthaud et al.") {
  OccupationConfig config;
  config.model = "leauthaud11";
  config.log_stellar_mass = 10.5;
  Occupation const occupation(config);
  // Where the mean stellar mass is the threshold, half of the halos have a central galaxy: their
  // eq. 13 with lg ratio = 10.5 - 10.916.
  double const ratio = std::pow(10, 10.5 - 10.916);
  double const log_halo = 12.520 + 0.457 * std::log10(ratio) +
                          std::pow(ratio, 0.566) / (1 + std::pow(ratio, -1.53)) - 0.5;
  double const half = 0.72 * std::pow(10, log_halo);  // Msun/h
  CHECK_THAT(occupation.mean(half).central, WithinAbs(0.5, 2e-3));
  double const m_sat = 1e12 * 10.62 * std::pow(std::pow(10, log_halo - 12), 0.859);
  double const m_cut = 1e12 * 1.47 * std::pow(std::pow(10, log_halo - 12), -0.13);
  double const mass = 1e14;
  CHECK_THAT(occupation.mean(0.72 * mass).satellites,
             WithinRel(mass / m_sat * std::exp(-m_cut / mass), 2e-3));
  CHECK(occupation.mean(1e10).central < 1e-3);
}

TEST_CASE("assembly bias keeps the mean of all halos of a mass") {
  OccupationConfig config;
  config.central_bias = 0.8;
  config.satellite_bias = -0.5;
  config.split = 0.3;
  Occupation const decorated(config);
  config.central_bias = config.satellite_bias = 0;
  Occupation const plain(config);
  CHECK(decorated.is_decorated());
  for (double const mass : {5e11, 1e12, 1.3e12, 3e13}) {
    CAPTURE(mass);
    auto const low = decorated.mean(mass, 0.1), high = decorated.mean(mass, 0.9);
    auto const mean = plain.mean(mass);
    CHECK_THAT(0.3 * low.central + 0.7 * high.central, WithinRel(mean.central, 1e-12));
    CHECK_THAT(0.3 * low.satellites + 0.7 * high.satellites, WithinRel(mean.satellites, 1e-12));
    CHECK(high.central >= low.central);
    CHECK(high.satellites <= low.satellites);
    for (double const chance : {low.central, high.central}) {
      CHECK(chance >= 0);
      CHECK(chance <= 1);
    }
  }
}

// Halos alone in their bin of mass, ten of one spin, and ten of none: the mean over 2000 seeds of
// the sum of their means is the plain sum within 4.3 standard errors each, false alarm 3.4e-5.
TEST_CASE("assembly bias keeps the mean of a catalogue with few halos of a mass") {
  OccupationConfig config;
  config.central_bias = 1;
  config.satellite_bias = -0.6;
  config.split = 0.5;
  Occupation const decorated(config);
  config.central_bias = config.satellite_bias = 0;
  Occupation const plain(config);
  constexpr std::size_t kLone = 30, kAll = kLone + 20;
  auto halos = test::equal_halos(kAll, 1e12);
  halos.secondary = Array1<float>("test::secondary", kAll);
  double centrals = 0, satellites = 0;
  for (std::size_t h = 0; h < kAll; ++h) {
    if (h < kLone) halos.mass(h) = std::pow(10, 11.55 + 0.1 * static_cast<double>(h));
    halos.secondary(h) = h < kLone + 10 ? 0.03F : std::nanf("");
    auto const mean = plain.mean(halos.mass(h));
    centrals += mean.central, satellites += mean.satellites;
  }
  galaxies::RankTable table;
  table.add(halos);
  table.gather(parallel::Communicator::alone());
  CHECK(table.known() == kLone + 10);
  double sum[2] = {}, square[2] = {};
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    table.set_ranks(halos, seed);
    double one[2] = {-centrals, -satellites};
    for (std::size_t h = 0; h < kAll; ++h) {
      auto const mean = decorated.mean(halos.mass(h), static_cast<double>(halos.rank(h)));
      one[0] += mean.central, one[1] += mean.satellites;
    }
    for (int k = 0; k < 2; ++k) sum[k] += one[k], square[k] += one[k] * one[k];
  }
  for (int k = 0; k < 2; ++k) {
    CAPTURE(k);
    CHECK(square[k] > 0);
    CHECK(std::abs(sum[k]) < 4.3 * std::sqrt(square[k]));
  }
}

TEST_CASE("a table of mean numbers is followed, and refused where it cannot be") {
  test::ScratchFolder const scratch;
  OccupationConfig config;
  config.model = "table";
  config.table = scratch.file("occupation.csv");
  std::ofstream(config.table) << "log10_mass,central,satellites\n11,0,0\n12,0.5,0\n14,1,10\n";
  Occupation const occupation(config);
  CHECK(occupation.mean(1e10).central == 0);
  CHECK_THAT(occupation.mean(1e13).central, WithinRel(0.75, 1e-9));
  CHECK_THAT(occupation.mean(1e13).satellites, WithinRel(5.0, 1e-9));
  CHECK(occupation.mean(1e16).satellites == 10);
  std::ofstream(config.table) << "log10_mass,central,satellites\n11,0,0\n12,1.5,0\n";
  CHECK_THROWS_WITH(Occupation(config), ContainsSubstring("central lie in [0, 1]"));
}

TEST_CASE("more satellites than can be meant are refused") {
  CHECK_THROWS_WITH(galaxies::count_galaxies(ExecSpace(), test::equal_halos(3, 1e18),
                                             Occupation(OccupationConfig()), 1, 1000),
                    ContainsSubstring("satellites.most = 1000"));
}
