// SPDX-License-Identifier: BSD-3-Clause
// Neighbours on 1 to 4 ranks beside those from comparing all pairs: by the search of a CPU, and by
// that of a GPU, which runs on whatever the build is for.
#include <algorithm>
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "neighbour_graph.hpp"
#include "particles_support.hpp"
#include "shearwater/core/random.hpp"

using namespace shearwater;
using test::Point;

namespace {

constexpr double side = 10;

std::vector<Point> clustered(std::uint64_t seed, std::size_t count) {
  std::vector<Point> points;
  Point centre{};
  for (std::size_t i = 0; i < count; ++i) {
    core::Stream random(seed, core::Purpose::observation, i);
    if (i % 40 == 0)
      for (auto& x : centre) x = side * random.uniform();
    Point point;
    double const width = i % 3 == 0 ? side : i % 3 == 1 ? 0.3 : 1e-4;
    for (std::size_t a = 0; a < 3; ++a)
      point[a] = std::fmod(std::fmod(centre[a] + width * random.normal(), side) + side, side);
    points.push_back(point);
  }
  return points;
}

/// A coarse lattice, also on the faces of the box: most distances are equal to many others.
std::vector<Point> lattice(std::size_t count) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < count; ++i) {
    core::Stream random(9, core::Purpose::observation, i);
    Point point;
    for (auto& x : point) x = 1.25 * std::floor(9 * random.uniform());
    for (auto& x : point) x = std::min(x, side);
    points.push_back(point);
  }
  return points;
}

std::vector<std::int64_t> scrambled_ids(std::size_t count) {
  std::vector<std::int64_t> ids(count);
  for (std::size_t i = 0; i < count; ++i)
    ids[i] = static_cast<std::int64_t>((i * 7919) % 104729 + 5);
  return ids;
}

struct Neighbour {
  double squared;
  std::int64_t id;
  std::array<double, 3> separation;
  bool operator<(Neighbour const& o) const {
    return squared < o.squared || (squared == o.squared && id < o.id);
  }
};

/// Of point i, by comparing it with all others.
template <class T>
std::vector<Neighbour> by_pairs(std::vector<Point> const& points,
                                std::vector<std::int64_t> const& ids, std::size_t i,
                                double box_side) {
  std::vector<Neighbour> all;
  for (std::size_t j = 0; j < points.size(); ++j) {
    if (j == i) continue;
    Neighbour n{0, ids[j], {}};
    for (std::size_t a = 0; a < 3; ++a) {
      double d = static_cast<double>(static_cast<T>(points[j][a])) -
                 static_cast<double>(static_cast<T>(points[i][a]));
      if (box_side > 0) d -= box_side * std::round(d / box_side);
      n.separation[a] = d;
    }
    auto const& s = n.separation;
    n.squared = s[0] * s[0] + s[1] * s[1] + s[2] * s[2];
    all.push_back(n);
  }
  std::ranges::sort(all, std::less{});
  return all;
}

/// Points are dealt out like cards. Returns what differs: "" when nothing does.
template <class Search, class T>
std::string difference_of(std::vector<Point> const& points, std::size_t keep, double radius,
                          double box_side) {
  auto const& world = test::world();
  auto const ids = scrambled_ids(points.size());
  auto const rank = static_cast<std::size_t>(world.rank());
  auto const ranks = static_cast<std::size_t>(world.size());
  std::vector<std::int64_t> mine;
  for (std::size_t i = rank; i < points.size(); i += ranks) mine.push_back(ids[i]);
  auto const x = test::positions_of<T>(points, rank, ranks);
  Array1<std::int64_t const> const names = test::on_device(mine);
  graph::SearchLimits limits{.keep = keep, .period = box_side};
  if (keep == 0) limits.limit = radius * radius;
  auto const graph = graph::make_graph<Search, T>(world, ExecSpace(), x, names, limits);
  auto const begin = to_host(graph.begin), id = to_host(graph.id);
  auto const separation = to_host(graph.separation);
  if (begin.size() != mine.size() + 1) return "the number of points";
  for (std::size_t p = 0; p < mine.size(); ++p) {
    auto expected = by_pairs<T>(points, ids, rank + p * ranks, box_side);
    if (keep > 0) expected.resize(std::min(keep, expected.size()));
    if (radius > 0)
      std::erase_if(expected, [&](Neighbour const& n) { return n.squared > radius * radius; });
    if (begin[p + 1] - begin[p] != std::ssize(expected))
      return "the number of neighbours of point " + std::to_string(p) + ": " +
             std::to_string(begin[p + 1] - begin[p]) + ", not " + std::to_string(expected.size());
    for (std::size_t n = 0; n < expected.size(); ++n) {
      auto const e = static_cast<std::size_t>(begin[p]) + n;
      if (id[e] != expected[n].id) return "neighbour " + std::to_string(n) + " of a point";
      for (std::size_t a = 0; a < 3; ++a)
        if (separation[3 * e + a] != static_cast<float>(expected[n].separation[a]) &&
            std::abs(expected[n].separation[a]) != box_side / 2)
          return "the separation of a neighbour";
    }
  }
  return "";
}

