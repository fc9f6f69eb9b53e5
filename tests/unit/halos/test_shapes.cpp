// SPDX-License-Identifier: BSD-3-Clause
// Shapes of sampled ellipsoids of known axes. Fixed seeds: no false alarms.
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/halos/shapes.hpp"

using namespace shearwater;
using Axes = std::array<std::array<double, 3>, 3>;

namespace {

/// A random rotation: rows are the directions of the axes (Gram-Schmidt of normals).
Axes random_axes(std::uint64_t seed) {
  core::Stream random(seed, core::Purpose::observation, 0);
  Axes axes{};
  for (std::size_t k = 0; k < 3; ++k) {
    for (auto& x : axes[k]) x = random.normal();
    for (std::size_t j = 0; j < k; ++j) {
      double dot = 0;
      for (std::size_t a = 0; a < 3; ++a) dot += axes[k][a] * axes[j][a];
      for (std::size_t a = 0; a < 3; ++a) axes[k][a] -= dot * axes[j][a];
    }
    double const length = std::hypot(axes[k][0], axes[k][1], axes[k][2]);
    for (auto& x : axes[k]) x /= length;
  }
  return axes;
}

/// Points of an ellipsoid with half-axes 1, b, c along `axes`: uniform in volume for slope 0,
/// density as ellipsoidal radius^-slope else.
std::vector<double> ellipsoid(Axes const& axes, double b, double c, double slope, std::size_t count,
                              std::uint64_t seed) {
  std::vector<double> points;
  for (std::size_t i = 0; i < count; ++i) {
    core::Stream random(seed, core::Purpose::observation, i + 1);
    std::array<double, 3> x{random.normal(), random.normal(), random.normal()};
    double const radius = std::pow(random.uniform(), 1 / (3 - slope));
    double const scale = radius / std::hypot(x[0], x[1], x[2]);
    double const half[3] = {scale, scale * b, scale * c};
    for (std::size_t a = 0; a < 3; ++a)
      points.push_back(half[0] * x[0] * axes[0][a] + half[1] * x[1] * axes[1][a] +
                       half[2] * x[2] * axes[2][a]);
  }
  return points;
}

double degrees_between(std::array<double, 3> const& a, std::array<double, 3> const& b) {
  double const cosine = std::abs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);
  return std::acos(std::min(1.0, cosine)) * 57.29577951308232;
}

}  // namespace

TEST_CASE("the iterated shape recovers sampled ellipsoids", "[halos]") {
  for (double const slope : {0.0, 2.0})
    for (std::uint64_t const seed : {1, 2, 3}) {
      INFO("density as r^-" << slope << ", seed " << seed);
      auto const axes = random_axes(seed);
      std::vector<double> const masses(100000, 2.5);
      auto const points = ellipsoid(axes, 0.8, 0.6, slope, masses.size(), seed);
      auto const shape = halos::iterative_shape(points, masses);
      CHECK_THAT(shape.b_to_a, WithinRel(0.8, 0.02));
      CHECK_THAT(shape.c_to_a, WithinRel(0.6, 0.02));
      CHECK(shape.iterations > 1);
      for (std::size_t k = 0; k < 3; ++k) CHECK(degrees_between(shape.axis[k], axes[k]) < 3);
    }
}

TEST_CASE("the simple shape is exact, the reduced one rounder", "[halos]") {
  auto const axes = random_axes(4);
  std::vector<double> const masses(100000, 1.0);
  auto const points = ellipsoid(axes, 0.8, 0.6, 0, masses.size(), 4);
  auto const simple = halos::simple_shape(points, masses);
  CHECK_THAT(simple.b_to_a, WithinRel(0.8, 0.01));
  CHECK_THAT(simple.c_to_a, WithinRel(0.6, 0.01));
  auto const reduced = halos::reduced_shape(points, masses);
  CHECK(reduced.c_to_a > 0.65);
  CHECK(reduced.c_to_a < 0.8);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(degrees_between(simple.axis[k], axes[k]) < 3);
    CHECK(degrees_between(reduced.axis[k], axes[k]) < 3);
  }
}

TEST_CASE("a sphere inside a larger cloud keeps its own shape's volume", "[halos]") {
  std::vector<double> const masses(20000, 1.0);
  auto const points = ellipsoid(random_axes(5), 1, 1, 2, masses.size(), 5);
  auto const shape = halos::iterative_shape(points, masses);
  CHECK(shape.b_to_a > 0.97);
  CHECK(shape.c_to_a > 0.96);
}

TEST_CASE("axes have no heads and masses count", "[halos]") {
  std::vector<double> const points = {1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1};
  auto const shape = halos::simple_shape(points, std::vector<double>{4, 4, 1, 1, 2.25, 2.25});
  CHECK_THAT(shape.b_to_a, WithinRel(0.75, 1e-12));
  CHECK_THAT(shape.c_to_a, WithinRel(0.5, 1e-12));
  CHECK(shape.axis[0] == std::array<double, 3>{1, 0, 0});
  CHECK(shape.axis[1] == std::array<double, 3>{0, 0, 1});
  CHECK(shape.axis[2] == std::array<double, 3>{0, 1, 0});
}

TEST_CASE("what has no shape says so", "[halos]") {
  std::vector<double> const points = {1, 0, 0, 0, 1, 0, 0, 0, 1}, masses(3, 1.0);
  CHECK(std::isnan(halos::simple_shape(points, masses).b_to_a));
  CHECK(std::isnan(halos::iterative_shape(points, masses).c_to_a));
  // Flat: the third axis has no extent.
  std::vector<double> const flat = {1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0.5, 0.5, 0};
  CHECK(halos::simple_shape(flat, std::vector<double>(5, 1.0)).c_to_a == 0);
  CHECK(std::isnan(halos::iterative_shape(flat, std::vector<double>(5, 1.0)).c_to_a));
  // Not settled within the iterations allowed.
  std::vector<double> const many(500, 1.0);
  auto const cloud = ellipsoid(random_axes(6), 0.5, 0.3, 0, many.size(), 6);
  CHECK(std::isnan(halos::iterative_shape(cloud, many, {1e-4, 1}).b_to_a));
}
