// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/particle_rows.hpp"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "shearwater/core/error.hpp"

namespace shearwater::particles {
namespace {

/// Rows [first, first + count) of the ids that `rank` gets in turn `turn`.
parallel::Share window(std::int64_t total, int rank, int size, std::int64_t at_once,
                       std::int64_t turn) {
  auto const share = parallel::share_of(total, rank, size);
  std::int64_t const skipped = std::min(share.count, turn * at_once);
  return {share.first + skipped, std::min(at_once, share.count - skipped)};
}

/// This rank's particles whose ids are in the windows of a turn, grouped by the ranks they go to.
std::vector<std::vector<Particle>> select(ParticleSlab const& slab, std::int64_t total,
                                          std::int64_t at_once, std::int64_t turn) {
  int const size = slab.comm().size();
  std::vector<std::vector<Particle>> to(static_cast<std::size_t>(size));
  visit_particles(slab, [&](std::span<Particle const> particles) {
    for (auto const& particle : particles) {
      auto const id = static_cast<std::int64_t>(particle.id);
      core::require(id < total, "ids are below the number of particles");
      int const owner = parallel::owner_of(id, total, size);
      auto const rows = window(total, owner, size, at_once, turn);
      if (id >= rows.first && id < rows.first + rows.count)
        to[static_cast<std::size_t>(owner)].push_back(particle);
    }
  });
  return to;
}

}  // namespace

void visit_particles(ParticleSlab const& slab,
                     std::function<void(std::span<Particle const>)> const& visit) {
  auto const blocks = slab.blocks();
  auto const begin = to_host(blocks.begin), count = to_host(blocks.count);
  for (std::size_t b = 0; b < count.size(); ++b) {
    Array1<Particle> const packed(
        Kokkos::view_alloc(Kokkos::WithoutInitializing, "particles::packed"), count[b]);
    std::int64_t const first = begin[b];
    Kokkos::parallel_for(
        "particles::pack", Kokkos::RangePolicy<ExecSpace>(0, count[b]),
        KOKKOS_LAMBDA(std::int64_t i) { packed(i) = blocks.get(first + i); });
    auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), packed);
    visit({host.data(), host.size()});
  }
}

void visit_by_id(ParticleSlab const& slab, std::int64_t total, std::int64_t at_once,
                 std::function<void(std::int64_t first, std::span<Particle const>)> const& visit) {
  core::require(at_once > 0, "some particles at a time");
  auto const& comm = slab.comm();
  std::int64_t const most = comm.max(parallel::share_of(total, comm.rank(), comm.size()).count);
  for (std::int64_t turn = 0; turn * at_once < most; ++turn) {
    auto const rows = window(total, comm.rank(), comm.size(), at_once, turn);
    auto const received = comm.deliver(select(slab, total, at_once, turn));
    std::vector<Particle> sorted(static_cast<std::size_t>(rows.count));
    std::vector<bool> filled(sorted.size());
    for (auto const& particle : received) {
      auto const row =
          static_cast<std::size_t>(static_cast<std::int64_t>(particle.id) - rows.first);
      sorted[row] = particle;
      filled[row] = true;
    }
    comm.together([&] {
      core::require(received.size() == sorted.size() && std::ranges::count(filled, false) == 0,
                    "every id is there once");
    });
    visit(rows.first, sorted);
  }
}

std::int64_t rows_at_once(ParticleSlab const& slab) {
  constexpr std::int64_t least = std::int64_t{1} << 20, passes = 16;
  return std::max(least, slab.comm().max(slab.count()) / passes);
}

ParticleSet<Position> particle_set(ParticleSlab& slab, BoxConfig const& box, double scale_factor,
                                   double mass) {
  slab.close_gaps();
  auto const& blocks = slab.blocks();
  auto const n = static_cast<std::size_t>(slab.count());
  auto const turned = [n](auto const& columns) {
    using T = typename std::decay_t<decltype(columns)>::value_type;
    return Strided2<T const>(columns.data(),
                             Kokkos::LayoutStride(n, columns.stride(1), 3, columns.stride(0)));
  };
  ParticleSet<Position> result;
  result.positions = turned(blocks.position);
  result.velocities = turned(blocks.momentum);
  // Below 2^63: they number the sites of a grid.
  result.ids =
      Array1<std::int64_t const>(reinterpret_cast<std::int64_t const*>(blocks.id.data()), n);
  result.particle_mass = mass;
  result.box_side = box.side;
  result.position_unit = position_unit(box);
  result.velocity_unit = velocity_unit(scale_factor);
  return result;
}

}  // namespace shearwater::particles
