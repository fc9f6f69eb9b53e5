// SPDX-License-Identifier: BSD-3-Clause
// The particles of a light cone as a list: count, scan, fill.
#include <algorithm>
#include <tuple>

#include "crossing.hpp"

namespace shearwater::particles {
namespace {

struct Count {
  Crossings crossings;
  Array1<std::int64_t> counts;

  struct Add {
    std::int64_t* count;
    KOKKOS_INLINE_FUNCTION void operator()(Crossing const& /*crossing*/) const { ++*count; }
  };
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t b) const {
    crossings.of_block(b, Add{&counts(b)});
  }
};

struct Fill {
  Crossings crossings;
  Array1<std::int64_t> next;  ///< where each block writes
  Array1<ConeParticle> list;

  struct Write {
    Fill const& fill;
    std::int64_t* next;
    KOKKOS_INLINE_FUNCTION void operator()(Crossing const& crossing) const {
      auto const& all = fill.crossings;
      BoxView const& view = all.views(crossing.view);
      ConeParticle& out = fill.list((*next)++);
      out = {all.blocks.id(crossing.particle),
             view.line,
             {crossing.x, crossing.y, crossing.distance},
             {}};
      for (int i = 0; i < 3; ++i)
        out.velocity[i] = static_cast<float>(
            Coordinate(all.step, all.blocks, view, i, crossing.particle).momentum);
    }
  };
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t b) const {
    crossings.of_block(b, Write{*this, &next(b)});
  }
};

}  // namespace

std::vector<ConeParticle> LightCone::crossed(ExecSpace const& space, Evolution const& evolution,
                                             ParticleSlab const& particles) const {
  if (!sees(evolution)) return {};
  std::int64_t const blocks = particles.blocks().blocks();
  Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>> const all(space, 0, blocks);
  auto const who = crossings(evolution, particles, 0);
  Array1<std::int64_t> const next("particles::cone_counts", blocks);
  Kokkos::parallel_for("particles::count_cone", all, Count{who, next});
  space.fence("particles::count_cone");
  auto const host_next = Kokkos::create_mirror_view_and_copy(HostSpace(), next);
  std::int64_t total = 0;
  for (std::int64_t b = 0; b < blocks; ++b) {
    std::int64_t const count = host_next(b);
    host_next(b) = total;
    total += count;
  }
  Kokkos::deep_copy(next, host_next);
  Array1<ConeParticle> const list("particles::cone_particles", total);
  Kokkos::parallel_for("particles::fill_cone", all, Fill{who, next, list});
  space.fence("particles::fill_cone");
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), list);
  std::vector<ConeParticle> result(host.data(), host.data() + host.extent(0));
  for (auto& particle : result) {
    // p = a^2 dx/dt / H0, and 100 km/s in a Mpc/h.
    double const per_momentum = 100 * (1 + background_.redshift(particle.place[2]));
    for (float& v : particle.velocity) v = static_cast<float>(per_momentum * v);
  }
  std::ranges::sort(result, {}, [](ConeParticle const& particle) {
    return std::make_tuple(particle.line, particle.place[2], particle.id, particle.place[0],
                           particle.place[1]);
  });
  return result;
}

}  // namespace shearwater::particles
