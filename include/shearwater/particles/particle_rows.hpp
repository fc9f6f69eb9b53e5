// SPDX-License-Identifier: BSD-3-Clause
// The particles of a slab for what is outside of the mesh: files in the order of the ids, halo
// finding in any order.
#pragma once

#include <functional>
#include <span>

#include "shearwater/particles/particle_set.hpp"
#include "shearwater/particles/particle_slab.hpp"

namespace shearwater::particles {

/// Calls `visit` for this rank's particles, some at a time, in no order that means anything.
void visit_particles(ParticleSlab const& slab,
                     std::function<void(std::span<Particle const>)> const& visit);

/// Collective over the slab's ranks. ids must be 0 ... total - 1, each once over all ranks. This
/// rank gets those of its share of the ids (parallel::share_of), in rising order, at most
/// `at_once` of them in a call; `visit(first, particles)` is called equally often on all ranks, at
/// the end perhaps with none, so that it may be collective too. Throws InternalError where an id
/// is missing.
void visit_by_id(ParticleSlab const& slab, std::int64_t total, std::int64_t at_once,
                 std::function<void(std::int64_t first, std::span<Particle const>)> const& visit);

/// Collective: how many to visit at once, so that few passes over all particles are needed and what
/// is held twice is a small part of them.
std::int64_t rows_at_once(ParticleSlab const& slab);

/// Length of a unit of Position [Mpc/h].
inline double position_unit(BoxConfig const& box) { return box.side / 0x1p32; }
/// What makes a momentum a peculiar velocity: v = a dx/dt = 100 p/a [km/s].
inline double velocity_unit(double scale_factor) { return 100 / scale_factor; }

/// This rank's particles as plain columns, in the slab's order: views of the slab's own memory,
/// whose gaps are closed for it, to be used before the slab changes.
/// mass   of each particle [Msun/h]
ParticleSet<Position> particle_set(ParticleSlab& slab, BoxConfig const& box, double scale_factor,
                                   double mass);

}  // namespace shearwater::particles
