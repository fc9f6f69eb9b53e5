// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "aligned.hpp"
#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/fields/binned_power.hpp"

using namespace shearwater;

TEST_CASE("a plane wave has its power in its band", "[fields]") {
  fields::FlatSky const sky{32, 5.0};
  double const f = sky.fundamental();
  fields::BinnedPower const power(sky, {0.5 * f, 2.5 * f, 5.5 * f, 9.5 * f});
  auto const map = fields::make_aligned<float>(32 * 32);
  auto const modes = fields::make_aligned<std::complex<float>>(32 * 17);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x)  // |k| = 5 f
      map[static_cast<std::size_t>(32 * y + x)] =
          static_cast<float>(3 * std::cos(2 * std::numbers::pi * (3 * x + 4 * y) / 32.0));
  power.transform(map.get(), modes.get());
  std::array<double, 3> bands{};
  power.measure(modes.get(), modes.get(), bands);
  // Two modes of amplitude 3/2 in a band of n: 2 (9/4) area / n.
  auto const n = static_cast<double>(power.mode_counts()[1]);
  CHECK_THAT(bands[1], WithinRel(4.5 * sky.area() / n, 1e-5));
  CHECK(bands[0] < 1e-9 * bands[1]);
  CHECK(bands[2] < 1e-9 * bands[1]);
}

TEST_CASE("bands count every mode once", "[fields]") {
  fields::FlatSky const sky{64, 5.0};
  fields::BinnedPower const all(sky, {1.0, 1e6});
  CHECK(all.mode_counts()[0] == 64 * 64 - 1);
  auto const bands = fields::BinnedPower::logarithmic(sky, 12);
  CHECK(bands.bands() == 12);
  CHECK(std::accumulate(bands.mode_counts().begin(), bands.mode_counts().end(), 0L) == 64 * 64 - 1);
  for (auto const count : bands.mode_counts()) CHECK(count >= 4);
  auto const mean = bands.average([](double l) { return l; });
  for (std::size_t b = 0; b < mean.size(); ++b)
    CHECK((mean[b] > bands.edges()[b] && mean[b] <= bands.edges()[b + 1]));
}

TEST_CASE("bands that cannot be made are refused", "[fields]") {
  CHECK_THROWS_WITH(fields::BinnedPower({32, 5.0}, {100, 50}), ContainsSubstring("increasing"));
  CHECK_THROWS_WITH(fields::BinnedPower::logarithmic({32, 5.0}, 40),
                    ContainsSubstring("use at most"));
  CHECK_THROWS_WITH(fields::BinnedPower({33, 5.0}, {1, 50}), ContainsSubstring("even"));
}
