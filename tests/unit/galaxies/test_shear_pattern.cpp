// SPDX-License-Identifier: BSD-3-Clause
// A shear pattern whose two-point functions are known.
#include <numbers>

#include "catch.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/galaxies/correlations.hpp"

using namespace shearwater;

TEST_CASE("xi_+ and xi_- of a tangential shear pattern", "[galaxies][unit]") {
  // gamma_t = g0 (r/r0)^2 exp(-r^2 / 2 r0^2) on a field of side L has (test_gg.py of TreeCorr)
  //   xi_+ = pi/16 g0^2 (r0/L)^2 exp(-r^2 / 4 r0^2) (r^4 - 16 r^2 r0^2 + 32 r0^4) / r0^4
  //   xi_- the same with r^4 / r0^4.
  constexpr double g0 = 0.05, r0 = 10, field = 120;
  constexpr int across = 200;
  galaxies::PairSample sample;
  core::Stream random(3, core::Purpose::observation, 0);
  for (int i = 0; i < across * across; ++i) {
    // One galaxy at random in each cell of a lattice: less noise than anywhere at random.
    double const x = (i % across + random.uniform()) * field / across,
                 y = (i / across + random.uniform()) * field / across;
    double const u = x - 0.5 * field, v = y - 0.5 * field, square = (u * u + v * v) / (r0 * r0);
    double const tangential = g0 * square * std::exp(-0.5 * square), phi = std::atan2(v, u);
    sample.position.insert(sample.position.end(), {x, y, 0.0});
    sample.mark.insert(sample.mark.end(),
                       {-tangential * std::cos(2 * phi), -tangential * std::sin(2 * phi), 0.0});
    sample.id.push_back(i);
  }
  galaxies::PairConfig config{galaxies::PairGeometry::projected, {}, 1, field, 1};
  for (double r = 2; r < 25.1; r *= 1.15) config.edges.push_back(r);
  auto const alone = parallel::Communicator::alone();
  auto const sums = galaxies::sum_pairs(alone, config, sample);
  auto const plus = correlation(galaxies::statistic("xi_plus"), config, sums, {}, {});
  auto const minus = correlation(galaxies::statistic("xi_minus"), config, sums, {}, {});
  double const scale = std::numbers::pi / 16 * g0 * g0 * (r0 / field) * (r0 / field);
  for (std::size_t b = 0; b < plus.bins(); ++b) {
    // Means over the area of the bin.
    double expected_plus = 0, expected_minus = 0;
    for (int i = 0; i < 20; ++i) {
      double const low = config.edges[b], high = config.edges[b + 1];
      double const s = (low * low + (i + 0.5) / 20 * (high * high - low * low)) / (r0 * r0);
      double const common = scale * std::exp(-0.25 * s) / 20;
      expected_plus += common * (s * s - 16 * s + 32);
      expected_minus += common * s * s;
    }
    // A tenth, or a hundredth of the largest value, which is at r = 0: places at random are noise.
    INFO("r = " << config.edges[b]);
    double const floor = 0.01 * 32 * scale;
    CHECK_THAT(plus.value[b], WithinAbs(expected_plus, 0.1 * std::abs(expected_plus) + floor));
    CHECK_THAT(minus.value[b], WithinAbs(expected_minus, 0.1 * expected_minus + floor));
  }
}
