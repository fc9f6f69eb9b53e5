// SPDX-License-Identifier: BSD-3-Clause
// Masses of halos by their rank: what a mass function expects of the i-th heaviest in a volume.
#pragma once

#include <vector>

#include "shearwater/cosmology/mass_function.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::halos {

/// Masses of a catalogue made those of a mass function, order kept: a coarse simulation ranks halos
/// better than it weighs them. A halo with N heavier ones gets the mass M with n(>M) V = N + 1/2;
/// halos that differ by less than a thousandth in mass share the middle of their ranks.
class MassMatching {
 public:
  /// Collective over comm. masses: this rank's halos [Msun/h]; volume: of all of them, comoving
  /// [(Mpc/h)^3]. Throws InputError for a mass outside (1e8, 1e17) Msun/h, no halos at all, or
  /// more of them than `function` has above 1e8 Msun/h.
  MassMatching(parallel::Communicator const& comm, std::vector<double> const& masses,
               cosmology::MassFunction const& function, double volume);
  /// The mass for one of the masses given before [Msun/h].
  double operator()(double mass) const;

 private:
  std::vector<double> matched_;  ///< by bin of ln mass; 0 where no halo is
};

}  // namespace shearwater::halos
