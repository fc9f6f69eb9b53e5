// SPDX-License-Identifier: BSD-3-Clause
// A generator that draws from the truth passes the test of orientations; one that does not is found
// out; on 1 to 4 ranks.
#include <array>
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/inference/orientation_test.hpp"
#include "support.hpp"

using namespace shearwater;
using namespace shearwater::inference;

namespace {

using Vector = std::array<double, 3>;

Vector direction(core::Stream& random) {
  double const z = 2 * random.uniform() - 1, phi = 2 * std::numbers::pi * random.uniform();
  double const s = std::sqrt(1 - z * z);
  return {s * std::cos(phi), s * std::sin(phi), z};
}

/// An axis of density proportional to exp(k cos^2) about `pole`, by rejection.
Vector concentrated(core::Stream& random, float const* pole, double k) {
  for (;;) {
    auto const axis = direction(random);
    double const c = axis[0] * pole[0] + axis[1] * pole[1] + axis[2] * pole[2];
    if (random.uniform() < std::exp(k * (c * c - 1))) return axis;
  }
}

/// A third of `total` galaxies are centrals, each with two satellites; this rank's hosts.
OrientedGalaxies mock(int hosts) {
  OrientedGalaxies galaxies;
  galaxies.box_side = 60;
  for (int host = test::world().rank(); host < hosts; host += test::world().size()) {
    core::Stream random(5, core::Purpose::observation, static_cast<std::uint64_t>(host));
    Vector centre;
    for (auto& x : centre) x = 60 * random.uniform();
    auto const major = direction(random);
    auto const mass = static_cast<float>(12 + random.uniform());
    for (int i = 0; i < 3; ++i) {
      auto const away = direction(random);
      double const radius = i == 0 ? 0 : 0.2 + 0.6 * random.uniform();
      galaxies.id.push_back(3 * host + i);
      galaxies.central.push_back(i == 0 ? 1 : 0);
      galaxies.log10_mass.push_back(mass);
      for (std::size_t d = 0; d < 3; ++d) {
        double const x = centre[d] + radius * away[d];
        galaxies.position.push_back(x - 60 * std::floor(x / 60));
        galaxies.host_major.push_back(static_cast<float>(major[d]));
        galaxies.to_central.push_back(i == 0 ? 0.0F : static_cast<float>(-away[d]));
      }
    }
  }
  return galaxies;
}

/// Centrals about the host's axis with k = 2, satellites about the direction to it with `k`.
DrawAxes drawer(OrientedGalaxies const& galaxies, std::uint64_t seed, double k) {
  return [&galaxies, seed, k](std::int64_t draw) {
    std::vector<float> axes;
    for (std::size_t i = 0; i < galaxies.id.size(); ++i) {
      core::Stream random(seed, core::Purpose::orientation,
                          static_cast<std::uint64_t>(galaxies.id[i] * 1000 + draw));
      bool const central = galaxies.central[i] != 0;
      auto const axis = central ? concentrated(random, &galaxies.host_major[3 * i], 2)
                                : concentrated(random, &galaxies.to_central[3 * i], k);
      for (double const x : axis) axes.push_back(static_cast<float>(x));
    }
    return axes;
  };
}

/// <|cos|> of density exp(k cos^2).
double mean_cosine(double k) {
  double up = 0, down = 0;
  for (int i = 0; i < 2000; ++i) {
    double const c = (i + 0.5) / 2000;
    up += c * std::exp(k * c * c);
    down += std::exp(k * c * c);
  }
  return up / down;
}

OrientationTestConfig small() {
  OrientationTestConfig config;
  config.draws = 8;
  config.bins = 3;
  config.rows = 1000;
  return config;
}

}  // namespace

