// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/observation.hpp"

#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "halos_of_tests.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/galaxies/orientation.hpp"

using namespace shearwater;

namespace {

/// One galaxy of these axes (rows), ratios and place.
galaxies::GalaxyBlock one_galaxy(double const (&axes)[3][3], double q, double s,
                                 std::array<double, 3> const& position = {0, 0, 0}) {
  galaxies::GalaxyBlock g;
  g.halo = Array1<std::int32_t>("test::halo", 1);
  g.number = Array1<std::uint32_t>("test::number", 1);
  g.position = Array2<double>("test::position", 1, 3);
  g.velocity = Array2<float>("test::velocity", 1, 3);
  g.axes = Array3<float>("test::axes", 1, 3, 3);
  g.axis_ratios = Array2<float>("test::ratios", 1, 2);
  for (int a = 0; a < 3; ++a) {
    g.position(0, a) = position[static_cast<std::size_t>(a)];
    for (int k = 0; k < 3; ++k) g.axes(0, a, k) = static_cast<float>(axes[a][k]);
  }
  g.axis_ratios(0, 0) = static_cast<float>(q);
  g.axis_ratios(0, 1) = static_cast<float>(s);
  return g;
}

/// Joachimi et al. (2013) along z, as they write it.
std::array<double, 2> joachimi(double const (&axes)[3][3], double q, double s) {
  double const w[3] = {1, q, s};
  double k[2] = {0, 0}, alpha = 0, inverse[2][2] = {{0, 0}, {0, 0}};
  for (int mu = 0; mu < 3; ++mu)
    for (int i = 0; i < 2; ++i) {
      k[i] += axes[mu][2] * axes[mu][i] / (w[mu] * w[mu]);
      for (int j = 0; j < 2; ++j) inverse[i][j] += axes[mu][i] * axes[mu][j] / (w[mu] * w[mu]);
    }
  for (int mu = 0; mu < 3; ++mu) alpha += axes[mu][2] * axes[mu][2] / (w[mu] * w[mu]);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) inverse[i][j] -= k[i] * k[j] / alpha;
  double const det = inverse[0][0] * inverse[1][1] - inverse[0][1] * inverse[1][0];
  double const w11 = inverse[1][1] / det, w22 = inverse[0][0] / det, w12 = -inverse[0][1] / det;
  double const norm = w11 + w22 + 2 * std::sqrt(w11 * w22 - w12 * w12);
  return {(w11 - w22) / norm, 2 * w12 / norm};
}

void rotation(double a, double b, double c, double (&axes)[3][3]) {
  double const ca = std::cos(a), sa = std::sin(a), cb = std::cos(b), sb = std::sin(b),
               cc = std::cos(c), sc = std::sin(c);
  double const r[3][3] = {{ca * cc - sa * cb * sc, sa * cc + ca * cb * sc, sb * sc},
                          {-ca * sc - sa * cb * cc, -sa * sc + ca * cb * cc, sb * cc},
                          {sa * sb, -ca * sb, cb}};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) axes[i][j] = r[i][j];
}

}  // namespace

TEST_CASE("projected shapes are those of Joachimi et al.") {
  double axes[3][3];
  for (double a = 0.1; a < 6; a += 0.9)
    for (double b = 0.05; b < 3.1; b += 0.4)
      for (double c = 0.2; c < 6; c += 1.1) {
        rotation(a, b, c, axes);
        auto const e = galaxies::project_along_axis(ExecSpace(), one_galaxy(axes, 0.7, 0.3), 2);
        auto const wanted = joachimi(axes, 0.7, 0.3);
        CHECK_THAT(static_cast<double>(e(0, 0)), WithinAbs(wanted[0], 2e-6));
        CHECK_THAT(static_cast<double>(e(0, 1)), WithinAbs(wanted[1], 2e-6));
      }
}

