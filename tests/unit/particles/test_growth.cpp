// SPDX-License-Identifier: BSD-3-Clause
// Small boxes in the default run; those that the project's goals name take minutes: label nightly.
#include <cmath>

#include "catch.hpp"
#include "simulation.hpp"
#include "support.hpp"

using namespace shearwater;
using namespace shearwater::particles;

namespace {

/// Mean power of a pair of opposite fields at the start and after the steps, by shell.
std::vector<std::pair<double, double>> growth_of_pair(BoxConfig const& box, std::int64_t factor,
                                                      double highest_k) {
  std::vector<std::pair<double, double>> result;
  for (bool const paired : {false, true}) {
    test::Simulation simulation(test::world(), box, factor);
    simulation.begin({.seed = 21, .scale_factor = 0.1, .fixed_amplitude = true, .paired = paired});
    auto const before = simulation.power();
    simulation.evolve({.count = 20}, 0.1);
    auto const after = simulation.power();
    result.resize(before.size());
    for (std::size_t i = 0; i < before.size() && before[i].k < highest_k; ++i) {
      result[i].first += before[i].power;
      result[i].second += after[i].power;
    }
  }
  std::erase_if(result, [](auto const& pair) { return pair.first == 0; });
  return result;
}

void check_growth(BoxConfig const& box, std::int64_t factor) {
  cosmology::Background const background(cosmology::Cosmology{});
  double const linear = std::pow(background.growth(1) / background.growth(0.1), 2);
  auto const shells = growth_of_pair(box, factor, 0.02);
  REQUIRE(shells.size() >= 2);
  for (auto const& [before, after] : shells) CHECK_THAT(after / before, WithinRel(linear, 0.01));
}

/// Largest differences of P(k) after 10 and 20 steps from that after 80, to a quarter of the
/// particles' Nyquist wavenumber.
std::pair<double, double> differences(BoxConfig const& box) {
  std::vector<std::vector<PowerBin>> powers;
  for (std::int64_t const steps : {80, 20, 10}) {
    test::Simulation simulation(test::world(), box, 2);
    simulation.begin({.seed = 4, .scale_factor = 0.1});
    simulation.evolve({.count = steps}, 0.1);
    powers.push_back(simulation.power());
  }
  double twenty = 0, ten = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(box.particles / 8); ++i) {
    twenty = std::max(twenty, std::abs(powers[1][i].power / powers[0][i].power - 1));
    ten = std::max(ten, std::abs(powers[2][i].power / powers[0][i].power - 1));
  }
  return {twenty, ten};
}

}  // namespace

TEST_CASE("large scales grow linearly", "[particles][unit]") {
  check_growth({1000, 64}, 1);
  check_growth({1000, 64}, 2);
}

TEST_CASE("displaced particles have the power of the field they come from", "[particles][unit]") {
  test::Simulation simulation(test::world(), {500, 32}, 2);
  InitialConfig const initial{.seed = 3, .scale_factor = 0.02};
  auto const field = simulation.fft.make_grid("test::density");
  draw_density(simulation.fft, simulation.box, initial,
               cosmology::LinearPower(simulation.cosmology), simulation.fft.modes(field));
  auto const linear = measure_power(simulation.fft, simulation.box, simulation.fft.modes(field));
  simulation.begin(field, initial.scale_factor, 2);
  auto const found = simulation.power();
  double const growth = std::pow(simulation.background.growth(initial.scale_factor), 2);
  // Beyond half the Nyquist wavenumber of the particles' grid its images add some per cent.
  for (std::size_t i = 0; i < linear.size() / 2; ++i)
    CHECK_THAT(found[i].power, WithinRel(growth * linear[i].power, 0.01));
}

TEST_CASE("few steps have the power of many", "[particles][unit]") {
  auto const [twenty, ten] = differences({128, 64});
  CHECK(twenty < 0.01);
  CHECK(ten < 0.03);
}

TEST_CASE("large scales grow linearly, 256^3", "[.nightly]") { check_growth({1000, 256}, 1); }

TEST_CASE("few steps have the power of many, 128^3", "[.nightly]") {
  auto const [twenty, ten] = differences({256, 128});
  CHECK(twenty < 0.01);
  CHECK(ten < 0.03);
}
