// SPDX-License-Identifier: BSD-3-Clause
// Particles of one rank as plain columns, wherever they come from.
#pragma once

#include <cstdint>

#include "shearwater/core/views.hpp"

namespace shearwater::particles {

template <class T>
struct ParticleSet {
  Array2<T const> positions;       ///< (n, 3) comoving, in [0, box_side] [Mpc/h]
  Array2<T const> velocities;      ///< (n, 3) peculiar [km/s]; (0, 3) where not known
  Array1<std::int64_t const> ids;  ///< (n) each once over all ranks
  Array1<double const> masses;     ///< (n) [Msun/h]; (0) where all are alike
  double particle_mass = 0;        ///< of each, where all are alike [Msun/h]
  double box_side = 0;             ///< periodic [Mpc/h]
};

}  // namespace shearwater::particles
