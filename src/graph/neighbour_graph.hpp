// SPDX-License-Identifier: BSD-3-Clause
// What nearest_neighbours() and neighbours_within() do, by either search.
#pragma once

#include <type_traits>

#include "device_search.hpp"

namespace shearwater::graph {

/// Where points are on the host, vectors find neighbours; on a GPU, its threads.
using DefaultSearch =
    std::conditional_t<Kokkos::SpaceAccessibility<HostSpace, MemorySpace>::accessible, HostSearch,
                       DeviceSearch>;

/// Collective over comm: the graph of the points within `limits`.
template <class Search, class T>
NeighbourGraph make_graph(parallel::Communicator const& comm, ExecSpace const& space,
                          Array2<T const> positions, Array1<std::int64_t const> ids,
                          SearchLimits limits);

}  // namespace shearwater::graph
