// SPDX-License-Identifier: BSD-3-Clause
// Friends of friends: particles closer than the linking length belong to one group.
#pragma once

#include <cstdint>

#include "shearwater/core/views.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::halos {

struct Linking {
  double length = 0;    ///< particles at most this far apart are friends [Mpc/h]
  double box_side = 0;  ///< periodic box [0, box_side]^3 [Mpc/h]; 0 for no box
  double unit = 1;      ///< of positions in whole numbers, which need a box [Mpc/h]
};

/// The group of each particle, named by the smallest id in it: a particle alone is a group too, and
/// a group's first particle is the one whose id is the label. Davis et al. (1985).
/// positions  (n, 3) this rank's particles, in any order and on any rank [Mpc/h, or linking.unit
/// for
///            whole numbers]; on one rank not copied
/// ids        (n) of these particles, each number once over all ranks, not negative
/// Returns (n) labels in the order of the particles; they do not depend on ranks, threads or order.
/// Distances are those of the stored positions, taken in double precision.
/// Collective over comm: particles go to slabs of x and their labels come back; a linking length
/// longer than a slab is served as well. Throws InputError for a length outside (0, box_side / 2],
/// a position that is not finite or outside the box, a length far below the mean distance,
/// or more than 3e9 particles on one rank.
template <class T>
Array1<std::int64_t> friends_of_friends(parallel::Communicator const& comm, ExecSpace const& space,
                                        Strided2<T const> positions, Array1<std::int64_t const> ids,
                                        Linking const& linking);

}  // namespace shearwater::halos
