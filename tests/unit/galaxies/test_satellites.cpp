// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "halos_of_tests.hpp"
#include "shearwater/galaxies/members.hpp"
#include "shearwater/halos/spherical_overdensity.hpp"

using namespace shearwater;

namespace {

constexpr std::int64_t kHosts = 2000;
constexpr std::int32_t kEach = 20;

galaxies::GalaxyBlock place(galaxies::HaloBlock& halos, galaxies::SatelliteConfig const& config) {
  galaxies::set_profiles(ExecSpace(), halos, {"200c", 0.3, 0.7}, config, 0.8);
  return galaxies::place_galaxies(ExecSpace(), halos, test::fixed_counts(kHosts, kEach),
                                  galaxies::NfwTable(), config, 5);
}

double length(galaxies::GalaxyBlock const& g, std::int64_t i) {
  return std::sqrt(std::pow(g.offset(i, 0), 2) + std::pow(g.offset(i, 1), 2) +
                   std::pow(g.offset(i, 2), 2));
}

/// Largest distance of the distribution of `share` from a uniform one.
double distance_from_uniform(std::vector<double> share) {
  std::ranges::sort(share);
  double distance = 0;
  auto const n = static_cast<double>(share.size());
  for (std::size_t i = 0; i < share.size(); ++i)
    distance = std::max({distance, std::abs(share[i] - static_cast<double>(i) / n),
                         std::abs(share[i] - static_cast<double>(i + 1) / n)});
  return distance;
}

}  // namespace

// Kolmogorov's test of 40,000 radii: D sqrt(n) above 2.1 by chance in 3e-4.
TEST_CASE("satellites follow the mass within a radius") {
  auto halos = test::equal_halos(kHosts, 1e14);
  auto const g = place(halos, {});
  double const c = static_cast<double>(halos.concentration(0)),
               r_200 = static_cast<double>(halos.radius(0));
  std::vector<double> share, other;
  for (std::int64_t i = 0; i < g.size(); ++i) {
    if (g.number(i) == 0) continue;
    double const x = c * length(g, i) / r_200;
    share.push_back(galaxies::nfw_mass(x) / galaxies::nfw_mass(c));
    other.push_back(galaxies::nfw_mass(1.1 * x) / galaxies::nfw_mass(1.1 * c));
  }
  double const root = std::sqrt(static_cast<double>(share.size()));
  CHECK(distance_from_uniform(share) * root < 2.1);
  // The tester is tested: a concentration higher by 10 % is seen.
  CHECK(distance_from_uniform(other) * root > 2.1);
}

TEST_CASE("radii are those of halo masses of the definition") {
  auto halos = test::equal_halos(2, 1e14);
  auto const theirs = halos::halo_overdensities(0.3, 0.8);
  std::pair<char const*, std::size_t> const definitions[] = {
      {"200m", 0}, {"200c", 1}, {"virial", 2}};
  for (auto const& [name, place] : definitions) {
    galaxies::set_profiles(ExecSpace(), halos, {name, 0.3, 0.7}, {}, 0.8);
    double const radius = std::cbrt(3 * 1e14 / (4 * M_PI * theirs[place].density));
    CHECK_THAT(static_cast<double>(halos.radius(0)), WithinRel(radius, 1e-6));
  }
}

// Variances of 40,000 satellites within 4.3 standard errors, of 3 directions: false alarm 5e-5.
TEST_CASE("satellites move with their halo and the dispersion of its profile") {
  auto halos = test::equal_halos(kHosts, 1e14);
  for (std::int64_t h = 0; h < kHosts; ++h) halos.velocity(h, 1) = 500;
  galaxies::SatelliteConfig config;
  auto const g = place(halos, config);
  double const unit = static_cast<double>(halos.velocity_unit(0));
  double const c = static_cast<double>(halos.concentration(0)),
               r_200 = static_cast<double>(halos.radius(0));
  // G M / r of the whole, from the constant in other units: 4.30091e-6 kpc (km/s)^2 / Msun.
  double const circular = std::sqrt(4.30091e-6 * 1e14 / (0.8 * 1000 * r_200));
  CHECK_THAT(unit, WithinRel(circular * std::sqrt(c / galaxies::nfw_mass(c)), 1e-5));
  double sum[3] = {0, 0, 0};
  for (std::int64_t i = 0; i < g.size(); ++i) {
    if (g.number(i) == 0) {
      CHECK(g.velocity(i, 1) == 500);
      CHECK(length(g, i) == 0);
      continue;
    }
    double const sigma = unit * std::sqrt(galaxies::nfw_dispersion(c * length(g, i) / r_200));
    for (int a = 0; a < 3; ++a)
      sum[a] += std::pow((g.velocity(i, a) - (a == 1 ? 500 : 0)) / sigma, 2);
  }
  double const n = kHosts * kEach;
  for (double const s : sum) CHECK(std::abs(s / n - 1) < 4.3 * std::sqrt(2 / n));
}

// Second moments of 40,000 satellites along the axes: their ratios are those of the ellipsoid
// squared, with an error of 2 / sqrt(n) at most for this profile; false alarm 1e-4.
TEST_CASE("satellites lie in the ellipsoid of their halo") {
  auto halos = test::equal_halos(kHosts, 1e14);
  float const axes[3][3] = {{0.6F, 0.8F, 0}, {-0.8F, 0.6F, 0}, {0, 0, 1}};
  test::set_axes(halos, axes, 0.7F, 0.5F);
  galaxies::SatelliteConfig config;
  auto const g = place(halos, config);
  double moment[3] = {0, 0, 0}, cross = 0;
  for (std::int64_t i = 0; i < g.size(); ++i) {
    double along[3];
    for (int a = 0; a < 3; ++a)
      along[a] =
          axes[a][0] * g.offset(i, 0) + axes[a][1] * g.offset(i, 1) + axes[a][2] * g.offset(i, 2);
    for (int a = 0; a < 3; ++a) moment[a] += along[a] * along[a];
    cross += along[0] * along[1];
  }
  double const tolerance = 4 * 2 / std::sqrt(static_cast<double>(kHosts * kEach));
  CHECK_THAT(moment[1] / moment[0], WithinRel(0.49, tolerance));
  CHECK_THAT(moment[2] / moment[0], WithinRel(0.25, tolerance));
  CHECK(std::abs(cross / moment[0]) < tolerance);
  config.triaxial = false;
  auto const round = place(halos, config);
  double square = 0, depth = 0;
  for (std::int64_t i = 0; i < round.size(); ++i) {
    square += std::pow(length(round, i), 2);
    depth += std::pow(round.offset(i, 2), 2);
  }
  CHECK_THAT(depth / square, WithinRel(1.0 / 3, tolerance));
}

// 20,000 choices of 3 of 10: each member's count within 4.3 standard errors, false alarm 2e-4.
TEST_CASE("members are chosen without repetition, each as often") {
  std::vector<double> counts(10, 0.0);
  for (std::uint64_t key = 0; key < 20'000; ++key) {
    auto const chosen = galaxies::choose_members(10, 3, 4, key);
    REQUIRE(chosen.size() == 3);
    CHECK((chosen[0] < chosen[1] && chosen[1] < chosen[2]));
    for (auto const member : chosen) ++counts[static_cast<std::size_t>(member)];
  }
  for (double const count : counts)
    CHECK(std::abs(count - 6000) < 4.3 * std::sqrt(20'000 * 0.3 * 0.7));
  CHECK(galaxies::choose_members(4, 4, 1, 2) == std::vector<std::int64_t>{0, 1, 2, 3});
  CHECK(galaxies::choose_members(4, 0, 1, 2).empty());
}
