// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "shearwater/galaxies/pair_sums.hpp"

namespace shearwater::galaxies {

/// Throw InputError naming the value, the range and the remedy.
void check_config(PairConfig const& config);
void check_sample(PairConfig const& config, PairSample const& sample, char const* which);
void check_hosts(PairSample const& sample);

}  // namespace shearwater::galaxies
