// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "halos_of_tests.hpp"
#include "shearwater/galaxies/host_axes.hpp"
#include "shearwater/galaxies/orientation.hpp"
#include "watson_moments.hpp"

using namespace shearwater;

namespace {

constexpr float kKnownAxes[3][3] = {{0.6F, 0.8F, 0}, {0, 0, 1}, {0.8F, -0.6F, 0}};
constexpr std::int64_t kScattered = 100'000;

galaxies::HaloBlock halos_with_axes(std::int64_t count, float const (&axes)[3][3] = kKnownAxes) {
  auto halos = test::equal_halos(count, 1e13);
  test::set_axes(halos, axes, 0.8F, 0.6F);
  return halos;
}

double product(Array3<float> const& a, std::int64_t i, int k, Array3<float> const& b,
               std::int64_t j, int l) {
  double sum = 0;
  for (int x = 0; x < 3; ++x) sum += static_cast<double>(a(i, k, x)) * b(j, l, x);
  return sum;
}

/// <cos^2> - 1/3 between axis k of the rows of two arrays.
double moment(Array3<float> const& a, int k, Array3<float> const& b) {
  double sum = 0;
  auto const n = a.extent_int(0);
  for (int i = 0; i < n; ++i) sum += std::pow(product(a, i, k, b, i, k), 2) - 1.0 / 3;
  return sum / n;
}

/// Four standard errors of a mean of cos^2, at most.
double const kFourErrors = 4 * std::sqrt(4.0 / 45 / kScattered) * 1.3;

}  // namespace

TEST_CASE("scattered axes are frames about the axes that were known") {
  auto const before = halos_with_axes(kScattered);
  for (auto const& known : {test::kWatson[4], test::kWatson[8], test::kWatson[9]}) {
    INFO("strength " << known.mu);
    auto after = halos_with_axes(kScattered);
    galaxies::scatter_axes(ExecSpace(), after, known.mu, 3);
    CHECK(std::abs(moment(after.axes, 0, before.axes) - known.w) < kFourErrors);
    // The minor axis follows as far as it can; one drawn anew across the major one would keep a
    // quarter of its moment.
    CHECK(moment(after.axes, 2, before.axes) > known.w);
    double worst = 0, handed = 0;
    for (std::int64_t h = 0; h < kScattered; ++h) {
      for (int a = 0; a < 3; ++a)
        for (int b = 0; b <= a; ++b)
          worst = std::max(worst, std::abs(product(after.axes, h, a, after.axes, h, b) - (a == b)));
      galaxies::Vector const x{after.axes(h, 0, 0), after.axes(h, 0, 1), after.axes(h, 0, 2)};
      galaxies::Vector const y{after.axes(h, 1, 0), after.axes(h, 1, 1), after.axes(h, 1, 2)};
      galaxies::Vector const z{after.axes(h, 2, 0), after.axes(h, 2, 1), after.axes(h, 2, 2)};
      handed += galaxies::dot(galaxies::cross(x, y), z);
    }
    CHECK(worst < 1e-6);
    CHECK(handed / kScattered > 1 - 1e-6);
  }
}

TEST_CASE("galaxies about scattered axes lose the share of both strengths") {
  // Two Watson scatters, one about the other: W = 3/2 W_1 W_2 (Legendre moments multiply).
  auto const before = halos_with_axes(kScattered);
  auto halos = halos_with_axes(kScattered);
  auto const host = test::kWatson[7], central = test::kWatson[8];
  galaxies::scatter_axes(ExecSpace(), halos, host.mu, 3);
  galaxies::OrientationConfig config;
  config.central_strength = central.mu;
  galaxies::set_profiles(ExecSpace(), halos, {}, {}, 1);
  auto made = galaxies::place_galaxies(ExecSpace(), halos, test::fixed_counts(kScattered, 0),
                                       galaxies::NfwTable(), {}, 5);
  galaxies::make_orienter(config, 3)->orient(ExecSpace(), halos, made);
  CHECK(std::abs(moment(made.axes, 0, before.axes) - 1.5 * host.w * central.w) < kFourErrors);
  CHECK(std::abs(moment(made.axes, 0, halos.axes) - central.w) < kFourErrors);
}

TEST_CASE("scattered axes go by the keys of their halos") {
  auto all = halos_with_axes(100);
  galaxies::scatter_axes(ExecSpace(), all, 0.6, 3);
  auto one = halos_with_axes(1);
  one.key(0) = 41;
  galaxies::scatter_axes(ExecSpace(), one, 0.6, 3);
  for (int a = 0; a < 3; ++a)
    for (int x = 0; x < 3; ++x) CHECK(one.axes(0, a, x) == all.axes(41, a, x));
  auto other = halos_with_axes(100);
  galaxies::scatter_axes(ExecSpace(), other, 0.6, 4);
  CHECK(moment(other.axes, 0, all.axes) < 0.5);
}

TEST_CASE("axes stay where nothing is to be scattered") {
  auto halos = halos_with_axes(10);
  galaxies::scatter_axes(ExecSpace(), halos, 1, 3);
  for (int a = 0; a < 3; ++a)
    for (int x = 0; x < 3; ++x) CHECK(halos.axes(7, a, x) == kKnownAxes[a][x]);
  auto bare = test::equal_halos(10, 1e13);
  galaxies::scatter_axes(ExecSpace(), bare, 0.5, 3);
  CHECK(bare.axes.extent(0) == 0);
  constexpr float none = std::numeric_limits<float>::quiet_NaN();
  auto unknown = halos_with_axes(10, {{none, none, none}, {none, none, none}, {none, none, none}});
  galaxies::scatter_axes(ExecSpace(), unknown, 0.5, 3);
  CHECK(std::isnan(unknown.axes(3, 0, 0)));
  // Of a halo whose major axis alone is known, that one alone.
  auto half = halos_with_axes(1, {{0, 0, 1}, {none, none, none}, {none, none, none}});
  galaxies::scatter_axes(ExecSpace(), half, 0.5, 3);
  CHECK(half.axes(0, 0, 2) < 1);
  CHECK(std::isnan(half.axes(0, 1, 0)));
  CHECK(std::isnan(half.axes(0, 2, 0)));
}