template <class T>
std::string difference(std::vector<Point> const& points, std::size_t keep, double radius,
                       double box_side) {
  auto const host = difference_of<graph::HostSearch, T>(points, keep, radius, box_side);
  auto const device = difference_of<graph::DeviceSearch, T>(points, keep, radius, box_side);
  return host + (device.empty() ? "" : " of a GPU's search: " + device);
}

}  // namespace

TEMPLATE_TEST_CASE("nearest neighbours are those of all pairs", "[graph][mpi]", float, double) {
  for (std::size_t const keep : {1U, 5U, 16U, 40U}) {
    INFO(keep << " neighbours");
    for (double const box_side : {side, 0.0}) {
      CHECK(difference<TestType>(clustered(1, 500), keep, 0, box_side) == "");
      CHECK(difference<TestType>(lattice(400), keep, 0, box_side) == "");
    }
  }
}

TEMPLATE_TEST_CASE("neighbours within a radius are those of all pairs", "[graph][mpi]", float,
                   double) {
  // Half the box is longer than a slab of four.
  for (double const radius : {1e-4, 0.3, 1.25, 5.0}) {
    INFO("radius " << radius);
    for (double const box_side : {side, 0.0}) {
      CHECK(difference<TestType>(clustered(2, 300), 0, radius, box_side) == "");
      CHECK(difference<TestType>(lattice(250), 0, radius, box_side) == "");
    }
  }
}

