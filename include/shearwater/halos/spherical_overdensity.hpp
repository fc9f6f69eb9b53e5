// SPDX-License-Identifier: BSD-3-Clause
// Masses and radii of spheres of given mean density.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/parallel/communicator.hpp"
#include "shearwater/particles/particle_set.hpp"

namespace shearwater::halos {

/// A mean density that defines a halo's edge, comoving [(Msun/h) / (Mpc/h)^3].
struct Overdensity {
  std::string name;  ///< "Mean200", "Crit200", "TopHat200"
  double density = 0;
};

/// 200 times the mean density, 200 times the critical one, and the virial one of Bryan & Norman
/// (1998), 18 pi^2 + 82 x - 39 x^2 times the critical one with x = Omega_m(a) - 1, their fit for a
/// flat universe with a cosmological constant. Named as Gadget and TNG name them.
/// expansion_squared   E^2(a) of the background
std::array<Overdensity, 3> halo_overdensities(double omega_m, double scale_factor,
                                              double expansion_squared);
/// The same in a flat universe with a cosmological constant.
std::array<Overdensity, 3> halo_overdensities(double omega_m, double scale_factor);

struct SphericalMass {
  double mass = 0;    ///< [Msun/h]; NaN where the density stays below already at the centre
  double radius = 0;  ///< comoving [Mpc/h]
};

/// Collective over comm: result[h * densities + d] for this rank's centres h. All particles of the
/// box count, group members or not. Going outwards from the centre, the edge is where the mean
/// density within falls below the given one first, once the sphere holds `smallest` particles:
/// M = 4/3 pi density R^3 exactly.
/// centres    (h, 3) of this rank's halos [Mpc/h]
/// guess      (h) radii within which the edges are expected; the search grows from there [Mpc/h]
template <class T>
std::vector<SphericalMass> spherical_masses(parallel::Communicator const& comm,
                                            particles::ParticleSet<T> const& particles,
                                            std::vector<double> const& centres,
                                            std::vector<double> const& guess,
                                            std::vector<double> const& densities,
                                            std::int64_t smallest = 8);

}  // namespace shearwater::halos
