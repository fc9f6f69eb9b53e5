// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/halos/progenitors.hpp"

#include <algorithm>
#include <tuple>

namespace shearwater::halos {

namespace {

/// How many particles an earlier and a later group share.
struct Overlap {
  std::int64_t earlier, later, shared;
};

/// Collective: members on the rank that their id falls to, sorted by id.
std::vector<MemberRow> by_id(parallel::Communicator const& comm,
                             std::span<MemberRow const> members) {
  std::vector<std::vector<MemberRow>> to(static_cast<std::size_t>(comm.size()));
  for (auto const& member : members)
    to[static_cast<std::size_t>(static_cast<std::uint64_t>(member.id) %
                                static_cast<std::uint64_t>(comm.size()))]
        .push_back(member);
  auto rows = comm.deliver(to);
  std::ranges::sort(rows, {}, &MemberRow::id);
  return rows;
}

/// Adds up the overlaps of equal pairs; sorted by later group, then earlier one.
std::vector<Overlap> merged(std::vector<Overlap> overlaps) {
  std::ranges::sort(overlaps, {}, [](Overlap const& o) { return std::tuple(o.later, o.earlier); });
  std::vector<Overlap> result;
  for (auto const& overlap : overlaps) {
    if (result.empty() || result.back().later != overlap.later ||
        result.back().earlier != overlap.earlier)
      result.push_back(overlap);
    else
      result.back().shared += overlap.shared;
  }
  return result;
}

/// Of sorted overlaps, that with most particles for each later group, of equals the first.
std::vector<Overlap> largest(std::vector<Overlap> const& overlaps) {
  std::vector<Overlap> result;
  for (auto const& overlap : overlaps) {
    if (result.empty() || result.back().later != overlap.later)
      result.push_back(overlap);
    else if (overlap.shared > result.back().shared)
      result.back() = overlap;
  }
  return result;
}

/// Collective: overlaps of all pairs of groups, those of one later group on one rank.
std::vector<Overlap> overlaps_of(parallel::Communicator const& comm,
                                 std::span<MemberRow const> earlier,
                                 std::span<MemberRow const> later) {
  auto const before = by_id(comm, earlier), after = by_id(comm, later);
  std::vector<Overlap> mine;
  auto at = before.begin();
  for (auto const& member : after) {
    while (at != before.end() && at->id < member.id) ++at;
    if (at != before.end() && at->id == member.id) mine.push_back({at->group, member.group, 1});
  }
  std::vector<std::vector<Overlap>> to(static_cast<std::size_t>(comm.size()));
  for (auto const& overlap : merged(std::move(mine)))
    to[static_cast<std::size_t>(overlap.later % comm.size())].push_back(overlap);
  return merged(comm.deliver(to));
}

}  // namespace

GroupLinks link_groups(parallel::Communicator const& comm, std::span<MemberRow const> earlier,
                       std::span<MemberRow const> later,
                       std::vector<std::int64_t> const& earlier_sizes,
                       std::vector<std::int64_t> const& later_sizes) {
  auto mine = largest(overlaps_of(comm, earlier, later));
  std::erase_if(mine, [&](Overlap const& o) {
    return 2 * o.shared < std::min(earlier_sizes[static_cast<std::size_t>(o.earlier)],
                                   later_sizes[static_cast<std::size_t>(o.later)]);
  });
  auto all = comm.all_gather<Overlap>(mine);
  // Whoever holds most of a progenitor's particles comes first and keeps it.
  std::ranges::sort(all, {},
                    [](Overlap const& o) { return std::tuple(o.earlier, -o.shared, o.later); });
  GroupLinks links{std::vector<std::int64_t>(earlier_sizes.size(), -1),
                   std::vector<std::int64_t>(later_sizes.size(), -1)};
  for (auto const& overlap : all) {
    auto& taken = links.to_later[static_cast<std::size_t>(overlap.earlier)];
    if (taken >= 0) continue;
    taken = overlap.later;
    links.to_earlier[static_cast<std::size_t>(overlap.later)] = overlap.earlier;
  }
  return links;
}

}  // namespace shearwater::halos
