// SPDX-License-Identifier: BSD-3-Clause
// Neighbours of points that are spread over ranks: each rank holds a slab of x.
#pragma once

#include "search_points.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::graph {

/// Rows and slots of a tree are numbered by 32 bits: throws InputError for more points of one rank.
void check_count(std::size_t points);

/// Collective over comm: points go to equal slabs of x; those whose neighbours may lie in another
/// slab ask there; the answers come back as lists of the rows given. Search is HostSearch or
/// DeviceSearch. Throws as check_count does for a slab.
template <class Search>
FoundLists search_slabs(parallel::Communicator const& comm, ExecSpace const& space,
                        HostArray<Place const> const& places, SearchLimits const& limits);

}  // namespace shearwater::graph
