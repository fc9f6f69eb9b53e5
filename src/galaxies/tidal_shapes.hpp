// SPDX-License-Identifier: BSD-3-Clause
// The model "tidal" of orientation.hpp.
#pragma once

#include <memory>

#include "shearwater/galaxies/orientation.hpp"

namespace shearwater::galaxies {

std::unique_ptr<Orienter> make_tidal_orienter(OrientationConfig const& config, std::uint64_t seed,
                                              TidalAmplitude const& amplitude);

}  // namespace shearwater::galaxies
