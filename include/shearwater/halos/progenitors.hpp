// SPDX-License-Identifier: BSD-3-Clause
// Which group of one time is which group of another, by the particles that they share.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "shearwater/parallel/communicator.hpp"

namespace shearwater::halos {

/// A particle in a group of a catalogue.
struct MemberRow {
  std::int64_t id;
  std::int64_t group;  ///< row of the catalogue
};

/// Links between an earlier and a later catalogue, for all groups: the row in the other one, -1
/// for none. Mutual: to_later[e] = l where to_earlier[l] = e.
struct GroupLinks {
  std::vector<std::int64_t> to_later;    ///< (earlier groups)
  std::vector<std::int64_t> to_earlier;  ///< (later groups)
};

/// Collective over comm: the progenitor of a later group is the earlier group that holds most of
/// its particles (of equals the first in the catalogue), if the two share at least half of the
/// particles of the smaller one. Of several later groups with one progenitor the one that holds
/// most of its particles keeps it (of equals the first), and the others have none.
/// earlier, later   members of each catalogue, in any order, each once over all ranks
/// earlier_sizes    particles of every group, the same on all ranks; likewise later_sizes
GroupLinks link_groups(parallel::Communicator const& comm, std::span<MemberRow const> earlier,
                       std::span<MemberRow const> later,
                       std::vector<std::int64_t> const& earlier_sizes,
                       std::vector<std::int64_t> const& later_sizes);

}  // namespace shearwater::halos
