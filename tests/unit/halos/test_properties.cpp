// SPDX-License-Identifier: BSD-3-Clause
// Properties of groups made to have them.
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "particles_support.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/halos/properties.hpp"
#include "shearwater/halos/spherical_overdensity.hpp"

using namespace shearwater;
using test::Point;

namespace {

constexpr double side = 20;  // of the box

/// A group of all points; velocities as given.
halos::GroupMembers one_group(std::vector<Point> const& points, std::vector<Point> const& motion,
                              double mass) {
  halos::GroupMembers groups;
  groups.total = 1;
  groups.box_side = side;
  groups.label = {7};
  groups.begin = {0, points.size()};
  for (auto const& x : points) groups.position.insert(groups.position.end(), x.begin(), x.end());
  for (auto const& v : motion) groups.velocity.insert(groups.velocity.end(), v.begin(), v.end());
  groups.mass.assign(points.size(), mass);
  return groups;
}

/// A sphere of density r^-2 about `centre`, which may lie on the box's border.
std::vector<Point> isothermal(Point const& centre, double radius, std::size_t count) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < count; ++i) {
    core::Stream random(8, core::Purpose::observation, i);
    double const r = radius * (static_cast<double>(i) + 0.5) / static_cast<double>(count);
    Point x{random.normal(), random.normal(), random.normal()};
    double const norm = std::hypot(x[0], x[1], x[2]);
    for (std::size_t a = 0; a < 3; ++a) x[a] = std::fmod(centre[a] + r * x[a] / norm + side, side);
    points.push_back(x);
  }
  return points;
}

double distance(std::array<double, 3> const& a, Point const& b) {
  double sum = 0;
  for (std::size_t k = 0; k < 3; ++k) sum += std::pow(halos::nearest_offset(a[k], b[k], side), 2);
  return std::sqrt(sum);
}

particles::ParticleSet<double> particle_set(std::vector<Point> const& points, double mass) {
  particles::ParticleSet<double> set;
  set.positions = test::positions_of<double>(points, 0, 1);
  std::vector<std::int64_t> ids(points.size());
  std::iota(ids.begin(), ids.end(), 0);
  set.ids = test::on_device(ids);
  set.particle_mass = mass;
  set.box_side = side;
  return set;
}

}  // namespace

TEST_CASE("mass, centres and motion across the box's border", "[halos]") {
  Point const centre{0.05, 19.9, 10};
  auto const points = isothermal(centre, 1.0, 3000);
  std::vector<Point> motion;
  for (std::size_t i = 0; i < points.size(); ++i) {
    double const sign = i % 2 == 0 ? 1 : -1;
    motion.push_back({100 + sign * 30, -50 + sign * 40, sign * 50});
  }
  auto const p = halos::group_properties(one_group(points, motion, 2e9), {})[0];
  CHECK_THAT(p.mass, WithinRel(6e12, 1e-12));
  CHECK(distance(p.centre_of_mass, centre) < 0.03);  // 1/sqrt(3000) of the rms radius
  CHECK(distance(p.potential_minimum, centre) < 0.02);
  CHECK_THAT(p.velocity[0], WithinAbs(100, 1e-9));
  CHECK_THAT(p.velocity[1], WithinAbs(-50, 1e-9));
  // (30^2 + 40^2 + 50^2) / 3 in each component.
  CHECK_THAT(p.velocity_dispersion, WithinRel(std::sqrt(5000.0 / 3), 1e-9));
}

TEST_CASE("a large group's minimum is found in a sample, then near it", "[halos]") {
  Point const centre{4, 5, 19.95};
  auto const groups = one_group(isothermal(centre, 2.0, 20000), {}, 1e9);
  halos::PropertyOptions options;
  options.softening = 0.005;
  options.direct_members = 512;
  auto const p = halos::group_properties(groups, options)[0];
  CHECK(distance(p.potential_minimum, centre) < 0.03);
}

