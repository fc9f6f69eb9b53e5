// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/parameter_range.hpp"

#include <algorithm>

namespace shearwater::lensing {

std::vector<ParameterLimit> const& parameter_limits() {
  static std::vector<ParameterLimit> const limits = {
      {"omega_c", 0.01, 1.5}, {"omega_b", 0.005, 0.2}, {"h", 0.3, 1.2},     {"n_s", 0.4, 1.6},
      {"sigma_8", 0.05, 2.5}, {"w_0", -3.0, -0.2},     {"a_s", 1e-11, 1e-7}};
  return limits;
}

int hold_in_range(cosmology::Cosmology& cosmology) {
  int moved = 0;
  for (auto const& limit : parameter_limits()) {
    // With a primordial amplitude, sigma_8 is not used and may be anything.
    if (limit.name == "sigma_8" && cosmology.a_s > 0) continue;
    if (limit.name == "a_s" && cosmology.a_s == 0) continue;
    double const value = cosmology.get(limit.name);
    double const held = value >= limit.low ? std::min(value, limit.high) : limit.low;
    if (held == value) continue;
    cosmology.set(limit.name, held);
    ++moved;
  }
  return moved;
}

}  // namespace shearwater::lensing
