// SPDX-License-Identifier: BSD-3-Clause
// Particles on a grid, displaced by Lagrangian perturbation theory.
#pragma once

#include "shearwater/cosmology/second_growth.hpp"
#include "shearwater/particles/density_field.hpp"
#include "shearwater/particles/particle_set.hpp"

namespace shearwater::particles {

/// Growth of both orders at one time, D(1) = 1.
struct LagrangianGrowth {
  LagrangianGrowth(cosmology::Background const& background, cosmology::SecondGrowth const& second,
                   double scale_factor);
  double first, second;            ///< D1, D2
  double first_rate, second_rate;  ///< f1, f2
  double momentum_unit;            ///< a^2 E(a): momentum of dx/dlna = 1
};

/// This rank's planes of the particle grid in the order (plane, row, column).
struct GridParticles {
  Array2<Position> position;  ///< (3, particles)
  Array2<float> momentum;     ///< (3, particles): a^2 dx/dt / H0 [Mpc/h]
};

/// Collective over the ranks of fft: displaces the grid of particles (Bouchet et al. 1995),
///   x = q + D1 Psi1 + D2 Psi2,   p = a^2 E (D1 f1 Psi1 + D2 f2 Psi2),
///   div Psi1 = -delta,  div Psi2 = sum_{i<j} (phi_ii phi_jj - phi_ij^2),  laplacian phi = delta.
/// field   modes of the linear overdensity today, as draw_density makes them
/// order   1 (Zel'dovich) or 2
GridParticles displace_grid(Fft const& fft, ExecSpace const& space, BoxConfig const& box,
                            LagrangianGrowth const& growth, int order, Fft::Modes field);

}  // namespace shearwater::particles