TEST_CASE("the spin of a turning ring", "[halos]") {
  // All mass at radius R with speed f sqrt(G M / (a R)): lambda = f / sqrt(2) whatever a is.
  double const radius = 0.5, mass = 1e10, scale_factor = 0.5, fraction = 0.3;
  std::size_t const count = 100;
  double const circular =
      std::sqrt(4.30091727e-9 * mass * static_cast<double>(count) / (scale_factor * radius));
  std::vector<Point> points, motion;
  for (std::size_t i = 0; i < count; ++i) {
    double const phi = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(count);
    points.push_back({3 + radius * std::cos(phi), 3 + radius * std::sin(phi), 3});
    motion.push_back(
        {500 - fraction * circular * std::sin(phi), fraction * circular * std::cos(phi), 200});
  }
  auto const groups = one_group(points, motion, mass);
  auto const spin = halos::bullock_spins(groups, {3, 3, 3}, {radius * 1.0000001}, scale_factor);
  CHECK_THAT(spin[0], WithinRel(fraction / std::sqrt(2.0), 1e-6));
  CHECK(std::isnan(halos::bullock_spins(groups, {3, 3, 3}, {0.1}, scale_factor)[0]));
}

TEST_CASE("overdensities of a flat universe", "[halos]") {
  auto const now = halos::halo_overdensities(0.3, 1);
  CHECK_THAT(now[0].density, WithinRel(60 * units::critical_density, 1e-12));
  CHECK_THAT(now[1].density, WithinRel(200 * units::critical_density, 1e-12));
  // Bryan & Norman 1998: 18 pi^2 - 82 * 0.7 - 39 * 0.49 = 101.14.
  CHECK_THAT(now[2].density / units::critical_density, WithinRel(101.1429, 1e-5));
  auto const early = halos::halo_overdensities(0.3, 0.02);
  CHECK_THAT(early[2].density / early[0].density, WithinRel(177.65 / 200, 1e-3));
  // An open universe expands faster: E^2 = 0.3 a^-3 + 0.7 a^-2 at a = 1/2.
  auto const open = halos::halo_overdensities(0.3, 0.5, 0.3 * 8 + 0.7 * 4);
  CHECK_THAT(open[0].density, WithinRel(60 * units::critical_density, 1e-12));
  CHECK_THAT(open[1].density, WithinRel(200 * 5.2 / 8 * units::critical_density, 1e-12));
}

TEST_CASE("spherical masses of an isothermal sphere", "[halos]") {
  // M(<r) = M r / R, so the mean density is 3 M / (4 pi R r^2).
  Point const centre{0.05, 19.9, 10};
  double const radius = 2, mass = 1e9;
  std::size_t const count = 50000;
  auto const set = particle_set(isothermal(centre, radius, count), mass);
  double const total = mass * static_cast<double>(count);
  std::vector<double> densities, expected;
  for (double const r : {0.3, 1.0, 1.7}) {
    densities.push_back(3 * total / (4 * std::numbers::pi * radius * r * r));
    expected.push_back(r);
  }
  // The search starts much too near and has to grow.
  auto const found = halos::spherical_masses(test::world(), set, {centre[0], centre[1], centre[2]},
                                             {0.2}, densities);
  for (std::size_t d = 0; d < 3; ++d) {
    CHECK_THAT(found[d].radius, WithinRel(expected[d], 1e-3));
    CHECK_THAT(found[d].mass, WithinRel(total * expected[d] / radius, 1e-3));
  }
  // Beyond the sphere's edge all mass is inside.
  double const thin = total / (4 * std::numbers::pi / 3 * 27);
  auto const all =
      halos::spherical_masses(test::world(), set, {centre[0], centre[1], centre[2]}, {0.2}, {thin});
  CHECK_THAT(all[0].radius, WithinRel(3.0, 1e-9));
  CHECK_THAT(all[0].mass, WithinRel(total, 1e-9));
}

TEST_CASE("where nothing is dense there is no sphere", "[halos]") {
  std::vector<Point> points;
  for (std::size_t i = 0; i < 1000; ++i)
    points.push_back({static_cast<double>(i / 100) * 2, static_cast<double>(i / 10 % 10) * 2,
                      static_cast<double>(i % 10) * 2});
  auto const set = particle_set(points, 1e10);
  double const mean = 1e13 / (side * side * side);
  auto const found = halos::spherical_masses(test::world(), set, {10, 10, 10}, {1}, {200 * mean});
  CHECK(std::isnan(found[0].mass));
}
