// SPDX-License-Identifier: BSD-3-Clause
// When particles are kicked and moved, and by how much.
#pragma once

#include <string>
#include <vector>

#include "shearwater/core/config.hpp"
#include "shearwater/cosmology/background.hpp"

namespace shearwater::particles {

/// Table [steps].
struct StepConfig {
  std::int64_t count = 20;
  double end = 1;                  ///< scale factor of the last step
  std::string spacing = "linear";  ///< of the scale factor
  bool growth_corrected = true;    ///< FastPM's factors, which keep linear growth exact

  void describe(core::Fields& field);
  bool is_logarithmic() const { return spacing == "logarithmic"; }
  /// Scale factors from `start` to `end`, count + 1 of them. Throws InputError unless start < end.
  std::vector<double> scale_factors(double start) const;
  /// The same, with the step boundary nearest to each of `stops` (increasing, in [start, end])
  /// moved onto it, or one added where that boundary is taken or an end: each stop is then a
  /// boundary to the bit.
  std::vector<double> scale_factors_through(double start, std::vector<double> const& stops) const;
  /// Where momenta are known between two scale factors: the middle in the same spacing.
  double middle(double from, double to) const;
};

/// Factors of the leapfrog for x (comoving, Mpc/h) and p = a^2 dx/dt / H0 (Mpc/h):
///   p += kick F,  F = -grad laplacian^-1 delta;   x += drift p.
/// Uncorrected, int (3/2) Om da/(a^2 E) and int da/(a^3 E). Corrected (Feng et al. 2016), those
/// that carry Zel'dovich's solution x = q + D Psi, p = a^2 E D f Psi, F = D Psi without an error:
///   kick = [a^2 E D f] / D(at),   drift = [D] / (a^2 E D f)(at), brackets: difference of the ends.
class StepFactors {
 public:
  StepFactors(cosmology::Background const& background, bool growth_corrected);
  /// Of a step from `from` to `to` with the force, or the momentum, that is known at `at`.
  double kick(double from, double to, double at) const;
  double drift(double from, double to, double at) const;

 private:
  double momentum_growth(double a) const;  ///< a^2 E D f
  cosmology::Background background_;
  bool corrected_;
};

}  // namespace shearwater::particles
