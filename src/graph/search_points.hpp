// SPDX-License-Identifier: BSD-3-Clause
// Neighbours among the points of one tree, group after group on all threads.
#pragma once

#include <algorithm>
#include <memory>

#include "group_search.hpp"

namespace shearwater::graph {

struct SearchLimits {
  std::size_t keep = 0;  ///< nearest ones; 0: all within sqrt(limit)
  double limit = std::numeric_limits<double>::infinity();
  double period = 0;
  std::size_t part = std::size_t{1} << 20;  ///< points that the search of a GPU has lists for
};

/// Neighbours of those who asked, on the host: of i, found[begin[i]] to found[begin[i] + count[i] -
/// 1], nearest first.
struct FoundLists {
  std::vector<std::int64_t> begin;
  std::vector<std::uint32_t> count;
  std::vector<Found> found;

  std::span<Found const> of(std::size_t i) const {
    return std::span(found).subspan(static_cast<std::size_t>(begin[i]), count[i]);
  }
};

/// Calls work(search, g) for groups 0 to count - 1, with a search of the thread's own.
template <class Work>
void for_groups(char const* label, HostExec const& space, PointTree const& tree,
                SearchLimits const& limits, std::size_t count, Work work) {
  using Policy = Kokkos::RangePolicy<HostExec, Kokkos::Schedule<Kokkos::Dynamic>,
                                     Kokkos::IndexType<std::int64_t>>;
  Kokkos::Experimental::UniqueToken<HostExec> const token;
  std::vector<std::unique_ptr<GroupSearch>> searches(static_cast<std::size_t>(token.size()));
  constexpr std::int64_t chunk = 64;
  auto const groups = static_cast<std::int64_t>(count);
  Kokkos::parallel_for(label, Policy(space, 0, (groups + chunk - 1) / chunk, Kokkos::ChunkSize(1)),
                       [&](std::int64_t part) {
                         auto const mine = token.acquire();
                         auto& search = searches[static_cast<std::size_t>(mine)];
                         if (!search)
                           search = std::make_unique<GroupSearch>(tree, limits.keep, limits.period);
                         for (auto g = part * chunk; g < std::min(groups, (part + 1) * chunk); ++g)
                           work(*search, static_cast<std::size_t>(g));
                         token.release(mine);
                       });
}

/// Calls sink(row, neighbours) for every point of the tree.
template <class Sink>
void search_own(HostExec const& space, PointTree const& tree, SearchLimits const& limits,
                Sink sink) {
  for_groups("graph::search", space, tree, limits, tree.leaves,
             [&](GroupSearch& search, std::size_t leaf) {
               search.take_leaf(leaf, limits.limit);
               for (std::size_t q = 0; q < tree.count(leaf); ++q)
                 sink(tree.row(leaf * lanes + q), search.find(q));
             });
}

/// Calls sink(index, neighbours) for every query; those that follow one another should lie
/// together.
template <class Sink>
void search_queries(HostExec const& space, PointTree const& tree, SearchLimits const& limits,
                    std::span<Query const> queries, Sink sink) {
  std::size_t const groups = (queries.size() + lanes - 1) / lanes;
  for_groups("graph::answer", space, tree, limits, groups, [&](GroupSearch& search, std::size_t g) {
    auto const first = g * lanes;
    auto const group = queries.subspan(first, std::min<std::size_t>(lanes, queries.size() - first));
    search.take(group);
    for (std::size_t q = 0; q < group.size(); ++q) sink(first + q, search.find(q));
  });
}

/// The search of a CPU: vectors of 16 points, of a whole leaf at a time, on all threads.
class HostSearch {
 public:
  HostSearch(ExecSpace const& /*space*/, HostArray<Place const> const& places)
      : tree_(make_point_tree(space_, places)) {}

  std::size_t points() const { return tree_.points; }
  /// All rows, those of points that are near one another together.
  std::vector<std::uint32_t> order() const {
    std::vector<std::uint32_t> rows;
    rows.reserve(tree_.points);
    for (std::size_t leaf = 0; leaf < tree_.leaves; ++leaf)
      for (std::size_t i = 0; i < tree_.count(leaf); ++i)
        rows.push_back(tree_.row(leaf * lanes + i));
    return rows;
  }
  /// Calls sink(row, neighbours) for every point.
  template <class Sink>
  void own(SearchLimits const& limits, Sink sink) const {
    search_own(space_, tree_, limits, sink);
  }
  /// Calls sink(index, neighbours) for every query.
  template <class Sink>
  void answer(SearchLimits const& limits, std::span<Query const> queries, Sink sink) const {
    search_queries(space_, tree_, limits, queries, sink);
  }

 private:
  HostExec space_;
  PointTree tree_;
};

}  // namespace shearwater::graph
