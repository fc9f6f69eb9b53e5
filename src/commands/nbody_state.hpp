// SPDX-License-Identifier: BSD-3-Clause
// The particles of `shearwater nbody` at its start and in its checkpoints.
#pragma once

#include <optional>

#include "nbody_job.hpp"
#include "shearwater/particles/evolution.hpp"

namespace shearwater::commands {

/// The file of a checkpoint.
inline constexpr char const* particle_file = "particles.hdf5";

/// Collective over the slab's ranks: particles at the first time, drawn or the user's own. Throws
/// InputError where the latter's masses differ.
void start_particles(NBodyJob const& job, particles::ParticleSlab& slab);

/// What a checkpoint holds beside the particles.
struct SimulationProgress {
  particles::Progress steps;
  /// LightCone::masses(); empty without one. Where it is read, on rank 0 alone.
  std::vector<std::int64_t> cone;
};

/// Collective over the slab's ranks: a checkpoint in `folder`, whole or not at all.
/// provenance   of the run's outputs, to be compared when it is taken up again
void write_particles(std::string const& folder, core::Provenance const& provenance,
                     SimulationProgress const& progress, std::int64_t total,
                     particles::ParticleSlab const& slab);

/// Collective over the slab's ranks: the particles of the newest checkpoint in `folder` that is
/// whole, on any number of ranks; nothing where there is none. Throws InputError when it is of
/// another origin.
std::optional<SimulationProgress> read_particles(std::string const& folder, Origin const& origin,
                                                 particles::ParticleSlab& slab);

}  // namespace shearwater::commands
