// SPDX-License-Identifier: BSD-3-Clause
// The particles of each group together on one rank.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/parallel/communicator.hpp"
#include "shearwater/particles/particle_set.hpp"

namespace shearwater::halos {

/// The groups of a catalogue in its order: by falling number of particles, then by label. Each rank
/// holds the rows [first, first + size()). In host memory: groups differ too much in size to be
/// rows of one array.
struct GroupMembers {
  std::int64_t first = 0, total = 0;  ///< first of this rank's groups; groups on all ranks
  std::int64_t all_groups = 0;        ///< also those below the smallest size
  std::int64_t first_member = 0, total_members = 0;  ///< the same of their members
  double box_side = 0;
  std::vector<std::int64_t> label;  ///< (g)
  std::vector<std::size_t> begin;   ///< (g + 1) into the columns below
  std::vector<double> position;     ///< (m, 3) [Mpc/h], sorted by group, then id
  std::vector<double> velocity;     ///< (m, 3) [km/s]; empty where not known
  std::vector<double> mass;         ///< (m) [Msun/h]
  std::vector<std::int64_t> id;     ///< (m)

  std::size_t size() const { return label.size(); }
};

/// Collective over comm: members of the groups with at least `smallest` particles. Ranks get
/// neighbouring groups with about equal numbers of particles. `labels` as friends_of_friends gives
/// them for these particles.
template <class T>
GroupMembers gather_members(parallel::Communicator const& comm,
                            particles::ParticleSet<T> const& particles,
                            Array1<std::int64_t const> labels, std::int64_t smallest);

}  // namespace shearwater::halos
