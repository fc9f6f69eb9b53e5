// SPDX-License-Identifier: BSD-3-Clause
// Members and spherical masses have the same bits on any number of ranks: every rank compares its
// groups with what one rank alone finds from all particles.
#include <mpi.h>

#include <cstring>

#include "catch.hpp"
#include "particles_support.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/halos/friends_of_friends.hpp"
#include "shearwater/halos/properties.hpp"
#include "shearwater/halos/spherical_overdensity.hpp"

using namespace shearwater;
using test::Point;

namespace {

constexpr double box = 10, mass = 1e10;

struct Particles {
  std::vector<Point> position, velocity;
};

Particles clumps() {
  Particles p;
  for (std::size_t i = 0; i < 4000; ++i) {
    core::Stream clump(2, core::Purpose::observation, 10000 + i / 200 % 15);
    core::Stream random(2, core::Purpose::observation, i);
    Point x, v;
    for (std::size_t a = 0; a < 3; ++a) {
      double const centre = box * clump.uniform();
      x[a] = std::fmod(std::fmod(centre + 0.1 * random.normal(), box) + box, box);
      v[a] = 300 * random.normal();
    }
    p.position.push_back(x);
    p.velocity.push_back(v);
  }
  return p;
}

struct Result {
  halos::GroupMembers members;
  std::vector<halos::GroupProperties> properties;
  std::vector<halos::SphericalMass> spheres;
};

/// Not-a-number is the same as itself.
bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// T as particles::ParticleSet has it; positions and velocities of `all` are in its units.
template <class T = double>
Result find_halos(parallel::Communicator const& comm, Particles const& all,
                  double position_unit = 1, double velocity_unit = 1, std::int64_t first_id = 0) {
  auto const rank = static_cast<std::size_t>(comm.rank());
  auto const ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::int64_t> ids;
  for (std::size_t i = rank; i < all.position.size(); i += ranks)
    ids.push_back(first_id + static_cast<std::int64_t>(i));
  using Velocity = typename particles::ParticleSet<T>::Velocity;
  particles::ParticleSet<T> set;
  set.position_unit = position_unit;
  set.velocity_unit = velocity_unit;
  set.positions = test::positions_of<T>(all.position, rank, ranks);
  set.velocities = test::positions_of<Velocity>(all.velocity, rank, ranks);
  set.ids = test::on_device(ids);
  set.particle_mass = mass;
  set.box_side = box;
  auto const labels = halos::friends_of_friends<T>(comm, ExecSpace(), set.positions, set.ids,
                                                   {0.1, box, position_unit});
  Result r;
  r.members = halos::gather_members<T>(comm, set, labels, 20);
  r.properties = halos::group_properties(r.members, {});
  std::vector<double> centres;
  for (auto const& p : r.properties)
    centres.insert(centres.end(), p.potential_minimum.begin(), p.potential_minimum.end());
  r.spheres = halos::spherical_masses<T>(
      comm, set, centres, std::vector<double>(r.properties.size(), 0.3), {1e15, 2e14});
  return r;
}

}  // namespace

TEST_CASE("groups of a catalogue do not depend on the ranks", "[halos][mpi]") {
  auto const all = clumps();
  // Those from -2000 on are 64 bits without sign, of other codes.
  auto const first_id = GENERATE(std::int64_t{0}, std::int64_t{-2000});
  auto const mine = find_halos(test::world(), all, 1, 1, first_id);
  auto const alone = find_halos(parallel::Communicator(MPI_COMM_SELF), all, 1, 1, first_id);
  REQUIRE(alone.members.total >= 10);
  CHECK(mine.members.total == alone.members.total);
  CHECK(mine.members.all_groups == alone.members.all_groups);
  CHECK(test::world().sum(static_cast<std::int64_t>(mine.members.size())) == alone.members.total);
  CHECK(mine.members.total_members == std::ssize(alone.members.id));
  auto const first = static_cast<std::size_t>(mine.members.first_member);
  for (std::size_t m = 0; m < mine.members.id.size(); ++m)
    CHECK(mine.members.id[m] == alone.members.id.at(first + m));
  for (std::size_t g = 0; g < mine.members.size(); ++g) {
    auto const other = g + static_cast<std::size_t>(mine.members.first);
    CHECK(mine.members.label[g] == alone.members.label[other]);
    auto const& a = mine.properties[g];
    auto const& b = alone.properties[other];
    CHECK(a.mass == b.mass);
    CHECK(a.centre_of_mass == b.centre_of_mass);
    CHECK(a.potential_minimum == b.potential_minimum);
    CHECK(a.velocity == b.velocity);
    CHECK(a.velocity_dispersion == b.velocity_dispersion);
    CHECK(a.iterative.axis == b.iterative.axis);
    for (std::size_t d = 0; d < 2; ++d) {
      CHECK(same_bits(mine.spheres[2 * g + d].mass, alone.spheres[2 * other + d].mass));
      CHECK(same_bits(mine.spheres[2 * g + d].radius, alone.spheres[2 * other + d].radius));
    }
  }
}

