// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "simulation.hpp"
#include "stencil.hpp"
#include "support.hpp"

using namespace shearwater;
using namespace shearwater::particles;

namespace {

Array1<Particle> scattered(std::int64_t count) {
  Array1<Particle> const result("test::particles", count);
  auto const host = Kokkos::create_mirror_view(result);
  for (std::int64_t i = 0; i < count; ++i) {
    core::Stream stream(11, core::Purpose::field, static_cast<std::uint64_t>(i));
    host(i) = {
        {stream.bits(), stream.bits(), stream.bits()}, {0, 0, 0}, static_cast<std::uint64_t>(i)};
  }
  Kokkos::deep_copy(result, host);
  return result;
}

/// Clouds in cells in double precision, the plain way.
std::vector<double> plain_clouds(Array1<Particle> const& particles, std::int64_t n) {
  std::vector<double> mass(static_cast<std::size_t>(n * n * n), 0.0);
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), particles);
  for (std::size_t p = 0; p < host.extent(0); ++p) {
    double cell[3];
    for (int axis = 0; axis < 3; ++axis)
      cell[axis] = std::fmod(
          host(p).position[axis] * 0x1p-32 * static_cast<double>(n) - 0.5 + static_cast<double>(n),
          static_cast<double>(n));
    for (int corner = 0; corner < 8; ++corner) {
      double weight = 1;
      std::int64_t at = 0;
      for (int axis = 0; axis < 3; ++axis) {
        int const up = (corner >> axis) & 1;
        double const part = cell[axis] - std::floor(cell[axis]);
        weight *= up == 1 ? part : 1 - part;
        at = at * n + (static_cast<std::int64_t>(cell[axis]) + up) % n;
      }
      mass[static_cast<std::size_t>(at)] += weight;
    }
  }
  return mass;
}

}  // namespace

TEST_CASE("deposited clouds are those of double precision", "[particles][unit]") {
  std::int64_t const n = 12, count = 3000;
  ParticleMesh mesh(test::world(), {100, n}, {1});
  ParticleSlab slab(test::world(), n, count);
  auto const particles = scattered(count);
  slab.add(ExecSpace(), particles);
  CHECK(slab.count() == count);
  auto const density = mesh.deposit(ExecSpace(), slab);
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), density);
  auto const expected = plain_clouds(particles, n);
  double const mean = static_cast<double>(count) / static_cast<double>(n * n * n);
  double worst = 0, sum = 0;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t k = 0; k < n; ++k) {
        double const delta = expected[static_cast<std::size_t>((i * n + j) * n + k)] / mean - 1;
        worst = std::max(worst, std::abs(host(i, j, k) - delta));
        sum += host(i, j, k);
      }
  // Weights are whole numbers of 2^-18; some dozens of them meet in a cell.
  CHECK(worst < 3e-5);
  CHECK(std::abs(sum) < 1e-3);
}

TEST_CASE("a cell of very many particles is still counted right", "[particles][unit]") {
  std::int64_t const n = 4, count = 40000;
  ParticleMesh mesh(test::world(), {100, n}, {1});
  ParticleSlab slab(test::world(), n, count);
  Array1<Particle> const heap("test::heap", count);
  // All on the first node: 2^18 units for each would overflow.
  auto const particles = Kokkos::create_mirror_view(heap);
  for (std::int64_t p = 0; p < count; ++p)
    particles(p) = {{1U << 29, 1U << 29, 1U << 29}, {0, 0, 0}, static_cast<std::uint64_t>(p)};
  Kokkos::deep_copy(heap, particles);
  slab.add(ExecSpace(), heap);
  auto const host =
      Kokkos::create_mirror_view_and_copy(HostSpace(), mesh.deposit(ExecSpace(), slab));
  CHECK_THAT(host(0, 0, 0), WithinRel(63.0, 1e-6));
  CHECK_THAT(host(1, 2, 3), WithinRel(-1.0, 1e-6));
}

