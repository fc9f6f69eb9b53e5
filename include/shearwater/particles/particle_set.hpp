// SPDX-License-Identifier: BSD-3-Clause
// Particles of one rank as plain columns, wherever they come from.
#pragma once

#include <cstdint>
#include <type_traits>

#include "shearwater/core/views.hpp"

namespace shearwater::particles {

/// Positions of a simulation are whole numbers of side/2^32: the same precision everywhere in the
/// box, periodic by the overflow of the integer, and exact cells on any mesh.
using Position = std::uint32_t;

/// A stored coordinate in Mpc/h: whole numbers count units of a box, others are lengths.
template <class T>
KOKKOS_INLINE_FUNCTION double coordinate(T x, double unit) {
  if constexpr (std::is_integral_v<T>)
    return unit * static_cast<double>(x);
  else
    return static_cast<double>(x);
}

/// T is float, double, or Position for particles as a simulation holds them, which are looked at
/// where they lie.
template <class T>
struct ParticleSet {
  using Velocity = std::conditional_t<std::is_integral_v<T>, float, T>;

  Strided2<T const> positions;  ///< (n, 3) comoving, in [0, box_side] [Mpc/h, or position_unit]
  /// (n, 3) peculiar [velocity_unit]; (0, 3) where not known
  Strided2<Velocity const> velocities;
  Array1<std::int64_t const> ids;  ///< (n) each once over all ranks
  Array1<double const> masses;     ///< (n) [Msun/h]; (0) where all are alike
  double particle_mass = 0;        ///< of each, where all are alike [Msun/h]
  double box_side = 0;             ///< periodic [Mpc/h]
  double position_unit = 1;        ///< of whole numbers [Mpc/h]
  double velocity_unit = 1;        ///< [km/s]
};

}  // namespace shearwater::particles
