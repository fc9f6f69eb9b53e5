// SPDX-License-Identifier: BSD-3-Clause
// What the card of a generator says of the network it was made with.
#pragma once

#include "input_statistics.hpp"
#include "shearwater/learn/generator.hpp"

namespace shearwater::learn {

/// Lengths of the inputs' scales.
InputStatistics scales_of(GeneratorCard const& card);

/// The shape of the graphs that the generator reads and makes.
bridge::GraphShape shape_of(GeneratorCard const& card);

}  // namespace shearwater::learn
