// SPDX-License-Identifier: BSD-3-Clause
// Whether positions are places in a box.
#pragma once

#include "shearwater/core/views.hpp"

namespace shearwater::particles {

/// Throws InputError naming the first of this rank's positions (n, 3) that is not finite or lies
/// outside [0, box_side]; box_side 0 for no box. Whole numbers count parts of a box and are inside.
template <class T>
void check_positions(ExecSpace const& space, Strided2<T const> positions, double box_side);

}  // namespace shearwater::particles
