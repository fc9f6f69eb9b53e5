// SPDX-License-Identifier: BSD-3-Clause
// The density of particles that lie in any order on any rank, such as those of a snapshot.
#pragma once

#include "shearwater/parallel/fft3.hpp"
#include "shearwater/particles/particle_set.hpp"

namespace shearwater::particles {

/// Where a coordinate in [0, box_side] lies on a periodic mesh whose nodes are at multiples of a
/// cell.
struct MeshPlace {
  std::int64_t node;  ///< at the coordinate or next below it
  double part;        ///< from there to the coordinate, in cells, in [0, 1)

  KOKKOS_INLINE_FUNCTION static MeshPlace of(double x, double box_side, std::int64_t mesh) {
    double const cells = x / box_side * static_cast<double>(mesh);
    auto const whole = static_cast<std::int64_t>(cells);
    return {whole % mesh, cells - static_cast<double>(whole)};
  }
};

/// Collective over the ranks of fft: the overdensity of the particles by clouds in cells (Hockney &
/// Eastwood 1988, ch. 5), delta = mass of a node / mean mass of a node - 1. Weights are whole
/// numbers, of 2^-25 of the heaviest particle for 2^36 particles and finer for fewer, so that the
/// order of the particles and the rank they lie on do not matter to a bit. In batches: the memory
/// beyond the mesh, of which whole numbers fill another, does not grow with the particles.
/// overdensity  a grid of fft, overwritten
/// Throws InputError for no particles, a position that is not finite or outside the box, a mass
/// that is not positive.
template <class T>
void deposit_clouds(parallel::Fft3<double> const& fft, ExecSpace const& space,
                    ParticleSet<T> const& particles,
                    parallel::Fft3<double>::Grid const& overdensity);

}  // namespace shearwater::particles
