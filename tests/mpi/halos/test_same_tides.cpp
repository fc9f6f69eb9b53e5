// SPDX-License-Identifier: BSD-3-Clause
// The tidal tensor has the same bits on any number of ranks: every rank compares its points with
// what one rank alone finds from all particles in another order.
#include <mpi.h>

#include <algorithm>

#include "catch.hpp"
#include "particles_support.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/halos/tidal_field.hpp"

using namespace shearwater;
using test::Point;

namespace {

constexpr double tidal_box = 25;

std::vector<Point> loose_clumps(std::uint64_t seed, std::size_t count) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < count; ++i) {
    core::Stream clump(seed, core::Purpose::observation, 100000 + i / 50);
    core::Stream random(seed, core::Purpose::observation, i);
    Point x;
    for (auto& v : x) {
      v = tidal_box * clump.uniform() + 0.5 * random.normal();
      v = std::fmod(std::fmod(v, tidal_box) + tidal_box, tidal_box);
    }
    points.push_back(x);
  }
  points.back() = {tidal_box, 0, tidal_box};
  return points;
}

/// Rows rank, rank + ranks, ... of all.
template <class Values>
std::vector<double> dealt(std::vector<Values> const& all, parallel::Communicator const& comm) {
  std::vector<double> mine;
  for (auto i = static_cast<std::size_t>(comm.rank()); i < all.size();
       i += static_cast<std::size_t>(comm.size())) {
    if constexpr (std::is_same_v<Values, Point>)
      mine.insert(mine.end(), all[i].begin(), all[i].end());
    else
      mine.push_back(all[i]);
  }
  return mine;
}

template <class T>
std::vector<halos::TidalTensor> tides(parallel::Communicator const& comm,
                                      std::vector<Point> const& points,
                                      std::vector<double> const& masses,
                                      std::vector<Point> const& places) {
  particles::ParticleSet<T> set;
  set.positions = test::positions_of<T>(points, static_cast<std::size_t>(comm.rank()),
                                        static_cast<std::size_t>(comm.size()));
  if (!masses.empty()) set.masses = test::on_device(dealt(masses, comm));
  set.particle_mass = masses.empty() ? 1e10 : 0;
  set.box_side = tidal_box;
  auto const field = halos::TidalField::of_particles<T>(comm, ExecSpace(), set, 14);
  return field.at(ExecSpace(), dealt(places, comm), {2, 3.5});
}

}  // namespace

TEMPLATE_TEST_CASE("tides do not depend on ranks or order", "[halos][mpi]", float, double) {
  bool const alike = GENERATE(true, false);
  auto points = loose_clumps(4, 3000);
  auto const places = loose_clumps(5, 101);
  std::vector<double> masses;
  if (!alike)
    for (std::size_t i = 0; i < points.size(); ++i)
      masses.push_back(1e9 * core::Stream(6, core::Purpose::observation, i).uniform());
  auto const mine = tides<TestType>(test::world(), points, masses, places);
  std::reverse(points.begin(), points.end());
  std::reverse(masses.begin(), masses.end());
  auto const alone = tides<TestType>(parallel::Communicator(MPI_COMM_SELF), points, masses, places);
  REQUIRE(alone.size() == 2 * places.size());
  auto const ranks = static_cast<std::size_t>(test::world().size()),
             rank = static_cast<std::size_t>(test::world().rank());
  REQUIRE(mine.size() == 2 * ((places.size() - rank + ranks - 1) / ranks));
  for (std::size_t i = 0; i < mine.size(); ++i)
    CHECK(mine[i] == alone[2 * (rank + i / 2 * ranks) + i % 2]);
  double largest = 0;
  for (auto const& tensor : alone) largest = std::max(largest, tensor[0] + tensor[1] + tensor[2]);
  CHECK(largest > 0.1);
}

TEST_CASE("ranks without particles or points take part", "[halos][mpi]") {
  std::vector<Point> const few = {{1, 2, 3}, {4, 20, 6}};
  auto const mine = tides<double>(test::world(), few, {1e10, 3e10}, {{2, 2, 2}});
  auto const alone =
      tides<double>(parallel::Communicator(MPI_COMM_SELF), few, {1e10, 3e10}, {{2, 2, 2}});
  if (test::world().is_root())
    CHECK(mine == alone);
  else
    CHECK(mine.empty());
}
