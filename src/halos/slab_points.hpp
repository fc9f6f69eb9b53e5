// SPDX-License-Identifier: BSD-3-Clause
// The particles of a rank's slab of x, with copies of those beyond its edges that may be friends.
#pragma once

#include <cstdint>
#include <vector>

#include "cell_list.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::halos {

/// What all particles lie in.
struct Frame {
  double low[3], high[3];
  double period;  ///< infinite without a box
  double unit;    ///< of whole numbers
};

/// Collective over comm: the box, or without one (box_side 0) the smallest that holds all
/// particles. Throws InputError for a position that is not finite or outside the box.
template <class T>
Frame find_frame(parallel::Communicator const& comm, ExecSpace const& space,
                 Strided2<T const> positions, double box_side, double unit);

/// Rows that went to other ranks, so that answers can come back.
struct Route {
  std::vector<std::uint32_t> rows;           ///< in the order sent
  std::vector<std::int64_t> sent, received;  ///< to and from each rank
};

template <class T>
struct SlabPoints {
  Points<T> points;
  Array1<std::int64_t const> ids;  ///< of the own ones
  double low[3], high[3];          ///< holds own particles and copies
  Route moved;                     ///< from the rows given; empty on one rank
  Route
      copied;  ///< own rows whose copies went out; the copies received come first among the copies
};

/// Collective over comm: equal slabs of x, one for each rank in their order. A slab gets copies of
/// all particles at most `length` above it, and images of those at most `length` above the lower
/// faces of the box: so every pair of friends meets on the rank of one of the two.
template <class T>
SlabPoints<T> gather_slab(parallel::Communicator const& comm, ExecSpace const& space,
                          Strided2<T const> positions, Array1<std::int64_t const> ids,
                          Frame const& frame, double length);

}  // namespace shearwater::halos
