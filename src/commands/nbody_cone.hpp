// SPDX-License-Identifier: BSD-3-Clause
// The light cone of `shearwater nbody`.
#pragma once

#include "nbody_job.hpp"
#include "shearwater/core/provenance.hpp"

namespace shearwater::commands {

/// Collective over comm: cone_NNN.hdf5, the particles that crossed the cone within step NNN, sorted
/// by id, line of sight and distance, also where there are none. `mine` in any order.
void write_cone_particles(NBodyJob const& job, std::int64_t step,
                          std::vector<particles::ConeParticle> const& mine,
                          core::Provenance const& provenance, parallel::Communicator const& comm);

/// Collective over comm; replaces what exists:
///   light_cone.hdf5   overdensity of the lens planes of every line of sight, and their geometry
///   maps.hdf5         with [sources]: convergence, and shear where rays are traced; a file of maps
void write_cone(NBodyJob const& job, particles::LensPlanes const& planes,
                core::Provenance const& provenance, parallel::Communicator const& comm);

}  // namespace shearwater::commands
