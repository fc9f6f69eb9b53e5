// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <tuple>

#include "shearwater/core/error.hpp"
#include "shearwater/graph/neighbours.hpp"

namespace shearwater::graph {

namespace {

/// An edge on its way to the rank that holds the point it ends at.
struct Edge {
  std::int64_t end, start;
  std::int32_t place, rank;  ///< rank: who asks, for the directory
};

/// Where each id is held: kept by the rank that the id itself names.
std::size_t keeper(std::int64_t id, int ranks) {
  return static_cast<std::size_t>(static_cast<std::uint64_t>(id) %
                                  static_cast<std::uint64_t>(ranks));
}

using Outgoing = std::vector<std::vector<Edge>>;

/// Edges by way of the keepers of their ends' ids to the holders of these.
std::vector<Edge> deliver_to_holders(parallel::Communicator const& comm,
                                     std::vector<std::int64_t> const& ids, Outgoing const& edges) {
  Outgoing held(edges.size());
  for (auto const id : ids) held[keeper(id, comm.size())].push_back({id, 0, 0, comm.rank()});
  auto directory = comm.deliver(held);
  std::ranges::sort(directory, {}, &Edge::end);
  auto const arrived = comm.deliver(edges);
  Outgoing onward(edges.size());
  comm.together([&] {
    for (auto const& edge : arrived) {
      auto const found = std::ranges::lower_bound(directory, edge.end, {}, &Edge::end);
      core::require(found != directory.end() && found->end == edge.end,
                    "an edge ends at a point that no rank holds");
      onward[static_cast<std::size_t>(found->rank)].push_back(edge);
    }
  });
  return comm.deliver(onward);
}

}  // namespace

ReverseGraph reverse_of(parallel::Communicator const& comm, Array1<std::int64_t const> ids,
                        NeighbourGraph const& graph) {
  auto const own = to_host(ids), begin = to_host(graph.begin), end = to_host(graph.id);
  Outgoing edges(static_cast<std::size_t>(comm.size()));
  for (std::size_t i = 0; i < own.size(); ++i)
    for (auto e = begin[i]; e < begin[i + 1]; ++e) {
      auto const to = end[static_cast<std::size_t>(e)];
      edges[keeper(to, comm.size())].push_back(
          {to, own[i], static_cast<std::int32_t>(e - begin[i]), 0});
    }
  auto arrived = deliver_to_holders(comm, own, edges);
  std::ranges::sort(arrived, {}, [](Edge const& e) { return std::tuple(e.end, e.start); });
  std::vector<std::int64_t> first{0}, start;
  std::vector<std::int32_t> place;
  for (auto const id : own) {
    auto const range = std::ranges::equal_range(arrived, id, {}, &Edge::end);
    for (auto const& edge : range) {
      start.push_back(edge.start);
      place.push_back(edge.place);
    }
    first.push_back(std::ssize(start));
  }
  return {to_device("graph::reverse_begin", first), to_device("graph::reverse_id", start),
          to_device("graph::reverse_place", place)};
}

}  // namespace shearwater::graph