TEST_CASE("a generator that draws from the truth passes", "[inference][mpi]") {
  auto const galaxies = mock(800);
  auto const result = test_orientations(test::world(), galaxies, small(), drawer(galaxies, 1, 4), 8,
                                        drawer(galaxies, 3, 4));
  CHECK(result.galaxies == 2400);
  CHECK(result.centrals == 800);
  CHECK(result.rows == 1000);
  // 8 draws of 800 and of 1,600 galaxies: five standard errors of .25/sqrt(6400) and half of that.
  CHECK_THAT(result.central.value, WithinAbs(mean_cosine(2), 0.016));
  CHECK_THAT(result.true_satellite.value, WithinAbs(mean_cosine(4), 0.012));
  CHECK(result.c2st < 0.54);
  // k = 2: the density at |cos| = 1 is e^2 times that at 0.
  CHECK(result.central_shares.back() > 5 * result.central_shares.front());
  CHECK_THAT(result.satellite_shares.back(), WithinRel(result.true_satellite_shares.back(), 0.1));
  // Satellites point at their central: omega is large at small separations, and the same.
  CHECK(result.true_ed[0].value > 0.05);
  CHECK_THAT(result.ratio[0].value, WithinAbs(1, 5 * result.ratio[0].error));
  // Angles of so few draws: one seed in a hundred is beyond three standard errors.
  CHECK(result.passes());
  auto wrong = result;
  wrong.central.value = wrong.true_central.value + 0.03;
  CHECK_FALSE(wrong.passes());
  wrong = result;
  wrong.ratio[0] = {0.8, 0.01};
  CHECK_FALSE(wrong.passes());
  wrong = result;
  for (auto& ratio : wrong.ratio) ratio.error = OrientationTest::measured;
  CHECK_FALSE(wrong.passes());
}

TEST_CASE("a generator that ignores positions is found out", "[inference][mpi]") {
  auto const galaxies = mock(800);
  auto const result = test_orientations(test::world(), galaxies, small(), drawer(galaxies, 1, 4), 8,
                                        drawer(galaxies, 2, 0));
  CHECK_THAT(result.satellite.value, WithinAbs(0.5, 0.012));
  CHECK(result.c2st > 0.6);
  CHECK(result.ratio[0].value < 0.8);
  CHECK_FALSE(result.passes());
}

TEST_CASE("results do not depend on how galaxies are dealt to ranks", "[inference][mpi]") {
  auto const galaxies = mock(60);
  auto const here = test_orientations(test::world(), galaxies, small(), drawer(galaxies, 1, 4), 1,
                                      drawer(galaxies, 2, 4));
  // All on one rank of its own.
  auto const alone = parallel::Communicator::alone();
  OrientedGalaxies all;
  all.box_side = galaxies.box_side;
  auto const gather = [&](auto const& mine, auto& to) {
    using T = typename std::decay_t<decltype(mine)>::value_type;
    to = test::world().all_gather(std::span<T const>(mine));
  };
  gather(galaxies.id, all.id);
  gather(galaxies.position, all.position);
  gather(galaxies.host_major, all.host_major);
  gather(galaxies.to_central, all.to_central);
  gather(galaxies.log10_mass, all.log10_mass);
  gather(galaxies.central, all.central);
  auto const whole =
      test_orientations(alone, all, small(), drawer(all, 1, 4), 1, drawer(all, 2, 4));
  CHECK(here.c2st == whole.c2st);
  CHECK(here.central.value == whole.central.value);
  CHECK(here.satellite.error == whole.satellite.error);
  for (std::size_t bin = 0; bin < here.ed.size(); ++bin)
    CHECK(here.ratio[bin].value == whole.ratio[bin].value);
  // One draw of the truth has the scatter of the generated ones.
  CHECK_THAT(here.true_central.error, WithinRel(here.central.error * std::sqrt(8.0), 1e-12));
}

TEST_CASE("too few galaxies judge nothing", "[inference][mpi]") {
  auto const galaxies = mock(3);
  CHECK_THROWS_AS(test_orientations(test::world(), galaxies, small(), drawer(galaxies, 1, 4), 1,
                                    drawer(galaxies, 2, 4)),
                  core::InputError);
}
