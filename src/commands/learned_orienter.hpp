// SPDX-License-Identifier: BSD-3-Clause
// Galaxies of halos oriented by a trained generator.
#pragma once

#include <memory>
#include <string>

#include "shearwater/galaxies/orientation.hpp"
#include "shearwater/learn/generator.hpp"

namespace shearwater::commands {

/// Draws the axes of the galaxies of a block from a generator; each halo is a graph. Inputs that
/// can be given: the scalars "log10_host_mass", "central", "tidal_eigenvalue_1" to "_3", and axes
/// of the halo or of the tides, "host_major" to "tidal_minor". Halos without axes get random ones
/// and are flagged, as those whose scalars lie outside the training are. A generator of major axes
/// alone turns the other two at random; where it makes no axis ratios they are `b_to_a` and
/// `c_to_a`. Throws InputError for a generator that reads other inputs or makes no orientations.
std::unique_ptr<galaxies::Orienter> make_learned_orienter(learn::GeneratorModel model,
                                                          galaxies::OrientationConfig const& config,
                                                          std::uint64_t seed);

}  // namespace shearwater::commands
