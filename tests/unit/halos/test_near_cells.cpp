// SPDX-License-Identifier: BSD-3-Clause
// Balls of cells, as vectors and as scalars, beside double precision.
#include "near_cells.hpp"

#include <cmath>

#include "catch.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::halos {

namespace {

constexpr std::uint32_t ball_count = 512;
constexpr double linking = 0.3, grid_extent = 2;

/// Every fourth cell has one particle, a ball of no radius. Some are of set 0.
Array2<float> make_balls(DisjointSets const& sets) {
  Array2<float> const balls("test::balls", 4, ball_count + cell_block);
  for (std::uint32_t c = 0; c < ball_count; ++c) {
    core::Stream random(1, core::Purpose::observation, c);
    for (int a = 0; a < 3; ++a) balls(a, c) = static_cast<float>(random.uniform());
    balls(3, c) = c % 4 == 0 ? 0.0F : static_cast<float>(linking / 2 * random.uniform());
    sets.parent(c) = c % 7 == 0 ? 0 : c;
  }
  return balls;
}

double gap(Array2<float> const& balls, std::uint32_t a, std::uint32_t b) {
  double square = 0;
  for (int axis = 0; axis < 3; ++axis)
    square += std::pow(static_cast<double>(balls(axis, a)) - balls(axis, b), 2);
  return std::sqrt(square);
}

/// Calls see(b, bit of near, bit of sure) for all cells b beside cell a.
template <class Bits, class See>
void for_bits(std::uint32_t first, Bits const& bits, See see) {
  for (std::uint32_t k = 0; k < cell_block && first + k < ball_count; ++k)
    see(first + k, (bits.near >> k & 1U) != 0, (bits.sure >> k & 1U) != 0);
}

}  // namespace

TEST_CASE("near cells are never missed, and sure ones hold friends") {
  auto const sets = make_disjoint_sets(ExecSpace(), ball_count + cell_block);
  ExecSpace().fence();
  auto const balls = make_balls(sets);
  auto const near_cells = make_near_cells(balls, sets, linking, grid_extent);
  int near_count = 0, sure_count = 0, excess = 0;
  for (std::uint32_t a = 0; a < ball_count; ++a)
    for (std::uint32_t first = 0; first < ball_count; first += cell_block) {
      std::uint32_t const root = a % 7 == 0 ? 0 : a;
      auto const see = [&](std::uint32_t b, bool near, bool sure) {
        double const between = gap(balls, a, b), radii = double(balls(3, a)) + balls(3, b);
        bool const other = sets.parent(b) != root;
        if (other && between - radii <= linking) REQUIRE(near);
        if (!other) REQUIRE(!near);
        if (sure) REQUIRE(between + radii <= linking);
        if (between + radii < 0.999 * linking) REQUIRE(sure);
        near_count += near;
        sure_count += sure;
        excess += near && between - radii > 1.001 * linking;
      };
      for_bits(first, near_cells(a, first, ball_count, root), see);
      NearCells::Ball const ball{balls(0, a), balls(1, a), balls(2, a),
                                 near_cells.most + balls(3, a), near_cells.least - balls(3, a)};
      for_bits(first, near_cells.scalar(first, ball, root), see);
    }
  CHECK(near_count > 10000);
  CHECK(sure_count > 1000);
  CHECK(excess == 0);
}

TEST_CASE("cells at the end of a range and behind it are told apart") {
  auto const sets = make_disjoint_sets(ExecSpace(), ball_count + cell_block);
  ExecSpace().fence();
  Array2<float> const balls("test::balls", 4, ball_count + cell_block);
  auto const near_cells = make_near_cells(balls, sets, linking, grid_extent);
  for (std::uint32_t count = 1; count <= cell_block; ++count)
    CHECK(near_cells(1, 2, 2 + count, 1).near == (1ULL << count) - 1);
  CHECK(near_cells(1, 2, 100, 1).near == 0xffff);
}

}  // namespace shearwater::halos
