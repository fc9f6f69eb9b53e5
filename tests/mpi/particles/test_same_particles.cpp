// SPDX-License-Identifier: BSD-3-Clause
// The same work on one rank (MPI_COMM_SELF) is the reference for the bits.
#include <algorithm>
#include <cstring>
#include <tuple>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/particles/light_cone.hpp"
#include "shearwater/particles/particle_rows.hpp"
#include "simulation.hpp"
#include "support.hpp"

using namespace shearwater;
using namespace shearwater::particles;

namespace {

BoxConfig const box{200, 20};
InitialConfig const initial{.seed = 5};

/// Draws a field and displaces the grid of this rank's planes.
GridParticles displaced(Fft const& fft, std::vector<PowerBin>& power) {
  cosmology::Cosmology const cosmology;
  cosmology::Background const background(cosmology);
  auto const grid = fft.make_grid("test::density");
  draw_density(fft, box, initial, cosmology::LinearPower(cosmology), fft.modes(grid));
  power = measure_power(fft, box, fft.modes(grid));
  LagrangianGrowth const growth(background, cosmology::SecondGrowth(background), 0.2);
  return displace_grid(fft, ExecSpace(), box, growth, 2, fft.modes(grid));
}

}  // namespace

TEST_CASE("initial conditions have the same bits on any number of ranks", "[particles][mpi]") {
  Fft const fft(test::world(), box.particles);
  Fft const alone(parallel::Communicator(MPI_COMM_SELF), box.particles);
  std::vector<PowerBin> power, expected_power;
  auto const mine = displaced(fft, power), all = displaced(alone, expected_power);
  REQUIRE(power.size() == expected_power.size());
  for (std::size_t i = 0; i < power.size(); ++i) CHECK(power[i].power == expected_power[i].power);
  auto const first = fft.own().first * box.particles * box.particles;
  auto const bytes = static_cast<std::size_t>(mine.position.extent(1)) * 4;
  auto const host = [](auto const& view) {
    return Kokkos::create_mirror_view_and_copy(HostSpace(), view);
  };
  auto const position = host(mine.position), whole_position = host(all.position);
  auto const momentum = host(mine.momentum), whole_momentum = host(all.momentum);
  for (int axis = 0; axis < 3; ++axis) {
    CHECK(std::memcmp(&position(axis, 0), &whole_position(axis, first), bytes) == 0);
    CHECK(std::memcmp(&momentum(axis, 0), &whole_momentum(axis, first), bytes) == 0);
  }
}

TEST_CASE("a snapshot has the same bits on any number of ranks", "[particles][mpi]") {
  std::int64_t const factor = GENERATE(1, 2, 3);
  auto const run = [&](parallel::Communicator const& comm) {
    test::Simulation simulation(comm, {50, 12}, factor);
    simulation.begin(InitialConfig{.seed = 8});
    simulation.evolve({.count = 4}, 0.1);
    return simulation.snapshot();
  };
  auto const mine = run(test::world()), expected = run(parallel::Communicator(MPI_COMM_SELF));
  REQUIRE(mine.size() == 12 * 12 * 12);
  REQUIRE(expected.size() == mine.size());
  CHECK(std::memcmp(mine.data(), expected.data(), mine.size() * sizeof(Particle)) == 0);
  for (std::size_t i = 0; i < mine.size(); ++i) REQUIRE(mine[i].id == i);
}

TEST_CASE("an evolution that is taken up again has the bits of one that was not",
          "[particles][mpi]") {
  StepConfig const steps{.count = 4};
  test::Simulation whole(test::world(), {50, 12}, 2);
  whole.begin(InitialConfig{.seed = 8});
  auto evolution = whole.start_evolution(steps, 0.1);
  evolution.step();
  bool const synchronised = GENERATE(false, true);
  if (synchronised) evolution.synchronise();
  auto const progress = evolution.progress();
  CHECK(progress.synchronised == synchronised);

  test::Simulation other(test::world(), {50, 12}, 2);
  auto const all = whole.snapshot();
  // Some other rank than before brings each particle.
  std::vector<Particle> mine;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i % static_cast<std::size_t>(test::world().size()) ==
        static_cast<std::size_t>(test::world().rank()))
      mine.push_back(all[i]);
  Array1<Particle> const arriving("test::arriving", mine.size());
  Kokkos::deep_copy(arriving, Kokkos::View<Particle const*, HostSpace>(mine.data(), mine.size()));
  other.slab.add(ExecSpace(), arriving);
  auto resumed = other.start_evolution(steps, 0.1, progress);
  for (auto* run : {&evolution, &resumed}) {
    while (!run->finished()) run->step();
    run->synchronise();
  }
  auto const expected = whole.snapshot(), found = other.snapshot();
  REQUIRE(found.size() == expected.size());
  CHECK(std::memcmp(found.data(), expected.data(), found.size() * sizeof(Particle)) == 0);
}

