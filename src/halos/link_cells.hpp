// SPDX-License-Identifier: BSD-3-Clause
// Joins the cells that hold friends.
#pragma once

#include "cell_list.hpp"
#include "union_find.hpp"

namespace shearwater::halos {

/// `sets` are over the cells of `list`, and cell_block more that stay alone. Two cells are joined
/// when a particle of one is within `length` of one of the other, in a box of side `period`
/// (infinite for none).
template <class T>
void link_cells(ExecSpace const& space, CellList<T> const& list, double length, double period,
                DisjointSets const& sets);

}  // namespace shearwater::halos
