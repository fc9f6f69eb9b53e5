// SPDX-License-Identifier: BSD-3-Clause
// The periodic box of a simulation, and how its linear density field is drawn.
#pragma once

#include <cstdint>

#include "shearwater/core/config.hpp"

namespace shearwater::particles {

/// Table [box]: a periodic cube.
struct BoxConfig {
  double side = 256;            ///< [Mpc/h], comoving
  std::int64_t particles = 64;  ///< per side

  void describe(core::Fields& field);
  /// Throws InputError when the number of particles per side is odd.
  void check() const;
  /// The smallest wavenumber that fits [h/Mpc].
  double fundamental() const;
};

/// Table [initial]: the realisation and the time at which particles start.
struct InitialConfig {
  std::int64_t seed = 1;
  double scale_factor = 0.1;
  std::int64_t order = 2;        ///< of Lagrangian perturbation theory
  bool fixed_amplitude = false;  ///< each mode has exactly its expected power
  bool paired = false;           ///< the opposite field of the same seed

  void describe(core::Fields& field);
};

}  // namespace shearwater::particles