TEST_CASE("particles as a simulation holds them give the same halos", "[halos][mpi]") {
  double const unit = box / 0x1p32, speed = 100 / 0.7;
  auto stored = clumps();
  for (auto& place : stored.position)
    for (double& x : place) x = std::floor(std::min(x / unit, 0x1p32 - 1));
  for (auto& velocity : stored.velocity)
    for (double& v : velocity) v = static_cast<double>(static_cast<float>(v / speed));
  auto lengths = stored;
  for (auto& place : lengths.position)
    for (double& x : place) x *= unit;
  for (auto& velocity : lengths.velocity)
    for (double& v : velocity) v *= speed;
  auto const expected = find_halos(test::world(), lengths);
  auto const found = find_halos<particles::Position>(test::world(), stored, unit, speed);
  CHECK(found.members.total >= 10);
  CHECK(found.members.all_groups == expected.members.all_groups);
  CHECK(found.members.label == expected.members.label);
  CHECK(found.members.begin == expected.members.begin);
  CHECK(found.members.id == expected.members.id);
  CHECK(found.members.position == expected.members.position);
  CHECK(found.members.velocity == expected.members.velocity);
  CHECK(found.members.mass == expected.members.mass);
  REQUIRE(found.spheres.size() == expected.spheres.size());
  for (std::size_t s = 0; s < found.spheres.size(); ++s) {
    CHECK(same_bits(found.spheres[s].mass, expected.spheres[s].mass));
    CHECK(same_bits(found.spheres[s].radius, expected.spheres[s].radius));
  }
}

TEST_CASE("groups of one particle are members too where they are asked for", "[halos][mpi]") {
  std::vector<Point> const places = {{1, 1, 1}, {1.05, 1, 1}, {5, 5, 5}, {8, 2, 2}, {1.1, 1, 1}};
  auto const rank = static_cast<std::size_t>(test::world().rank());
  auto const ranks = static_cast<std::size_t>(test::world().size());
  std::vector<std::int64_t> ids;
  for (std::size_t i = rank; i < places.size(); i += ranks)
    ids.push_back(static_cast<std::int64_t>(i));
  particles::ParticleSet<double> set;
  set.positions = test::positions_of<double>(places, rank, ranks);
  set.ids = test::on_device(ids);
  set.particle_mass = mass;
  set.box_side = box;
  auto const labels = halos::friends_of_friends<double>(test::world(), ExecSpace(), set.positions,
                                                        set.ids, {0.1, box});
  auto const members = halos::gather_members<double>(test::world(), set, labels, 1);
  CHECK(members.total == 3);
  CHECK(members.all_groups == 3);
  CHECK(members.total_members == 5);
  CHECK(test::world().all_gather<std::int64_t>(members.label) ==
        std::vector<std::int64_t>{0, 2, 3});
  CHECK(test::world().all_gather<std::int64_t>(members.id) ==
        std::vector<std::int64_t>{0, 1, 4, 2, 3});
}

TEST_CASE("larger groups come first and small ones are left out", "[halos][mpi]") {
  auto const mine = find_halos(test::world(), clumps()).members;
  std::size_t previous = 1000000;
  for (std::size_t g = 0; g < mine.size(); ++g) {
    std::size_t const size = mine.begin[g + 1] - mine.begin[g];
    CHECK(size >= 20);
    CHECK(size <= previous);
    previous = size;
  }
}
