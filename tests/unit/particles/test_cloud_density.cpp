// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "particles_support.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/particles/cloud_density.hpp"
#include "shearwater/particles/mesh_values.hpp"

using namespace shearwater;
using test::Point;

namespace {

constexpr double cloud_box = 30;
constexpr std::int64_t cloud_mesh = 6;

std::vector<Point> placed_anywhere(std::size_t count) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < count; ++i) {
    core::Stream random(3, core::Purpose::observation, i);
    points.push_back(
        {cloud_box * random.uniform(), cloud_box * random.uniform(), cloud_box * random.uniform()});
  }
  points[0] = {cloud_box, 0, cloud_box};  // both faces of the box
  return points;
}

/// Clouds in cells in double precision, the plain way.
std::vector<double> plain_overdensity(std::vector<Point> const& points,
                                      std::vector<double> const& mass) {
  std::vector<double> mesh(static_cast<std::size_t>(cloud_mesh * cloud_mesh * cloud_mesh), 0.0);
  double total = 0;
  for (std::size_t p = 0; p < points.size(); ++p) {
    total += mass[p];
    for (std::size_t node = 0; node < mesh.size(); ++node) {
      auto const at = static_cast<std::int64_t>(node);
      double const place[3] = {static_cast<double>(at / (cloud_mesh * cloud_mesh)),
                               static_cast<double>(at / cloud_mesh % cloud_mesh),
                               static_cast<double>(at % cloud_mesh)};
      double weight = mass[p];
      for (std::size_t a = 0; a < 3; ++a) {
        double const d = std::abs(points[p][a] / cloud_box * cloud_mesh - place[a]);
        weight *= std::max(0.0, 1 - std::min(d, cloud_mesh - d));
      }
      mesh[node] += weight;
    }
  }
  for (auto& m : mesh) m = m / total * static_cast<double>(mesh.size()) - 1;
  return mesh;
}

particles::ParticleSet<double> set_of(std::vector<Point> const& points,
                                      std::vector<double> const& mass) {
  particles::ParticleSet<double> set;
  set.positions = test::positions_of<double>(points, 0, 1);
  if (!mass.empty()) set.masses = test::on_device(mass);
  set.box_side = cloud_box;
  return set;
}

auto deposited(std::vector<Point> const& points, std::vector<double> const& mass) {
  parallel::Fft3<double> const fft(test::world(), cloud_mesh);
  auto const grid = fft.make_grid("test::density");
  particles::deposit_clouds<double>(fft, ExecSpace(), set_of(points, mass), grid);
  return Kokkos::create_mirror_view_and_copy(HostSpace(), grid);
}

}  // namespace

TEST_CASE("the density of particles anywhere is that of double precision", "[particles][unit]") {
  auto const points = placed_anywhere(2000);
  std::vector<double> own;
  for (std::size_t i = 0; i < points.size(); ++i) own.push_back(1e9 + 1e7 * (i % 700));
  bool const alike = GENERATE(true, false);
  auto const expected =
      plain_overdensity(points, alike ? std::vector<double>(points.size(), 1) : own);
  auto const density = deposited(points, alike ? std::vector<double>() : own);
  double worst = 0;
  for (std::size_t node = 0; node < expected.size(); ++node) {
    auto const at = static_cast<std::int64_t>(node);
    worst = std::max(worst, std::abs(density(at / (cloud_mesh * cloud_mesh),
                                             at / cloud_mesh % cloud_mesh, at % cloud_mesh) -
                                     expected[node]));
  }
  // Whole numbers of 2^-51 of the heaviest particle.
  CHECK(worst < 1e-12);
}

TEST_CASE("values between nodes are linear along each axis", "[particles][unit]") {
  parallel::Fft3<double> const fft(test::world(), cloud_mesh);
  auto const grid = fft.make_grid("test::grid");
  auto const host = Kokkos::create_mirror_view(grid);
  auto const at_node = [](std::int64_t i, std::int64_t j, std::int64_t k) {
    return static_cast<double>((i * 7 + j * 5 + k * 3) % 11);
  };
  for (std::int64_t i = 0; i < cloud_mesh; ++i)
    for (std::int64_t j = 0; j < cloud_mesh; ++j)
      for (std::int64_t k = 0; k < cloud_mesh; ++k) host(i, j, k) = at_node(i, j, k);
  Kokkos::deep_copy(grid, host);
  // Nodes at multiples of 5: on one, between two, between eight across the upper corner.
  particles::MeshPoints const points(
      fft, cloud_box, {5, 10, 15, 5, 11, 15, 27.5, 28.75, 29, cloud_box, cloud_box, cloud_box});
  auto const values = points.values(ExecSpace(), grid);
  double corner = 0;
  for (std::int64_t i : {0, 1})
    for (std::int64_t j : {0, 1})
      for (std::int64_t k : {0, 1})
        corner += 0.5 * (j == 0 ? 0.25 : 0.75) * (k == 0 ? 0.2 : 0.8) *
                  at_node((5 + i) % cloud_mesh, (5 + j) % cloud_mesh, (5 + k) % cloud_mesh);
  REQUIRE(values.size() == 4);
  CHECK_THAT(values[0], WithinAbs(at_node(1, 2, 3), 1e-14));
  CHECK_THAT(values[1], WithinAbs(0.8 * at_node(1, 2, 3) + 0.2 * at_node(1, 3, 3), 1e-13));
  CHECK_THAT(values[2], WithinAbs(corner, 1e-13));
  CHECK_THAT(values[3], WithinAbs(at_node(0, 0, 0), 1e-14));
}

TEST_CASE("particles and points that are not in the box are refused", "[particles][unit]") {
  parallel::Fft3<double> const fft(test::world(), cloud_mesh);
  double const not_a_number = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(deposited({{1, 1, 1}, {1, 1, 30.5}}, {}), ContainsSubstring("particle 1"));
  CHECK_THROWS_WITH(deposited({{1, not_a_number, 1}}, {}), ContainsSubstring("must be finite"));
  CHECK_THROWS_WITH(deposited({{1, 1, 1}, {2, 2, 2}}, {1e9, 0}),
                    ContainsSubstring("particle 1") && ContainsSubstring("must be positive"));
  CHECK_THROWS_WITH(deposited({}, {}), ContainsSubstring("no particles"));
  CHECK_THROWS_WITH(particles::MeshPoints(fft, cloud_box, {1, 1, 1, 2, -0.5, 2}),
                    ContainsSubstring("point 1") && ContainsSubstring("within [0, 30]"));
}
