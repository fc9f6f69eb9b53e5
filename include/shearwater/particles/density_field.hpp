// SPDX-License-Identifier: BSD-3-Clause
// Gaussian density fields in a periodic box, and the power of any field there.
#pragma once

#include <vector>

#include "shearwater/cosmology/linear_power.hpp"
#include "shearwater/parallel/fft3.hpp"
#include "shearwater/particles/box.hpp"

namespace shearwater::particles {

using Fft = parallel::Fft3<float>;

/// The linear overdensity today: delta(x) = sum_k delta_k exp(i k x) with <|delta_k|^2> =
/// P(k)/side^3. The random numbers of a mode are keyed by its integer wave vector: a larger grid in
/// the same box has the same large scales. The mean and the modes at the Nyquist wavenumber are
/// zero. field   modes of an fft of side box.particles, overwritten
void draw_density(Fft const& fft, BoxConfig const& box, InitialConfig const& initial,
                  cosmology::LinearPower const& power, Fft::Modes field);

/// Collective over the ranks of fft: the same of a user's white noise, independent numbers of mean
/// zero and variance one on the particle grid:
///   delta_k = sqrt(P/side^3) n^(-3/2) sum_x noise(x) exp(-i k x).
/// noise   a grid of an fft of side box.particles, overwritten by the modes
void colour_noise(Fft const& fft, ExecSpace const& space, BoxConfig const& box,
                  cosmology::LinearPower const& power, Fft::Grid const& noise);

/// Average power in a shell of wave numbers |k|/fundamental in [n - 1/2, n + 1/2).
struct PowerBin {
  double k;            ///< mean wavenumber [h/Mpc]
  double power;        ///< side^3 <|delta_k|^2> [(Mpc/h)^3]
  std::int64_t modes;  ///< of the full sphere
};

/// Collective over the ranks of fft: the shells 1 ... side/2 - 1 of modes in the normalisation of
/// draw_density. The sums have one order on any number of ranks.
std::vector<PowerBin> measure_power(Fft const& fft, BoxConfig const& box, Fft::Modes field);

/// Collective over the ranks of fft: the same of an overdensity that was made of particles by
/// clouds in cells, whose window prod sinc^2(k h/2) is undone. The shot noise is left in: particles
/// that started from a grid have none on large scales. density   overwritten by its modes
std::vector<PowerBin> measure_particle_power(Fft const& fft, ExecSpace const& space,
                                             double box_side, Fft::Grid const& density);

/// The mean overdensity along the last axis of its first `depth` cells: this rank's planes, (own
/// planes, side).
std::vector<float> project_slice(Fft const& fft, ExecSpace const& space, Fft::Grid const& density,
                                 std::int64_t depth);

}  // namespace shearwater::particles