TEST_CASE("forces of pairs are those of scalars", "[particles][unit]") {
  std::int64_t const n = 6, count = 501;
  ParticleSlab slab(test::world(), n, count);
  slab.add(ExecSpace(), scattered(count));
  MeshShape const shape{n, 0};
  std::vector<float> potential(static_cast<std::size_t>((n + 3) * shape.plane()));
  core::fill_normals(1, core::Purpose::field, 0, 0, potential);
  // Padding repeats the first columns; the stencil reads it.
  for (std::size_t row = 0; row < potential.size(); row += static_cast<std::size_t>(n + 2))
    for (std::size_t k : {0, 1})
      potential[row + static_cast<std::size_t>(n) + k] = potential[row + k];
  auto const& blocks = slab.blocks();
  double worst = 0;
  int seen = 0;
  for (std::int64_t b = 0; b < blocks.blocks(); ++b)
    for (std::int64_t first = blocks.begin(b); first < blocks.begin(b) + blocks.count(b);
         first += kBunch) {
      int const size = static_cast<int>(
          std::min<std::int64_t>(kBunch, blocks.begin(b) + blocks.count(b) - first));
      CellBunch const cells(shape, blocks, first, size);
      ForceBunch force, scalar;
      bunch_force(shape, potential.data(), cells, size, force);
      for (int p = 0; p < size; ++p, ++seen) {
        scalar_force(shape, potential.data(), cells, p, scalar);
        for (auto const& [a, s] :
             {std::pair(force.x[p], scalar.x[p]), std::pair(force.y[p], scalar.y[p]),
              std::pair(force.z[p], scalar.z[p])})
          worst = std::max(worst, static_cast<double>(std::abs(a - s)));
      }
    }
  CHECK(seen == count);
  CHECK(worst < 3e-6);  // sums of 16 numbers of size one in single precision
}

TEST_CASE("forces of all particles add up to nothing", "[particles][unit]") {
  std::int64_t const n = 16, count = 2000;
  ParticleMesh mesh(test::world(), {100, n}, {1});
  ParticleSlab slab(test::world(), n, count);
  slab.add(ExecSpace(), scattered(count));
  mesh.solve(ExecSpace(), slab);
  mesh.kick_drift(ExecSpace(), slab, 1, 0);
  auto const& blocks = slab.blocks();
  double sum[3] = {0, 0, 0}, size = 0;
  for (std::int64_t b = 0; b < blocks.blocks(); ++b)
    for (std::int64_t p = blocks.begin(b); p < blocks.begin(b) + blocks.count(b); ++p)
      for (int axis = 0; axis < 3; ++axis) {
        sum[axis] += blocks.momentum(axis, p);
        size += std::abs(blocks.momentum(axis, p));
      }
  // Action is reaction because deposit and force share their weights; single precision remains.
  for (double const s : sum) CHECK(std::abs(s) < 1e-5 * size);
}

TEST_CASE("a plane wave reaches its Zel'dovich position in few steps", "[particles][unit]") {
  std::int64_t const n = 64, steps = GENERATE(5, 80);
  double const side = 64, amplitude = 0.2, turn = 2 * std::numbers::pi;
  test::Simulation simulation(test::world(), {side, n}, 2);
  simulation.begin(
      test::field_of(simulation.fft,
                     [&](double x, double, double) { return amplitude * std::cos(turn * x); }),
      0.1, 1);
  simulation.evolve({.count = steps}, 0.1);
  double worst = 0;
  for (auto const& particle : simulation.snapshot()) {
    auto const plane = particle.id / static_cast<std::uint64_t>(n * n);
    double const q = static_cast<double>(plane) / static_cast<double>(n);
    double const expected = q - amplitude / turn * std::sin(turn * q);
    worst =
        std::max(worst, std::abs(std::remainder(particle.position[0] * 0x1p-32 - expected, 1.0)));
  }
  // The largest error of any particle, of the wave's largest displacement.
  CHECK(worst < 0.005 * amplitude / turn);
}

TEST_CASE("steps that go backwards are refused", "[particles][unit]") {
  CHECK_THROWS_WITH((StepConfig{.end = 0.05}.scale_factors(0.1)),
                    ContainsSubstring("must lie after initial.scale_factor = 0.1"));
}
