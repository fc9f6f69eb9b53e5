// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <functional>
#include <numbers>

#include "catch.hpp"
#include "maps.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/lensing/kaiser_squires.hpp"
#include "shearwater/lensing/ray_tracing.hpp"

using namespace shearwater;
using test::HostMaps;
using test::on_host;
using test::rms;
using test::rms_difference;

namespace {

constexpr int cells = 128;
fields::FlatSky const sky{cells, 4};

/// The convergence at a place (radian, from the corner), for each plane.
using Lens = std::function<double(double, double)>;

double place(std::int64_t pixel) {
  return sky.width() * (static_cast<double>(pixel) + 0.5) / cells;
}

Array3<float> planes_of(std::vector<Lens> const& lenses) {
  HostMaps host("test::planes", lenses.size(), cells, cells);
  for (std::size_t k = 0; k < lenses.size(); ++k)
    for (int row = 0; row < cells; ++row)
      for (int column = 0; column < cells; ++column)
        host(k, row, column) = static_cast<float>(lenses[k](place(column), place(row)));
  return Kokkos::create_mirror_view_and_copy(MemorySpace(), host);
}

struct HostShear {
  HostMaps kappa, gamma_1, gamma_2;
};

HostShear trace(Array3<float> const& planes, std::vector<double> const& distances,
                std::vector<double> const& efficiency) {
  auto const bins = efficiency.size() / distances.size();
  auto const make = [&] { return Array3<float>("test::maps", bins, cells, cells); };
  lensing::ShearMaps const maps{make(), make(), make()};
  lensing::RayTracer(sky).trace(ExecSpace(), planes, distances, efficiency, maps);
  return {on_host(maps.kappa), on_host(maps.gamma_1), on_host(maps.gamma_2)};
}

/// Smooth structure on several scales, periodic.
Lens waves(double amplitude, int turn) {
  return [=](double x, double y) {
    double const f = sky.fundamental();
    return amplitude *
           (std::cos(f * (3 * x + (2 + turn) * y) + turn) +
            std::sin(f * (5 * x - 4 * y) + 2 * turn) + std::cos(f * ((1 + turn) * x + 7 * y)));
  };
}

HostMaps born(Array3<float> const& planes, std::vector<double> const& efficiency) {
  Array3<float> const kappa("test::kappa", 1, cells, cells);
  lensing::born_convergence(ExecSpace(), planes, efficiency, kappa);
  return on_host(kappa);
}

/// A plane wave of potential: psi = -2 amplitude/l^2 cos(l theta), kappa = amplitude cos(l theta).
struct Wave {
  double amplitude, lx, ly;
  double kappa(double x, double y) const { return amplitude * std::cos(lx * x + ly * y); }
  double tide(double a, double b, double x, double y) const {
    return 2 * a * b / (lx * lx + ly * ly) * kappa(x, y);
  }
  double deflection(double l, double x, double y) const {
    return 2 * l / (lx * lx + ly * ly) * amplitude * std::sin(lx * x + ly * y);
  }
};

}  // namespace

TEST_CASE("a plane shows its Gaussian lens", "[lensing][ray_tracing]") {
  // The tangential shear is the mean convergence within a radius less the one there.
  double const middle = sky.width() / 2, width = sky.width() / 24, peak = 0.1;
  auto const planes = planes_of({[=](double x, double y) {
    double const r2 = std::pow(x - middle, 2) + std::pow(y - middle, 2);
    return peak * std::exp(-r2 / (2 * width * width));
  }});
  auto const maps = trace(planes, {1000}, {0.4});
  for (int row = 3 * cells / 8; row < 5 * cells / 8; ++row)
    for (int column = 3 * cells / 8; column < 5 * cells / 8; ++column) {
      double const x = place(column) - middle, y = place(row) - middle, r2 = x * x + y * y;
      double const s = r2 / (2 * width * width), kappa = 0.4 * peak * std::exp(-s);
      double const tangential = 0.4 * peak * (1 - std::exp(-s)) / s - kappa;
      REQUIRE_THAT(maps.kappa(0, row, column), WithinAbs(kappa, 1e-7));
      // Its periodic images add 1e-3 of the peak at the corners.
      REQUIRE_THAT(maps.gamma_1(0, row, column),
                   WithinAbs(-tangential * (x * x - y * y) / r2, 1e-3 * 0.4 * peak));
      REQUIRE_THAT(maps.gamma_2(0, row, column),
                   WithinAbs(-tangential * 2 * x * y / r2, 1e-3 * 0.4 * peak));
    }
}