TEST_CASE("particles come in the order of their ids, some at a time", "[particles][mpi]") {
  test::Simulation simulation(test::world(), {50, 12}, 2);
  simulation.begin(InitialConfig{.seed = 8});
  auto const expected = simulation.snapshot();
  auto const total = std::ssize(expected);
  auto const share = parallel::share_of(total, test::world().rank(), test::world().size());
  std::int64_t next = share.first, calls = 0;
  visit_by_id(simulation.slab, total, 100, [&](std::int64_t first, std::span<Particle const> rows) {
    ++calls;
    REQUIRE(rows.size() <= 100);
    if (!rows.empty()) CHECK(first == next);
    REQUIRE(next + std::ssize(rows) <= total);
    CHECK(std::memcmp(rows.data(), &expected[static_cast<std::size_t>(next)], rows.size_bytes()) ==
          0);
    next += std::ssize(rows);
  });
  CHECK(next == share.first + share.count);
  CHECK(calls == test::world().max(calls));

  auto const set = particle_set(simulation.slab, simulation.box, 0.5, 3);
  auto const position = Kokkos::create_mirror_view_and_copy(HostSpace(), set.positions);
  auto const velocity = Kokkos::create_mirror_view_and_copy(HostSpace(), set.velocities);
  auto const id = Kokkos::create_mirror_view_and_copy(HostSpace(), set.ids);
  CHECK(set.position_unit == 50 / 0x1p32);
  CHECK_THAT(set.velocity_unit, WithinRel(200, 1e-14));
  REQUIRE(test::world().sum(id.extent_int(0)) == total);
  for (int i = 0; i < id.extent_int(0); ++i) {
    auto const& particle = expected[static_cast<std::size_t>(id(i))];
    for (int axis = 0; axis < 3; ++axis) {
      CHECK(position(i, axis) == particle.position[axis]);
      CHECK(velocity(i, axis) == particle.momentum[axis]);
    }
  }
}

TEST_CASE("particles whose gaps were closed and a mesh that was given back go on as before",
          "[particles][mpi]") {
  auto const run = [](bool pause) {
    test::Simulation simulation(test::world(), {50, 12}, 2);
    simulation.begin(InitialConfig{.seed = 8});
    auto evolution = simulation.start_evolution({.count = 4}, 0.1);
    while (!evolution.finished()) {
      evolution.step();
      if (!pause) continue;
      particle_set(simulation.slab, simulation.box, 0.5, 3);
      simulation.mesh.release();
    }
    return simulation.snapshot();
  };
  auto const expected = run(false), found = run(true);
  REQUIRE(found.size() == expected.size());
  CHECK(std::memcmp(found.data(), expected.data(), found.size() * sizeof(Particle)) == 0);
}

TEST_CASE("an id that is missing is noticed", "[particles][mpi]") {
  test::Simulation simulation(test::world(), {50, 12}, 2);
  simulation.begin(InitialConfig{.seed = 8});
  CHECK_THROWS_WITH(visit_by_id(simulation.slab, 12 * 12 * 12 + 1, 100, [](auto, auto) {}),
                    ContainsSubstring("every id is there once"));
}

TEST_CASE("more ranks than slabs of two planes are refused", "[particles][mpi]") {
  if (test::world().size() > 2)
    CHECK_THROWS_WITH(ParticleSlab(test::world(), 4, 64), ContainsSubstring("use at most 2 ranks"));
}

TEST_CASE("a light cone has the same bits on any number of ranks", "[particles][mpi]") {
  std::vector<ConeParticle> seen[2];
  auto const run = [&](parallel::Communicator const& comm, std::vector<ConeParticle>& crossed) {
    test::Simulation simulation(comm, {50, 12}, 2);
    InitialConfig const start{.seed = 8, .scale_factor = 0.3};
    StepConfig const steps{.count = 3};
    simulation.begin(start);
    LightCone cone(comm, {.redshift = 0.05, .thickness = 40, .lines_of_sight = 3}, {24, 6},
                   simulation.box, start.seed, simulation.background);
    auto evolution = simulation.start_evolution(steps, 0.3);
    while (!evolution.finished()) {
      evolution.step();
      cone.add_step(ExecSpace(), evolution, simulation.slab);
      auto const mine = cone.crossed(ExecSpace(), evolution, simulation.slab);
      auto const all = comm.all_gather(std::span<ConeParticle const>(mine));
      crossed.insert(crossed.end(), all.begin(), all.end());
    }
    return Kokkos::create_mirror_view_and_copy(HostSpace(), cone.planes(ExecSpace()).overdensity);
  };
  auto const mine = run(test::world(), seen[0]),
             expected = run(parallel::Communicator(MPI_COMM_SELF), seen[1]);
  REQUIRE(mine.size() == 3 * 4 * 24 * 24);
  CHECK(std::memcmp(mine.data(), expected.data(), mine.size() * sizeof(float)) == 0);

  auto const key = [](ConeParticle const& p) {
    return std::make_tuple(p.line, p.place[2], p.id, p.place[0], p.place[1], p.velocity[0],
                           p.velocity[1], p.velocity[2]);
  };
  REQUIRE(seen[0].size() == seen[1].size());
  CHECK(seen[0].size() > 30);
  for (auto& list : seen) std::ranges::sort(list, {}, key);
  for (std::size_t i = 0; i < seen[0].size(); ++i) REQUIRE(key(seen[0][i]) == key(seen[1][i]));
}
