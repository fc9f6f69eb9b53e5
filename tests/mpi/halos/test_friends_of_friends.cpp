// SPDX-License-Identifier: BSD-3-Clause
// Groups on 1 to 4 ranks beside those from comparing all pairs.
#include <limits>

#include "catch.hpp"
#include "particles_support.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/halos/friends_of_friends.hpp"
#include "shearwater/particles/particle_set.hpp"

using namespace shearwater;
using test::Point;

namespace {

constexpr double side = 10;

/// Clumps of every width and a uniform background, in [0, side).
std::vector<Point> clustered(std::uint64_t seed, std::size_t count) {
  std::vector<Point> points;
  Point centre{};
  for (std::size_t i = 0; i < count; ++i) {
    core::Stream random(seed, core::Purpose::observation, i);
    if (i % 40 == 0)
      for (auto& x : centre) x = side * random.uniform();
    Point point;
    double const width = i % 3 == 0 ? side : i % 3 == 1 ? 0.3 : 0.03;
    for (std::size_t a = 0; a < 3; ++a) {
      double const x = centre[a] + width * random.normal();
      point[a] = std::fmod(std::fmod(x, side) + side, side);
    }
    points.push_back(point);
  }
  return points;
}

/// Points on the borders of the cells of this linking length, of its multiples, and of the box.
std::vector<Point> on_borders(double length, std::size_t count) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < count; ++i) {
    core::Stream random(3, core::Purpose::observation, i);
    double const step = i % 3 == 0 ? length : length / std::sqrt(3.0) * (i % 3 == 1 ? 1 : 1 - 1e-6);
    Point point;
    for (auto& x : point) {
      x = step * std::floor(side / step * random.uniform());
      if (random.uniform() < 0.1) x = 0;
      if (random.uniform() < 0.1) x = side;
    }
    points.push_back(point);
  }
  return points;
}

/// Ids in another order than the points, none of them 0.
std::vector<std::int64_t> scrambled_ids(std::size_t count) {
  std::vector<std::int64_t> ids(count);
  for (std::size_t i = 0; i < count; ++i)
    ids[i] = static_cast<std::int64_t>((i * 7919) % 104729 + 5);
  return ids;
}

template <class T>
void compare(std::vector<Point> const& points, double length, double box_side) {
  auto const ids = scrambled_ids(points.size());
  auto const expected = test::groups_by_pairs<T>(points, ids, length, box_side);
  // Particles are dealt out like cards: most of them lie on a rank that does not own their slab.
  auto const rank = static_cast<std::size_t>(test::world().rank());
  auto const ranks = static_cast<std::size_t>(test::world().size());
  std::vector<std::int64_t> my_ids, mine;
  for (std::size_t i = rank; i < points.size(); i += ranks) {
    my_ids.push_back(ids[i]);
    mine.push_back(expected[i]);
  }
  auto const labels = halos::friends_of_friends<T>(test::world(), ExecSpace(),
                                                   test::positions_of<T>(points, rank, ranks),
                                                   test::on_device(my_ids), {length, box_side});
  CHECK(test::on_host(labels) == mine);
}

}  // namespace

TEMPLATE_TEST_CASE("groups are those of all pairs", "[halos][mpi]", float, double) {
  for (double const length : {0.02, 0.1, 0.4, 1.1, 2.0, 3.4, 5.0}) {
    INFO("linking length " << length);
    for (std::uint64_t const seed : {1, 2}) {
      auto const points = clustered(seed, 900);
      compare<TestType>(points, length, side);
      compare<TestType>(points, length, 0);
    }
  }
}

TEMPLATE_TEST_CASE("particles on the borders of cells and of the box", "[halos][mpi]", float,
                   double) {
  for (double const length : {0.5, 1.25, 2.5}) {
    INFO("linking length " << length);
    compare<TestType>(on_borders(length, 600), length, side);
    compare<TestType>(on_borders(length, 600), length, 0);
  }
}