TEST_CASE("both searches find the same among more points than a pair count could check",
          "[graph][mpi]") {
  auto const& world = test::world();
  auto const points = clustered(6, 20'000);
  std::vector<std::int64_t> mine;
  auto const rank = static_cast<std::size_t>(world.rank());
  auto const ranks = static_cast<std::size_t>(world.size());
  for (std::size_t i = rank; i < points.size(); i += ranks)
    mine.push_back(static_cast<std::int64_t>(i));
  Array1<std::int64_t const> const ids = test::on_device(mine);
  auto const x = test::positions_of<float>(points, rank, ranks);
  for (graph::SearchLimits const& limits :
       {graph::SearchLimits{.keep = 12, .period = side}, graph::SearchLimits{.keep = 70},
        graph::SearchLimits{.limit = 0.04, .period = side},
        graph::SearchLimits{.keep = 12, .period = side, .part = 1000}}) {
    INFO(limits.keep << " neighbours");
    auto const host =
        graph::make_graph<graph::HostSearch, float>(world, ExecSpace(), x, ids, limits);
    auto const device =
        graph::make_graph<graph::DeviceSearch, float>(world, ExecSpace(), x, ids, limits);
    // Not expanded: a difference would print all of them.
    CHECK((to_host(host.begin) == to_host(device.begin)));
    CHECK((to_host(host.id) == to_host(device.id)));
    CHECK((to_host(host.separation) == to_host(device.separation)));
    CHECK(world.sum(static_cast<std::int64_t>(host.id.extent(0))) >= 5 * std::ssize(points));
  }
}

TEST_CASE("many points in one clump, coincident ones, few and none", "[graph][mpi]") {
  std::vector<Point> clump;
  for (std::size_t i = 0; i < 700; ++i) {
    core::Stream random(4, core::Purpose::observation, i);
    Point point{9.9999, 3, 3};
    // r^-2 about a corner region: distances over six decades.
    for (auto& x : point)
      x += (i % 2 ? 1e-3 : 1.0) * std::pow(random.uniform(), 6) * random.normal();
    for (auto& x : point) x = std::fmod(x + 2 * side, side);
    clump.push_back(point);
  }
  for (double const box_side : {side, 0.0}) {
    CHECK(difference<double>(clump, 16, 0, box_side) == "");
    CHECK(difference<float>(std::vector<Point>(100, Point{5, 5, 5}), 7, 0, box_side) == "");
    CHECK(difference<float>(std::vector<Point>(60, Point{5, 5, 5}), 0, 0.1, box_side) == "");
    for (std::size_t const count : {0U, 1U, 2U, 3U, 17U, 18U}) {
      INFO(count << " points");
      CHECK(difference<double>(clustered(3, count), 17, 0, box_side) == "");
      CHECK(difference<double>(clustered(3, count), 0, 2.0, box_side) == "");
    }
  }
}

TEST_CASE("coordinates may be larger than floats are", "[graph][mpi]") {
  for (double const far : {1e39, -1e39}) {
    INFO("about " << far);
    auto points = clustered(7, 400);
    for (auto& point : points)
      for (auto& x : point) x = far + 1e30 * x;
    CHECK(difference<double>(points, 5, 0, 0) == "");
    CHECK(difference<double>(points, 0, 2e30, 0) == "");
  }
}

TEST_CASE("within a radius whose square is infinite lie all other points", "[graph][mpi]") {
  auto const& world = test::world();
  CHECK(difference<double>(clustered(8, 100), 0, 1e200, 0) == "");
  auto const x = test::positions_of<double>({{0, 0, 0}, {1e155, 0, 0}}, 0, 1);
  Array1<std::int64_t const> const ids = test::on_device(std::vector<std::int64_t>{1, 2});
  auto const graph = graph::neighbours_within<double>(world, ExecSpace(), x, ids, 2e155, 0);
  CHECK(std::ssize(to_host(graph.id)) == 2 * (2 * world.size() - 1));
}

TEST_CASE("reverse lists hold every edge where it ends", "[graph][mpi]") {
  auto const& world = test::world();
  auto const points = clustered(5, 400);
  auto const ids = scrambled_ids(points.size());
  auto const rank = static_cast<std::size_t>(world.rank());
  auto const ranks = static_cast<std::size_t>(world.size());
  std::vector<std::int64_t> mine;
  for (std::size_t i = rank; i < points.size(); i += ranks) mine.push_back(ids[i]);
  Array1<std::int64_t const> const names = test::on_device(mine);
  auto const graph = graph::nearest_neighbours<double>(
      world, ExecSpace(), test::positions_of<double>(points, rank, ranks), names, 6, side);
  auto const reverse = graph::reverse_of(world, names, graph);
  auto const begin = to_host(reverse.begin), id = to_host(reverse.id);
  auto const place = to_host(reverse.place);
  REQUIRE(begin.size() == mine.size() + 1);
  CHECK(world.sum(begin.back()) == 6 * std::ssize(points));
  std::vector<std::vector<std::pair<std::int64_t, std::int32_t>>> expected(mine.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto const list = by_pairs<double>(points, ids, i, side);
    for (std::int32_t n = 0; n < 6; ++n) {
      auto const at = std::ranges::find(mine, list[static_cast<std::size_t>(n)].id);
      if (at != mine.end())
        expected[static_cast<std::size_t>(at - mine.begin())].emplace_back(ids[i], n);
    }
  }
  std::vector<std::vector<std::pair<std::int64_t, std::int32_t>>> found(mine.size());
  for (std::size_t p = 0; p < mine.size(); ++p) {
    std::ranges::sort(expected[p]);
    for (auto e = begin[p]; e < begin[p + 1]; ++e)
      found[p].emplace_back(id[static_cast<std::size_t>(e)], place[static_cast<std::size_t>(e)]);
  }
  CHECK(found == expected);
}

TEST_CASE("what has no neighbours to look for is refused with the remedy", "[graph][mpi]") {
  auto const& world = test::world();
  auto const points = [&](double x) { return test::positions_of<double>({{x, 1, 1}}, 0, 1); };
  Array1<std::int64_t const> const ids = test::on_device(std::vector<std::int64_t>{world.rank()});
  auto const within = [&](double x, double radius) {
    graph::neighbours_within<double>(world, ExecSpace(), points(x), ids, radius, side);
  };
  CHECK_THROWS_WITH(within(1, 5.1), ContainsSubstring("at most half of it, 5"));
  CHECK_THROWS_WITH(within(1, 0), ContainsSubstring("must be positive"));
  CHECK_THROWS_WITH(within(10.5, 1), ContainsSubstring("within [0, 10]"));
  CHECK_THROWS_WITH(within(std::numeric_limits<double>::quiet_NaN(), 1),
                    ContainsSubstring("must be finite"));
  CHECK_THROWS_WITH(graph::nearest_neighbours<double>(world, ExecSpace(), points(1), ids, 0, side),
                    ContainsSubstring("at least 1"));
  auto const both = graph::SearchLimits{.keep = 3, .limit = 1};
  CHECK_THROWS_WITH(
      (graph::make_graph<graph::HostSearch, double>(world, ExecSpace(), points(1), ids, both)),
      ContainsSubstring("nearest or within a distance"));
  CHECK_THROWS_WITH(
      (graph::make_graph<graph::DeviceSearch, double>(world, ExecSpace(), points(1), ids, both)),
      ContainsSubstring("nearest or within a distance"));
}
