// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "maps.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/lensing/kaiser_squires.hpp"
#include "shearwater/lensing/point_shear.hpp"
#include "shearwater/lensing/ray_tracing.hpp"

using namespace shearwater;
using lensing::PointShear;

namespace {

constexpr double matter = 0.3;
fields::FlatSky const point_sky{96, 6};

/// Slices of 100 Mpc/h with any overdensity.
template <class Field>
particles::LensPlanes planes_of(std::int64_t count, Field const& overdensity) {
  particles::LensPlanes result{point_sky, {}, {}};
  for (std::int64_t k = 0; k < count; ++k) {
    particles::LensPlane plane;
    plane.near = 100.0 * static_cast<double>(k), plane.far = plane.near + 100;
    double const volume = (std::pow(plane.far, 3) - std::pow(plane.near, 3)) / 3;
    plane.distance = (std::pow(plane.far, 4) - std::pow(plane.near, 4)) / (4 * volume);
    plane.thickness = volume / (plane.distance * plane.distance);
    plane.scale_factor = 1 / (1 + plane.distance / 3000);
    result.planes.push_back(plane);
  }
  result.overdensity = Array4<float>("test::planes", 1, count, point_sky.pixels, point_sky.pixels);
  auto const host = Kokkos::create_mirror_view(result.overdensity);
  double const pixel = point_sky.width() / static_cast<double>(point_sky.pixels);
  for (std::int64_t k = 0; k < count; ++k)
    for (std::int64_t row = 0; row < point_sky.pixels; ++row)
      for (std::int64_t column = 0; column < point_sky.pixels; ++column)
        host(0, k, row, column) = static_cast<float>(
            overdensity(k, pixel * (static_cast<double>(column) + 0.5) - point_sky.width() / 2,
                        pixel * (static_cast<double>(row) + 0.5) - point_sky.width() / 2));
  Kokkos::deep_copy(result.overdensity, host);
  return result;
}

struct Place {
  double east, north, distance;  ///< tangents [1], along the line of sight [Mpc/h]
};
std::vector<std::array<double, 3>> seen(PointShear const& shear, std::vector<Place> const& places) {
  Array2<double> const position("test::position", places.size(), 3);
  auto const host = Kokkos::create_mirror_view(position);
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto const& p = places[i];
    host(i, 0) = p.distance, host(i, 1) = p.distance * p.east, host(i, 2) = p.distance * p.north;
  }
  Kokkos::deep_copy(position, host);
  auto const values = to_host(shear.at(ExecSpace(), position));
  std::vector<std::array<double, 3>> result;
  for (std::size_t i = 0; i < places.size(); ++i)
    result.push_back({static_cast<double>(values[3 * i]), static_cast<double>(values[3 * i + 1]),
                      static_cast<double>(values[3 * i + 2])});
  return result;
}

double ripples(std::int64_t k, double x, double y) {
  double const f = point_sky.fundamental(), turn = static_cast<double>(k);
  return std::cos(f * (3 * x + (2 + turn) * y) + turn) + std::sin(f * (5 * x - 4 * y) + 2 * turn);
}

}  // namespace

TEST_CASE("sources at the middle of pixels see the sums of the maps", "[lensing]") {
  auto const cone = planes_of(5, ripples);
  PointShear const shear(ExecSpace(), cone, matter);
  CHECK(shear.bytes() == 12.0 * 5 * 96 * 96);
  // Behind all planes: Born's sum and its shear.
  double const distance = 500;
  // The last slice ends at the source itself, and counts as those in front of it.
  std::vector<double> efficiency;
  for (auto const& plane : cone.planes) efficiency.push_back(1 - plane.distance / distance);
  auto const make = [&] {
    return Array3<float>("test::map", 1, point_sky.pixels, point_sky.pixels);
  };
  auto const kappa = make(), gamma_1 = make(), gamma_2 = make();
  lensing::born_convergence(ExecSpace(), lensing::plane_convergence(ExecSpace(), cone, matter, 0),
                            efficiency, kappa);
  lensing::KaiserSquires(point_sky).shear(ExecSpace(), kappa, make(), gamma_1, gamma_2);
  auto const k = to_host(kappa), g1 = to_host(gamma_1), g2 = to_host(gamma_2);
  std::vector<Place> places;
  std::vector<std::size_t> pixels;
  double const pixel = point_sky.width() / static_cast<double>(point_sky.pixels);
  for (std::size_t p = 0; p < k.size(); p += 37) {
    auto const row = static_cast<double>(p / 96), column = static_cast<double>(p % 96);
    pixels.push_back(p);
    places.push_back({pixel * (column + 0.5 - 48), pixel * (row + 0.5 - 48), distance - 1e-9});
  }
  double largest = 0;
  for (float const value : k) largest = std::max(largest, static_cast<double>(std::abs(value)));
  auto const found = seen(shear, places);
  // East of the field is turned against the first axis of the map by up to x y = 2.7e-3.
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto const p = pixels[i];
    CHECK(std::abs(found[i][0] - static_cast<double>(k[p])) < 2e-3 * largest);
    CHECK(std::abs(found[i][1] - static_cast<double>(g1[p])) < 8e-3 * largest);
    CHECK(std::abs(found[i][2] - static_cast<double>(g2[p])) < 8e-3 * largest);
  }
}

