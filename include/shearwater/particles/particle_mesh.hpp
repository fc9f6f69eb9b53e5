// SPDX-License-Identifier: BSD-3-Clause
// Gravity of particles by a mesh: deposit, potential, forces.
#pragma once

#include "shearwater/particles/particle_slab.hpp"
#include "shearwater/particles/time_steps.hpp"

namespace shearwater::particles {

/// Table [mesh].
struct MeshConfig {
  std::int64_t factor = 2;  ///< mesh cells along a side for each particle along it

  void describe(core::Fields& field);
};

/// The force mesh of one rank: its planes, one ghost plane below and two above.
class ParticleMesh {
 public:
  /// Collective over comm. Throws InputError for more ranks than half the planes of the mesh.
  ParticleMesh(parallel::Communicator const& comm, BoxConfig const& box, MeshConfig const& mesh);

  Fft const& fft() const { return fft_; }
  /// A slab for the particles of the box on this mesh.
  ParticleSlab make_slab() const;
  std::int64_t allocated_bytes() const;
  /// Gives the memory of the mesh back until the next deposit.
  void release() { mesh_ = {}; }

  /// Collective: the overdensity of the particles in the own planes of the mesh, by clouds in
  /// cells whose weights are whole numbers: the order of particles does not matter to a bit.
  /// Throws NumericsError when a cell holds more than 2^22 particles.
  Fft::Grid deposit(ExecSpace const& space, ParticleSlab const& particles);
  /// Collective: deposit, then the potential with laplacian phi = delta in units of a cell squared.
  /// The influence function undoes the windows of the two clouds with the aliases that they let in
  /// (Hockney & Eastwood 1988, eq. 8-22, without the aliases of its numerator), and makes of the
  /// forces' differences of two points what differences of four would give.
  void solve(ExecSpace const& space, ParticleSlab const& particles);
  /// p += kick F and x += drift p with the potential of the last solve.
  void kick_drift(ExecSpace const& space, ParticleSlab const& particles, double kick,
                  double drift) const;

 private:
  void allocate();
  Fft::Grid own_planes() const;
  void add_clouds(ExecSpace const& space, ParticleSlab const& particles, float unit);
  void exchange_ghosts(ExecSpace const& space);

  BoxConfig box_;
  Fft fft_;
  Fft::Grid mesh_;  ///< (1 + own planes + 2, side, side + 2)
};

}  // namespace shearwater::particles
