// SPDX-License-Identifier: BSD-3-Clause
// Graphs of points in space: the nearest ones of each, or all within a radius.
#pragma once

#include <cstdint>

#include "shearwater/core/views.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::graph {

/// Directed edges from each of this rank's points to its neighbours on any rank, nearest first;
/// equal distances go by the lower id.
struct NeighbourGraph {
  Array1<std::int64_t> begin;  ///< (n + 1) edges of point i: begin(i) to begin(i + 1)
  Array1<std::int64_t> id;     ///< (edges) of the neighbour
  Array2<float> separation;    ///< (edges, 3) from the point to its neighbour's nearest image
};

/// The same edges by the point they end at: for each of this rank's points, from where they come.
struct ReverseGraph {
  Array1<std::int64_t> begin;  ///< (n + 1)
  Array1<std::int64_t> id;     ///< (edges) of the points that have this one as neighbour, rising
  Array1<std::int32_t> place;  ///< (edges) which of that point's edges, from 0
};

/// The `neighbours` nearest other points of each point; all others where there are fewer.
/// positions  (n, 3) this rank's points, in any order and on any rank, in [0, box_side]
/// ids        (n) each number once over all ranks
/// box_side   of the periodic box; 0 for none. A point is a neighbour by its nearest image only.
/// The result depends on neither ranks, threads nor order: distances are those of the stored
/// positions in double precision, (dx * dx + dy * dy) + dz * dz.
/// Collective over comm. Throws InputError for fewer than 1 neighbour, a position that is not
/// finite or outside the box, or more than 3e9 points on one rank.
template <class T>
NeighbourGraph nearest_neighbours(parallel::Communicator const& comm, ExecSpace const& space,
                                  Array2<T const> positions, Array1<std::int64_t const> ids,
                                  std::int64_t neighbours, double box_side);

/// All other points at most `radius` away. As above; a radius longer than a slab is served as well.
/// Throws InputError for a radius that is not in (0, box_side / 2].
template <class T>
NeighbourGraph neighbours_within(parallel::Communicator const& comm, ExecSpace const& space,
                                 Array2<T const> positions, Array1<std::int64_t const> ids,
                                 double radius, double box_side);

/// Collective over comm: `ids` (n) of this rank's points as given when the graph was made.
ReverseGraph reverse_of(parallel::Communicator const& comm, Array1<std::int64_t const> ids,
                        NeighbourGraph const& graph);

}  // namespace shearwater::graph
