// SPDX-License-Identifier: BSD-3-Clause
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

}  // namespace

TEST_CASE("the leapfrog with uncorrected factors is of second order", "[particles][convergence]") {
  // The mesh's error is the same in all runs. Against 2n steps an error of order 2 is 3/4 of
  // itself.
  auto const coarse = positions(20), middle = positions(40), fine = positions(80);
  double const order = std::log2(distance(coarse, middle) / distance(middle, fine));
  CHECK_THAT(order, WithinAbs(2.0, 0.2));
}
