// SPDX-License-Identifier: BSD-3-Clause
// Groups particles by destination: count, scan, fill.
#pragma once

#include <vector>

#include "shearwater/particles/particle_slab.hpp"

namespace shearwater::particles {

/// Particles in one array, in pieces that threads take.
struct ArraySource {
  Array1<Particle> particles;
  static constexpr std::int64_t piece = 4096;

  std::int64_t pieces() const {
    return (static_cast<std::int64_t>(particles.extent(0)) + piece - 1) / piece;
  }
  KOKKOS_INLINE_FUNCTION std::int64_t first(std::int64_t s) const { return s * piece; }
  KOKKOS_INLINE_FUNCTION std::int64_t last(std::int64_t s) const {
    auto const end = static_cast<std::int64_t>(particles.extent(0));
    return (s + 1) * piece < end ? (s + 1) * piece : end;
  }
  KOKKOS_INLINE_FUNCTION Particle get(std::int64_t i) const { return particles(i); }
};

/// The last leaving(b) particles of each block.
struct TailSource {
  ParticleBlocks blocks;
  Array1<std::int64_t> leaving;

  std::int64_t pieces() const { return blocks.blocks(); }
  KOKKOS_INLINE_FUNCTION std::int64_t first(std::int64_t b) const { return last(b) - leaving(b); }
  KOKKOS_INLINE_FUNCTION std::int64_t last(std::int64_t b) const {
    return blocks.begin(b) + blocks.count(b);
  }
  KOKKOS_INLINE_FUNCTION Particle get(std::int64_t p) const { return blocks.get(p); }
};

/// Writes the particles of `source` to `sorted` (made larger where needed), grouped by the
/// destination of their plane; returns how many go to each.
template <class Source>
std::vector<std::int64_t> sort_by_destination(ExecSpace const& space, ParticleBlocks const& blocks,
                                              Source const& source,
                                              Array1<std::int64_t> const& destination,
                                              std::int64_t destinations, Array1<Particle>& sorted) {
  std::int64_t const pieces = source.pieces();
  Array2<std::int64_t> const at("particles::route_counts", destinations, pieces);
  Kokkos::RangePolicy<ExecSpace> const all(space, 0, pieces);
  Kokkos::parallel_for(
      "particles::route_count", all, KOKKOS_LAMBDA(std::int64_t s) {
        for (std::int64_t i = source.first(s); i < source.last(s); ++i)
          at(destination(blocks.plane(source.get(i).position[0])), s) += 1;
      });
  space.fence("particles::route_count");
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), at);
  std::vector<std::int64_t> totals;
  std::int64_t total = 0;
  for (std::int64_t d = 0; d < destinations; ++d) {
    std::int64_t const before = total;
    for (std::int64_t s = 0; s < pieces; ++s) {
      std::int64_t const count = host(d, s);
      host(d, s) = total;
      total += count;
    }
    totals.push_back(total - before);
  }
  Kokkos::deep_copy(at, host);
  if (static_cast<std::int64_t>(sorted.extent(0)) < total)
    sorted = Array1<Particle>(Kokkos::view_alloc(Kokkos::WithoutInitializing, "particles::sorted"),
                              total);
  auto const out = sorted;
  Kokkos::parallel_for(
      "particles::route_fill", all, KOKKOS_LAMBDA(std::int64_t s) {
        for (std::int64_t i = source.first(s); i < source.last(s); ++i) {
          Particle const particle = source.get(i);
          out(at(destination(blocks.plane(particle.position[0])), s)++) = particle;
        }
      });
  space.fence("particles::route_fill");
  return totals;
}

}  // namespace shearwater::particles
