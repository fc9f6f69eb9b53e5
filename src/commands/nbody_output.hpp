// SPDX-License-Identifier: BSD-3-Clause
// What `shearwater nbody` writes at each of its outputs.
#pragma once

#include "nbody_job.hpp"
#include "shearwater/core/provenance.hpp"

namespace shearwater::commands {

/// What an output is made of: particles with momenta of the time of their positions.
struct SimulationState {
  NBodyJob const& job;
  particles::ParticleMesh& mesh;
  particles::ParticleSlab& slab;
  double scale_factor;
  core::Provenance const& provenance;
};

/// Collective over the slab's ranks: the files of output `number`, replaced where job.existing says
/// so:
///   halos_NNN.hdf5       a catalogue as `halos` writes it
///   snapshot_NNN.hdf5    particles in the layout of Gadget, members of groups first
///                        (in the order of the catalogue), the others by id
///   subsample_NNN.hdf5   some of them, by id
///   statistics_NNN.hdf5  last: power beside linear theory and halofit; a slice
void write_outputs(SimulationState const& state, std::size_t number);

}  // namespace shearwater::commands