TEST_CASE("two planes bend rays one after the other", "[lensing][ray_tracing]") {
  double const f = sky.fundamental(), chi[2] = {800, 1500};
  Wave const first{0.08, 2 * f, 3 * f}, second{0.06, 5 * f, -f};
  auto const planes = planes_of({[&](double x, double y) { return first.kappa(x, y); },
                                 [&](double x, double y) { return second.kappa(x, y); }});
  double const near = 0.65, far = 0.3;
  auto const maps = trace(planes, {chi[0], chi[1]}, {near, far});
  double const d = 1 - chi[0] / chi[1];
  for (int row = 0; row < cells; row += 5)
    for (int column = 0; column < cells; column += 3) {
      double const x = place(column), y = place(row);
      double const u[3] = {first.tide(first.lx, first.lx, x, y),
                           first.tide(first.lx, first.ly, x, y),
                           first.tide(first.ly, first.ly, x, y)};
      double const bx = x - d * first.deflection(first.lx, x, y);
      double const by = y - d * first.deflection(first.ly, x, y);
      double const v[3] = {second.tide(second.lx, second.lx, bx, by),
                           second.tide(second.lx, second.ly, bx, by),
                           second.tide(second.ly, second.ly, bx, by)};
      double const a[3] = {1 - d * u[0], -d * u[1], 1 - d * u[2]};
      double const xx = near * u[0] + far * (v[0] * a[0] + v[1] * a[1]);
      double const xy = near * u[1] + far * (v[0] * a[1] + v[1] * a[2]);
      double const yx = near * u[1] + far * (v[1] * a[0] + v[2] * a[1]);
      double const yy = near * u[2] + far * (v[1] * a[1] + v[2] * a[2]);
      // Cubic convolution of a wave of 26 cells: 2e-5 of its amplitude.
      REQUIRE_THAT(maps.kappa(0, row, column), WithinAbs(0.5 * (xx + yy), 5e-6));
      REQUIRE_THAT(maps.gamma_1(0, row, column), WithinAbs(0.5 * (xx - yy), 5e-6));
      REQUIRE_THAT(maps.gamma_2(0, row, column), WithinAbs(0.5 * (xy + yx), 5e-6));
    }
}

TEST_CASE("the mean convergence of a plane focuses", "[lensing][ray_tracing]") {
  // A uniform sheet of convergence m magnifies what lies behind it: at x from the centre the second
  // plane is seen at (1 - d m) x, and its convergence shrunk by the same factor.
  double const middle = sky.width() / 2, mean = 0.05, d = 0.5, f = 3 * sky.fundamental();
  auto const planes = planes_of({[=](double, double) { return mean; },
                                 [=](double x, double) { return 0.02 * std::cos(f * x); }});
  auto const maps = trace(planes, {1000, 2000}, {0.7, 0.4});
  for (int column = 8; column < cells - 8; ++column) {
    double const x = middle + (1 - d * mean) * (place(column) - middle);
    double const behind = 0.4 * 0.02 * std::cos(f * x) * (1 - d * mean);
    REQUIRE_THAT(maps.kappa(0, 60, column), WithinAbs(0.7 * mean + behind, 1e-6));
    REQUIRE_THAT(maps.gamma_1(0, 60, column), WithinAbs(behind, 1e-6));
  }
}

TEST_CASE("rays and straight lines agree to first order", "[lensing][ray_tracing]") {
  std::vector<double> const distances{500, 1000, 1500, 2000}, efficiency{0.8, 0.6, 0.4, 0.2};
  auto const difference = [&](double amplitude) {
    std::vector<Lens> lenses;
    for (int k = 0; k < 4; ++k) lenses.push_back(waves(amplitude, k));
    auto const planes = planes_of(lenses);
    auto const straight = born(planes, efficiency);
    auto const bent = trace(planes, distances, efficiency);
    // The shear of the convergence along straight lines.
    Array3<float> const kappa("test::e", 1, cells, cells), none("test::b", 1, cells, cells);
    Array3<float> const one("test::g1", 1, cells, cells), two("test::g2", 1, cells, cells);
    Kokkos::deep_copy(kappa, bent.kappa);
    lensing::KaiserSquires(sky).shear(ExecSpace(), kappa, none, one, two);
    return std::array<double, 3>{rms_difference(bent.kappa, straight) / rms(straight),
                                 rms_difference(bent.gamma_1, on_host(one)) / rms(on_host(one)),
                                 rms_difference(bent.gamma_2, on_host(two)) / rms(on_host(two))};
  };
  auto const weak = difference(0.002), strong = difference(0.004);
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i, weak[i], strong[i]);
    CHECK(weak[i] < 0.02);
    // Relative to the maps, what is of second order doubles with the planes.
    CHECK_THAT(strong[i] / weak[i], WithinRel(2.0, 0.1));
  }
}

TEST_CASE("efficiencies are integrals over the sources", "[lensing][ray_tracing]") {
  cosmology::Background const background{cosmology::Cosmology()};
  std::vector<particles::LensPlane> planes(3);
  for (std::size_t k = 0; k < 3; ++k) planes[k].distance = 400 + 900 * static_cast<double>(k);
  auto const smail = cosmology::RedshiftDistribution::smail(2, 0.68, 0.11, 3);
  auto const thin = cosmology::RedshiftDistribution({0.799, 0.8, 0.801}, {0, 1, 0});
  auto const g = lensing::lens_efficiency(planes, background, {smail, thin});
  REQUIRE(g.size() == 6);
  for (std::size_t k = 0; k < 3; ++k) {
    double sum = 0;
    double const step = 1e-4;
    double const from = background.redshift(planes[k].distance);
    for (double z = from + step / 2; z < 3; z += step)
      sum += step * smail(z) * (1 - planes[k].distance / background.comoving_distance(z));
    CHECK_THAT(g[k], WithinAbs(sum, 2e-6));
    double const source = background.comoving_distance(0.8);
    CHECK_THAT(g[3 + k], WithinAbs(std::max(0.0, 1 - planes[k].distance / source), 1e-6));
  }
}