TEST_CASE("shear grows with distance as the slices pass", "[lensing]") {
  // The same everywhere across the field: of a slice of uniform density 1 - chi'/chi over its
  // volume in front of the source.
  auto const cone = planes_of(3, [](std::int64_t k, double, double) { return k == 1 ? 1 : 0; });
  PointShear const shear(ExecSpace(), cone, matter);
  auto const& plane = cone.planes[1];
  double const unit = 1.5 * matter / std::pow(units::hubble_distance, 2) * plane.distance *
                      plane.thickness / plane.scale_factor;
  auto const found = seen(shear, {{0, 0, 50},
                                  {0, 0, 100},
                                  {0, 0, 150},
                                  {0, 0, 199.999},
                                  {0, 0, 200},
                                  {0.01, -0.02, 300},
                                  {0, 0, 300.001}});
  CHECK(found[0][0] == 0);
  CHECK(found[1][0] == 0);
  // From 100 to 150 int chi'^2 (1 - chi'/150) = 114583.33, of the volume 7e6 / 3.
  CHECK_THAT(found[2][0], WithinRel(unit * (114583.33333 / (7e6 / 3)), 1e-5));
  // The plane stands at its mean distance, by the volume, so that nothing jumps at the far side.
  CHECK_THAT(found[3][0], WithinRel(unit * (1 - plane.distance / 199.999), 1e-4));
  CHECK_THAT(found[4][0], WithinRel(unit * (1 - plane.distance / 200), 1e-5));
  CHECK_THAT(found[5][0], WithinRel(unit * (1 - plane.distance / 300), 1e-5));
  CHECK(std::isnan(found[6][0]));
  CHECK(found[5][1] == 0);
}

TEST_CASE("the efficiency of a slice goes on smoothly at its far side", "[lensing]") {
  // One slice alone in front: its convergence just within, at and just behind its far side.
  for (std::int64_t slice = 0; slice < 4; ++slice) {
    auto const cone =
        planes_of(5, [slice](std::int64_t k, double, double) { return k == slice ? 1 : 0; });
    PointShear const shear(ExecSpace(), cone, matter);
    double const far = cone.planes[static_cast<std::size_t>(slice)].far;
    auto const found =
        seen(shear, {{0, 0, far - 10}, {0, 0, far - 1e-3}, {0, 0, far + 1e-3}, {0, 0, far + 10}});
    INFO("slice " << slice << ": " << found[1][0] << " and " << found[2][0]);
    CHECK_THAT(found[1][0], WithinRel(found[2][0], 1e-4));
    // Nor does the slope: what it gains before and behind differs by the curvature of 10 in 100.
    double const before = found[1][0] - found[0][0], behind = found[3][0] - found[2][0];
    CHECK(before > 0.9 * behind);
    CHECK(before < 1.5 * behind);
  }
}

TEST_CASE("shear around an overdensity is tangential", "[lensing]") {
  double const x0 = 0.012, y0 = -0.008, size = 0.004;
  auto const cone = planes_of(4, [&](std::int64_t k, double x, double y) {
    double const square = (x - x0) * (x - x0) + (y - y0) * (y - y0);
    return k == 1 ? std::exp(-square / (2 * size * size)) : 0.0;
  });
  PointShear const shear(ExecSpace(), cone, matter);
  std::vector<Place> places;
  for (int i = 0; i < 16; ++i) {
    double const phi = 2 * std::numbers::pi * (i + 0.3) / 16, r = 2 * size;
    places.push_back({x0 + r * std::cos(phi), y0 + r * std::sin(phi), 390});
  }
  auto const found = seen(shear, places);
  auto const& plane = cone.planes[1];
  double const peak = 1.5 * matter / std::pow(units::hubble_distance, 2) * plane.distance *
                      plane.thickness / plane.scale_factor * (1 - plane.distance / 390);
  // Mean within r less the value there, of a Gaussian at r = 2 sizes.
  double const expected = peak * ((1 - std::exp(-2.0)) / 2 - std::exp(-2.0));
  for (int i = 0; i < 16; ++i) {
    double const phi = 2 * std::numbers::pi * (i + 0.3) / 16;
    auto const& g = found[static_cast<std::size_t>(i)];
    // phi from east to north, as of e1 and e2.
    double const tangential = -(g[1] * std::cos(2 * phi) + g[2] * std::sin(2 * phi));
    double const cross = -g[1] * std::sin(2 * phi) + g[2] * std::cos(2 * phi);
    CHECK_THAT(tangential, WithinRel(expected, 0.06));
    CHECK(std::abs(cross) < 0.03 * expected);
  }
}

TEST_CASE("beside, behind and in the border there is no shear", "[lensing]") {
  auto const cone = planes_of(2, ripples);
  PointShear const shear(ExecSpace(), cone, matter, 8);
  double const edge = point_sky.width() / 2, inner = edge * 80 / 96;
  auto const found = seen(shear, {{0.99 * inner, 0, 150},
                                  {1.01 * inner, 0, 150},
                                  {0, -1.01 * inner, 150},
                                  {0, -0.99 * inner, 150},
                                  {2 * edge, 0, 150},
                                  {0, 0, 201}});
  CHECK(std::isfinite(found[0][1]));
  CHECK(std::isnan(found[1][1]));
  CHECK(std::isnan(found[2][2]));
  CHECK(std::isfinite(found[3][2]));
  CHECK(std::isnan(found[4][0]));
  CHECK(std::isnan(found[5][0]));
  Array2<double> const behind("test::behind", 1, 3);
  Kokkos::deep_copy(behind, -100.0);
  CHECK(std::isnan(to_host(shear.at(ExecSpace(), behind))[0]));
  CHECK_THROWS_AS(PointShear(ExecSpace(), cone, matter, 48), core::InputError);
}