TEST_CASE("an ellipsoid along an axis of a box has the sign that the file states") {
  // Long along x, round across: seen along z |e| = (1 - q)/(1 + q) along the first direction.
  double const along_x[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  auto const g = one_galaxy(along_x, 0.5, 0.5);
  auto const e = [&](int axis, int i) {
    return static_cast<double>(galaxies::project_along_axis(ExecSpace(), g, axis)(0, i));
  };
  CHECK_THAT(e(2, 0), WithinAbs(1.0 / 3, 1e-6));   // directions x, y
  CHECK_THAT(e(1, 0), WithinAbs(-1.0 / 3, 1e-6));  // directions z, x
  CHECK_THAT(e(0, 0), WithinAbs(0, 1e-6));         // along its axis
  double const r = std::sqrt(0.5);
  double const between[3][3] = {{r, r, 0}, {-r, r, 0}, {0, 0, 1}};
  auto const diagonal = galaxies::project_along_axis(ExecSpace(), one_galaxy(between, 0.5, 0.5), 2);
  CHECK_THAT(static_cast<double>(diagonal(0, 1)), WithinAbs(1.0 / 3, 1e-6));
}

TEST_CASE("on the sky e1 is along east and e2 along north-east") {
  // At ra 90, dec 0: towards +y; east is -x, north +z.
  double const r = std::sqrt(0.5);
  double const east[3][3] = {{-1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  double const north_east[3][3] = {{-r, 0, r}, {r, 0, r}, {0, 1, 0}};
  auto const e = [](galaxies::GalaxyBlock const& g) {
    return galaxies::project_along_sight(ExecSpace(), g);
  };
  auto const first = e(one_galaxy(east, 0.5, 0.5, {0, 100, 0}));
  CHECK_THAT(static_cast<double>(first(0, 0)), WithinAbs(1.0 / 3, 1e-6));
  CHECK_THAT(static_cast<double>(first(0, 1)), WithinAbs(0, 1e-6));
  auto const second = e(one_galaxy(north_east, 0.5, 0.5, {0, 100, 0}));
  CHECK_THAT(static_cast<double>(second(0, 1)), WithinAbs(1.0 / 3, 1e-6));
  // On the north pole nothing is divided by zero.
  auto const pole = e(one_galaxy(east, 0.5, 0.5, {0, 0, 100}));
  CHECK_THAT(static_cast<double>(pole(0, 0)), WithinAbs(-1.0 / 3, 1e-6));
}

TEST_CASE("places on the sky and redshifts, with motion and error") {
  cosmology::Cosmology cosmology;
  cosmology::Background const background(cosmology);
  galaxies::RedshiftTable const table(background, 4000);
  double const axes[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  double const chi = background.comoving_distance(0.7);
  auto g = one_galaxy(axes, 1, 1, {-0.6 * chi, 0, 0.8 * chi});
  g.velocity(0, 2) = 1000;
  auto const halos = test::equal_halos(1, 1e13);
  galaxies::Observation seen;
  galaxies::observe_sky(ExecSpace(), halos, g, table, 0, 1, seen);
  CHECK_THAT(seen.sky(0, 0), WithinRel(std::numbers::pi, 1e-12));
  CHECK_THAT(seen.sky(0, 1), WithinRel(std::asin(0.8), 1e-12));
  CHECK_THAT(static_cast<double>(seen.redshift(0, 0)), WithinRel(0.7, 1e-6));
  CHECK_THAT(static_cast<double>(seen.redshift(0, 1)),
             WithinRel(1.7 * (1 + 800 / 299792.458) - 1, 1e-6));
  // 4000 keys: mean and variance of the errors within 4.5 standard errors, false alarm 2e-5.
  double sum = 0, square = 0;
  for (std::uint64_t key = 0; key < 4000; ++key) {
    halos.key(0) = key;
    galaxies::observe_sky(ExecSpace(), halos, g, table, 0.03, 1, seen);
    double const z = 1.7 * (1 + 800 / 299792.458) - 1;
    double const error = (static_cast<double>(seen.redshift(0, 1)) - z) / (0.03 * (1 + z));
    sum += error / 4000;
    square += error * error / 4000;
  }
  CHECK(std::abs(sum) < 4.5 / std::sqrt(4000.0));
  CHECK(std::abs(square - 1) < 4.5 * std::sqrt(2.0 / 4000));
}

TEST_CASE("positions in redshift space and in the box") {
  double const axes[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  auto g = one_galaxy(axes, 1, 1, {99.5, -1e-20, 50});
  g.velocity(0, 0) = 300;
  galaxies::move_to_redshift_space(ExecSpace(), g, 0, 0.01);
  CHECK_THAT(g.position(0, 0), WithinRel(102.5, 1e-12));
  galaxies::wrap_into_box(ExecSpace(), g, 100);
  CHECK_THAT(g.position(0, 0), WithinRel(2.5, 1e-12));
  CHECK(g.position(0, 1) == 0);
  CHECK(g.position(0, 2) == 50);
}

TEST_CASE("keys that another geometry has are refused") {
  galaxies::ObservationConfig config;
  config.photoz_scatter = 0.1;
  CHECK_THROWS_WITH(config.check(), ContainsSubstring("photoz_scatter"));
  config = {};
  config.geometry = "cone";
  config.redshift_space = true;
  CHECK_THROWS_WITH(config.check(), ContainsSubstring("redshift_space"));
}