TEST_CASE("whole numbers of a unit are linked as the lengths that they stand for", "[halos][mpi]") {
  double const unit = side / 0x1p32;
  auto const rank = static_cast<std::size_t>(test::world().rank());
  auto const ranks = static_cast<std::size_t>(test::world().size());
  for (double const length : {0.02, 0.4, 3.4, 5.0}) {
    INFO("linking length " << length);
    auto whole = clustered(3, 900);
    for (auto& point : whole)
      for (double& x : point) x = std::floor(std::min(x, 0.9999999 * side) / unit);
    auto lengths = whole;
    for (auto& point : lengths)
      for (double& x : point) x *= unit;
    std::vector<std::int64_t> ids;
    for (std::size_t i = rank; i < whole.size(); i += ranks)
      ids.push_back(static_cast<std::int64_t>(i));
    auto const on_ranks = test::on_device(ids);
    auto const expected = halos::friends_of_friends<double>(
        test::world(), ExecSpace(), test::positions_of<double>(lengths, rank, ranks), on_ranks,
        {length, side});
    // Columns of another array: one coordinate after the other.
    auto const rows = test::positions_of<particles::Position>(whole, rank, ranks);
    Array2<particles::Position> const columns("test::columns", 3, ids.size() + 7);
    Strided2<particles::Position const> const turned(
        columns.data(), Kokkos::LayoutStride(ids.size(), 1, 3, ids.size() + 7));
    Kokkos::parallel_for(
        "test::columns", ids.size(), KOKKOS_LAMBDA(std::size_t i) {
          for (std::size_t a = 0; a < 3; ++a) columns(a, i) = rows(i, a);
        });
    Kokkos::fence();
    auto const found = halos::friends_of_friends<particles::Position>(
        test::world(), ExecSpace(), turned, on_ranks, {length, side, unit});
    CHECK(test::on_host(found) == test::on_host(expected));
  }
}

TEST_CASE("few particles, particles at one place and none at all", "[halos][mpi]") {
  compare<float>({{1, 2, 3}}, 0.2, side);
  compare<float>({{1, 2, 3}, {9.95, 2, 3}, {1, 0.1, 3}, {1, 9.95, 3}}, 0.2, side);
  compare<double>(std::vector<Point>(300, Point{5, 5, 5}), 0.01, 0);
  compare<double>({{0, 0, 0}, {side, side, side}, {0, side, 0.05}}, 0.1, side);
  compare<double>({}, 0.2, side);
}

TEST_CASE("crowded cells that just miss each other stay apart", "[halos][mpi]") {
  // Two clumps of 400, each in one cell, 1.01 lengths apart; then one particle between them.
  std::vector<Point> points;
  for (std::size_t i = 0; i < 800; ++i) {
    core::Stream random(5, core::Purpose::observation, i);
    double const x = i < 400 ? 9.9 - 0.05 * random.uniform() : 10.001 + 0.05 * random.uniform();
    points.push_back(
        {std::fmod(x, side), 4 + 0.03 * random.uniform(), 4 + 0.03 * random.uniform()});
  }
  compare<double>(points, 0.1, side);
  points.push_back({9.95, 4.01, 4.01});
  compare<double>(points, 0.1, side);
}

TEST_CASE("what cannot be linked is refused with the remedy", "[halos][mpi]") {
  auto const link = [](std::vector<Point> const& points, double length, double box_side) {
    std::vector<std::int64_t> ids(points.size());
    std::iota(ids.begin(), ids.end(), 1000 * test::world().rank());
    halos::friends_of_friends<double>(test::world(), ExecSpace(),
                                      test::positions_of<double>(points, 0, 1),
                                      test::on_device(ids), {length, box_side});
  };
  CHECK_THROWS_WITH(link({{1, 1, 1}}, 0, side), ContainsSubstring("must be positive"));
  CHECK_THROWS_WITH(link({{1, 1, 1}}, 5.1, side), ContainsSubstring("at most half the box, 5"));
  CHECK_THROWS_WITH(link({{1, 1, 1}, {1, 10.5, 1}}, 0.2, side),
                    ContainsSubstring("particle 1") && ContainsSubstring("the unit of length"));
  CHECK_THROWS_WITH(link({{1, 1, std::numeric_limits<double>::quiet_NaN()}}, 0.2, 0),
                    ContainsSubstring("must be finite"));
  CHECK_THROWS_WITH(link({{1, 1, 1}}, 1e-9, side), ContainsSubstring("use at least"));
}
