// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "simulation.hpp"
#include "support.hpp"

using namespace shearwater;
using namespace shearwater::particles;

namespace {

/// Positions along x, in boxes, of a plane wave after uncorrected steps.
std::vector<double> positions(std::int64_t steps) {
  test::Simulation simulation(test::world(), {64, 16}, 1);
  simulation.begin(test::field_of(simulation.fft,
                                  [](double x, double, double) {
                                    return 0.5 * std::cos(2 * std::numbers::pi * x);
                                  }),
                   0.1, 1);
  simulation.evolve({.count = steps, .growth_corrected = false}, 0.1);
  std::vector<double> result;
  for (auto const& particle : simulation.snapshot())
    result.push_back(particle.position[0] * 0x1p-32);
  return result;
}

double distance(std::vector<double> const& a, std::vector<double> const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(std::remainder(a[i] - b[i], 1.0), 2);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

/// The largest error of any particle of a plane wave beside Zel'dovich's positions, which are exact
/// before sheets cross, over the largest displacement: `n` particles along the wave, `factor` mesh
/// cells for each of them, overdensity `amplitude` at the end.
double wave_error(std::int64_t n, std::int64_t factor, std::int64_t steps, double amplitude) {
  double const turn = 2 * std::numbers::pi;
  test::Simulation simulation(test::world(), {64, n}, factor);
  simulation.begin(
      test::field_of(simulation.fft,
                     [&](double x, double, double) { return amplitude * std::cos(turn * x); }),
      0.1, 1);
  simulation.evolve({.count = steps}, 0.1);
  double worst = 0;
  for (auto const& particle : simulation.snapshot()) {
    auto const plane = particle.id / static_cast<std::uint64_t>(n * n);
    double const q = static_cast<double>(plane) / static_cast<double>(n);
    double const expected = q - amplitude / turn * std::sin(turn * q);
    worst =
        std::max(worst, std::abs(std::remainder(particle.position[0] * 0x1p-32 - expected, 1.0)));
  }
  double const error = worst / (amplitude / turn);
  UNSCOPED_INFO(n << " particles, " << n * factor << " cells, " << steps << " steps: error "
                  << error);
  return error;
}

}  // namespace

TEST_CASE("the leapfrog with uncorrected factors is of second order", "[particles][convergence]") {
  // The mesh's error is the same in all runs. Against 2n steps an error of order 2 is 3/4 of
  // itself.
  auto const coarse = positions(20), middle = positions(40), fine = positions(80);
  double const order = std::log2(distance(coarse, middle) / distance(middle, fine));
  CHECK_THAT(order, WithinAbs(2.0, 0.2));
}

TEST_CASE("corrected steps are exact where forces are", "[particles][convergence]") {
  // In one dimension the force on a sheet of a lattice is how far it is from its place in it, as
  // long as sheets keep their order: what is left are the factors of the steps.
  constexpr double amplitude = 0.9, turn = 2 * std::numbers::pi;
  constexpr std::size_t n = 64;
  cosmology::Background const background{cosmology::Cosmology{}};
  StepFactors const factors(background, true);
  for (std::int64_t const steps : {1, 5, 80}) {
    StepConfig const config{.count = steps};
    auto const times = config.scale_factors(0.1);
    double const start = background.growth(0.1);
    double const momentum = 0.01 * background.expansion(0.1) * start * background.growth_rate(0.1);
    double worst = 0;
    for (std::size_t i = 0; i < n; ++i) {
      double const q = static_cast<double>(i) / n;
      double const displacement = -amplitude / turn * std::sin(turn * q);
      double x = q + start * displacement, p = momentum * displacement;
      for (std::size_t s = 1; s < times.size(); ++s) {
        double const from = times[s - 1], to = times[s], middle = config.middle(from, to);
        p += factors.kick(from, middle, from) * (x - q);
        x += factors.drift(from, to, middle) * p;
        p += factors.kick(middle, to, to) * (x - q);
      }
      worst = std::max(worst, std::abs(x - q - displacement));
    }
    CHECK(worst < 1e-7 * amplitude / turn);  // what the tables of the growth interpolate to
  }
}

TEST_CASE("a strong plane wave's error is the mesh's and falls with it",
          "[particles][convergence]") {
  // delta = 0.5. Of first order in the particles along the wave: the mesh force on a sheet depends
  // on where in its cell the sheet is.
  double const few = wave_error(16, 2, 20, 0.5), middle = wave_error(32, 2, 20, 0.5),
               many = wave_error(64, 2, 20, 0.5);
  CHECK(middle < 0.6 * few);
  CHECK(many < 0.6 * middle);
  CHECK(many < 0.005);
  // And in the cells for each particle.
  CHECK(many < 0.3 * wave_error(64, 1, 20, 0.5));
  CHECK(wave_error(64, 3, 20, 0.5) < 0.8 * many);
}

TEST_CASE("a strong plane wave takes more cells in few steps", "[.nightly]") {
  // In 5 steps errors of single forces do not average out: four times the cells for the same 0.5 %.
  double const few = wave_error(64, 2, 5, 0.5), middle = wave_error(128, 2, 5, 0.5),
               many = wave_error(256, 2, 5, 0.5);
  CHECK(middle < 0.7 * few);
  CHECK(many < 0.7 * middle);
  CHECK(many < 0.005);
}
