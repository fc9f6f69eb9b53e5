// SPDX-License-Identifier: BSD-3-Clause
// Which cosmologies can be simulated.
#pragma once

#include <string>
#include <vector>

#include "shearwater/cosmology/parameters.hpp"

namespace shearwater::lensing {

/// Where the fitting formulae of the matter power are still meant to be used.
struct ParameterLimit {
  std::string name;
  double low, high;
};
std::vector<ParameterLimit> const& parameter_limits();

/// Normal priors reach values that no universe has. Such a draw keeps its parameters as labels, but
/// its maps are those of the nearest cosmology within parameter_limits(): every draw has maps, a
/// continuous function of it, and never a value that is not a number. Returns how many parameters
/// were moved.
int hold_in_range(cosmology::Cosmology& cosmology);

}  // namespace shearwater::lensing
