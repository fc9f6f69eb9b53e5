// SPDX-License-Identifier: BSD-3-Clause
// The search of a GPU: one thread for each point, all arrays on the device. In a build without one
// it runs on the host's cores, where HostSearch is faster and finds the same.
#pragma once

#include "device_tree.hpp"
#include "search_points.hpp"
#include "shearwater/graph/neighbours.hpp"

namespace shearwater::graph {

class DeviceSearch {
 public:
  /// places  (n) on the host or on the device
  template <class Places>
  DeviceSearch(ExecSpace const& space, Places const& places)
      : space_(space),
        tree_(make_device_tree(space, Kokkos::create_mirror_view_and_copy(MemorySpace(), places))) {
  }

  std::size_t points() const { return tree_.points; }
  /// All rows, those of points that are near one another together.
  std::vector<std::uint32_t> order() const { return to_host(tree_.row); }
  /// The graph of the points among themselves.
  NeighbourGraph graph(SearchLimits const& limits) const;
  /// Calls sink(row, neighbours) for every point.
  template <class Sink>
  void own(SearchLimits const& limits, Sink sink) const {
    give(own_lists(limits), sink);
  }
  /// Calls sink(index, neighbours) for every query.
  template <class Sink>
  void answer(SearchLimits const& limits, std::span<Query const> queries, Sink sink) const {
    give(answer_lists(limits, queries), sink);
  }

 private:
  FoundLists own_lists(SearchLimits const& limits) const;
  FoundLists answer_lists(SearchLimits const& limits, std::span<Query const> queries) const;
  template <class Sink>
  static void give(FoundLists const& lists, Sink sink) {
    for (std::size_t i = 0; i < lists.count.size(); ++i) sink(i, lists.of(i));
  }

  ExecSpace space_;
  DeviceTree tree_;
};

}  // namespace shearwater::graph
