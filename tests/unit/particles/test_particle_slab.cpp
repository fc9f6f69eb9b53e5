// SPDX-License-Identifier: BSD-3-Clause
// Particles that fall together into a few planes: their blocks need other room in each step.
#include <vector>

#include "catch.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/particles/particle_slab.hpp"
#include "support.hpp"

using namespace shearwater;
using particles::Particle;
using particles::ParticleSlab;
using particles::Position;

namespace {

constexpr std::int64_t slab_particles = 20000;

Position place(std::int64_t id, int axis) {
  core::Stream random(static_cast<std::uint64_t>(axis), core::Purpose::observation,
                      static_cast<std::uint64_t>(id));
  return static_cast<Position>(0x1p32 * random.uniform());
}

/// After some steps of falling towards `centre` along x by an eighth of the way.
Position fallen(Position x, Position centre, int steps) {
  for (int step = 0; step < steps; ++step)
    x += static_cast<Position>(static_cast<std::int32_t>(centre - x) / 8);
  return x;
}

bool as_made(particles::ParticleBlocks const& blocks, std::int64_t p, Position centre, int steps) {
  auto const id = static_cast<std::int64_t>(blocks.id(p));
  bool same = blocks.position(0, p) == fallen(place(id, 0), centre, steps);
  for (int axis = 1; axis < 3; ++axis) same = same && blocks.position(axis, p) == place(id, axis);
  for (int axis = 0; axis < 3; ++axis)
    same = same && blocks.momentum(axis, p) == static_cast<float>(3 * id + axis);
  return same;
}

/// Every particle once, as it was made, in the block of its plane, and no two blocks overlap.
void check_whole(ParticleSlab const& slab, Position centre, int steps) {
  auto const& blocks = slab.blocks();
  std::vector<int> seen(slab_particles, 0);
  std::int64_t changed = 0, misplaced = 0;
  for (std::int64_t b = 0; b < blocks.blocks(); ++b) {
    REQUIRE(blocks.begin(b) + blocks.count(b) <= blocks.begin(b + 1));
    for (std::int64_t p = blocks.begin(b); p < blocks.begin(b) + blocks.count(b); ++p) {
      auto const plane = blocks.plane(blocks.position(0, p));
      misplaced += plane < blocks.first_plane(b) || plane >= blocks.first_plane(b + 1);
      changed += !as_made(blocks, p, centre, steps);
      ++seen.at(static_cast<std::size_t>(blocks.id(p)));
    }
  }
  CHECK(misplaced == 0);
  CHECK(changed == 0);
  CHECK(seen == std::vector<int>(slab_particles, 1));
}

}  // namespace

TEST_CASE("blocks keep their particles while these gather in a few planes") {
  auto const world = test::world();
  // At the lower end, in the middle and at the upper end; a mesh that does not divide 2^32, too.
  for (std::int64_t const mesh : {32, 27})
    for (Position const centre : {0x08000000U, 0x80000000U, 0xf0000000U}) {
      ParticleSlab slab(world, mesh, slab_particles);
      Array1<Particle> const start("test::start", slab_particles);
      for (std::int64_t id = 0; id < slab_particles; ++id) {
        Particle particle{};
        for (int axis = 0; axis < 3; ++axis) {
          particle.position[axis] = place(id, axis);
          particle.momentum[axis] = static_cast<float>(3 * id + axis);
        }
        particle.id = static_cast<std::uint64_t>(id);
        start(id) = particle;
      }
      slab.add(ExecSpace(), start);
      REQUIRE(slab.blocks().blocks() > 2);
      auto const bytes = slab.blocks().position.span();
      for (int step = 0; step <= 12; ++step) {
        check_whole(slab, centre, step);
        auto const& blocks = slab.blocks();
        for (std::int64_t b = 0; b < blocks.blocks(); ++b)
          for (std::int64_t p = blocks.begin(b); p < blocks.begin(b) + blocks.count(b); ++p)
            blocks.position(0, p) = fallen(blocks.position(0, p), centre, 1);
        slab.migrate(ExecSpace());
      }
      CHECK(slab.blocks().position.span() == bytes);
    }
}
