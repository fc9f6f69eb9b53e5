// SPDX-License-Identifier: BSD-3-Clause
// The particles of one rank: those in its slab of planes of the force mesh, kept in blocks of
// neighbouring planes. Threads take blocks, so that no two write to one cell and memory that a
// block touches stays in cache; within a block particles have no order, and no result depends on
// one.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/particles/initial_conditions.hpp"

namespace shearwater::particles {

/// A particle on its way.
struct Particle {
  Position position[3];  ///< in units of side/2^32
  float momentum[3];     ///< a^2 dx/dt / H0 [Mpc/h]
  std::uint64_t id;      ///< its site on the initial grid, (plane n + row) n + column
};

/// What kernels see: block b holds the elements begin(b) to begin(b) + count(b) of the arrays.
struct ParticleBlocks {
  std::int64_t mesh = 0;             ///< side of the force mesh
  Array2<Position> position;         ///< (3, capacity)
  Array2<float> momentum;            ///< (3, capacity)
  Array1<std::uint64_t> id;          ///< (capacity)
  Array1<std::int64_t> begin;        ///< (blocks + 1)
  Array1<std::int64_t> count;        ///< (blocks)
  Array1<std::int64_t> first_plane;  ///< (blocks + 1), planes of the whole mesh

  std::int64_t blocks() const { return count.extent_int(0); }
  /// A coordinate in cells, with 32 bits for the part of one. The nodes of the mesh lie half a cell
  /// above multiples of side/mesh: particles of an undisturbed grid are then between nodes, where
  /// clouds and forces are linear in a small displacement. On a node they have a kink.
  KOKKOS_INLINE_FUNCTION std::uint64_t cells(Position x) const {
    auto const n = static_cast<std::uint64_t>(mesh);
    auto const shifted = static_cast<Position>(x - static_cast<Position>((1ULL << 31) / n));
    return std::uint64_t{shifted} * n;
  }
  /// The plane of the mesh at a position, or next below it.
  KOKKOS_INLINE_FUNCTION std::int64_t plane(Position x) const {
    return static_cast<std::int64_t>(cells(x) >> 32);
  }
  /// The lowest position of a plane; one of 2^32 or more is the box's lower face again.
  KOKKOS_INLINE_FUNCTION Position plane_start(std::int64_t plane) const {
    auto const n = static_cast<std::uint64_t>(mesh);
    std::uint64_t const first = ((static_cast<std::uint64_t>(plane) << 32) + n - 1) / n;
    return static_cast<Position>(first + (1ULL << 31) / n);
  }
  KOKKOS_INLINE_FUNCTION Particle get(std::int64_t p) const {
    return {{position(0, p), position(1, p), position(2, p)},
            {momentum(0, p), momentum(1, p), momentum(2, p)},
            id(p)};
  }
  KOKKOS_INLINE_FUNCTION void set(std::int64_t p, Particle const& particle) const {
    for (int axis = 0; axis < 3; ++axis) {
      position(axis, p) = particle.position[axis];
      momentum(axis, p) = particle.momentum[axis];
    }
    id(p) = particle.id;
  }
};

class ParticleSlab {
 public:
  /// Room for an even share of `total` particles. Throws InputError when a rank would own fewer
  /// than two planes of the mesh.
  ParticleSlab(parallel::Communicator const& comm, std::int64_t mesh, std::int64_t total);

  parallel::Communicator const& comm() const { return comm_; }
  parallel::Share planes() const { return planes_; }
  ParticleBlocks const& blocks() const { return blocks_; }
  /// Particles of this rank.
  std::int64_t count() const;
  std::int64_t allocated_bytes() const;
  /// Brings the blocks next to one another: the first count() elements of the arrays are the
  /// particles. Memory of particles on their way is given back.
  void close_gaps();

  /// Collective: brings particles, from wherever they are, to the blocks that own them.
  void add(ExecSpace const& space, Array1<Particle> const& arriving);
  /// Collective: add(), for the planes of a particle grid and with their ids.
  void add_grid(ExecSpace const& space, Fft const& fft, GridParticles const& particles);
  /// Collective: brings particles that have left their block to the one that owns them now.
  void migrate(ExecSpace const& space);

 private:
  using Counts = std::vector<std::int64_t>;
  void set_layout(Counts const& needed);
  void make_room(Counts const& arriving);
  void append(ExecSpace const& space, Array1<Particle> const& sorted, Counts const& arriving);
  void receive(ExecSpace const& space, Array1<Particle> const& sorted, Counts const& leaving);

  parallel::Communicator comm_;
  parallel::Share planes_;
  ParticleBlocks blocks_;
  /// For each plane of the mesh: the block, if it is of this rank; else blocks + its rank.
  Array1<std::int64_t> destination_;
  Array1<Particle> outgoing_, sorted_;
};

/// Collective over the ranks of fft: particles of a linear density field today, as draw_density and
/// colour_noise make it, on a grid displaced to initial.scale_factor in the order initial.order.
void add_displaced(ExecSpace const& space, Fft const& fft, BoxConfig const& box,
                   InitialConfig const& initial, cosmology::Background const& background,
                   Fft::Modes field, ParticleSlab& slab);

}  // namespace shearwater::particles
