// SPDX-License-Identifier: BSD-3-Clause
#include "slab_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "device_search.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::graph {

namespace {

/// A point on the way to its slab.
struct Traveller {
  Place place;
  std::int32_t rank;
  std::uint32_t row;
};

/// One neighbour of row `row` of the rank that it is for.
struct Answer {
  std::uint32_t row;
  Found found;
};

template <class Row>
using Outgoing = std::vector<std::vector<Row>>;

struct Slabs {
  double low = 0, width = 1, period = 0;
  int count = 1;

  int owner(double x) const {
    return std::clamp(static_cast<int>(std::floor((x - low) / width)), 0, count - 1);
  }
  /// How far a slab is from x. A little less: an owner is found by a rounded division.
  double distance(int slab, double x) const {
    double const begin = low + width * slab, end = begin + width;
    auto const direct = [&](double at) { return std::max({0.0, begin - at, at - end}); };
    double d = direct(x);
    if (period > 0) d = std::min({d, direct(x - period), direct(x + period)});
    return d - 1e-12 * (width * count + std::abs(low));
  }
};

Slabs make_slabs(parallel::Communicator const& comm, HostArray<Place const> const& places,
                 double period) {
  if (period > 0) return {0, period / comm.size(), period, comm.size()};
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t i = 0; i < places.size(); ++i) {
    low = std::min(low, places(i).x[0]);
    high = std::max(high, places(i).x[0]);
  }
  low = -comm.max(-low);
  high = comm.max(high);
  // Without extent in x all points belong to the first rank.
  return {low, high > low ? (high - low) / comm.size() : 1.0, 0, comm.size()};
}

std::vector<Traveller> move_to_slabs(parallel::Communicator const& comm, Slabs const& slabs,
                                     HostArray<Place const> const& places) {
  Outgoing<Traveller> to(static_cast<std::size_t>(comm.size()));
  for (std::uint32_t row = 0; row < places.size(); ++row)
    to[static_cast<std::size_t>(slabs.owner(places(row).x[0]))].push_back(
        {places(row), comm.rank(), row});
  return comm.deliver(to);
}

using Lists = std::vector<std::vector<Found>>;

/// In the order of the search, in which neighbours follow one another.
template <class Search>
Outgoing<Query> questions(parallel::Communicator const& comm, Slabs const& slabs,
                          Search const& search, HostArray<Place const> const& places,
                          SearchLimits const& limits, Lists const& lists) {
  Outgoing<Query> to(static_cast<std::size_t>(comm.size()));
  for (auto const row : search.order()) {
    auto const& x = places(row).x;
    auto const& list = lists[row];
    bool const full = limits.keep > 0 && list.size() == limits.keep;
    double const limit = full ? list.back().squared : limits.limit;
    if (limit < 0) continue;
    double const reach = std::sqrt(limit) * (1 + 1e-12);
    for (int rank = 0; rank < comm.size(); ++rank)
      if (rank != comm.rank() && slabs.distance(rank, x[0]) <= reach)
        to[static_cast<std::size_t>(rank)].push_back({{x[0], x[1], x[2]}, limit, comm.rank(), row});
  }
  return to;
}

template <class Search>
Outgoing<Answer> answers(parallel::Communicator const& comm, Search const& search,
                         SearchLimits const& limits, std::span<Query const> queries) {
  Lists lists(queries.size());
  search.answer(limits, queries, [&](std::size_t query, std::span<Found const> found) {
    lists[query].assign(found.begin(), found.end());
  });
  Outgoing<Answer> to(static_cast<std::size_t>(comm.size()));
  for (std::size_t q = 0; q < queries.size(); ++q)
    for (auto const& found : lists[q])
      to[static_cast<std::size_t>(queries[q].rank)].push_back({queries[q].row, found});
  return to;
}

/// Neighbours of the points of this slab, whichever rank holds them.
template <class Search>
Lists search_slab(parallel::Communicator const& comm, Slabs const& slabs, Search const& search,
                  HostArray<Place const> const& places, SearchLimits const& limits) {
  Lists lists(places.size());
  search.own(limits, [&](std::size_t row, std::span<Found const> found) {
    lists[row].assign(found.begin(), found.end());
  });
  auto const asked = comm.deliver(questions(comm, slabs, search, places, limits, lists));
  for (auto const& answer : comm.deliver(answers(comm, search, limits, asked)))
    lists[answer.row].push_back(answer.found);
  Kokkos::parallel_for("graph::merge", Kokkos::RangePolicy<HostExec>(0, lists.size()),
                       [&](std::size_t row) {
                         auto& list = lists[row];
                         std::ranges::sort(list, std::less{});
                         if (limits.keep > 0 && list.size() > limits.keep) list.resize(limits.keep);
                       });
  return lists;
}

}  // namespace

void check_count(std::size_t points) {
  constexpr std::size_t most = 3'000'000'000;
  if (points > most)
    throw core::InputError(
        fmt::format("{} points on one rank, but at most {} fit: use more ranks", points, most));
}

template <class Search>
FoundLists search_slabs(parallel::Communicator const& comm, ExecSpace const& space,
                        HostArray<Place const> const& places, SearchLimits const& limits) {
  auto const slabs = make_slabs(comm, places, limits.period);
  auto const here = move_to_slabs(comm, slabs, places);
  // Clustered points may be more in a slab than any rank brought.
  comm.together([&] { check_count(here.size()); });
  auto const own = raw<Place>("graph::slab", here.size());
  for (std::size_t i = 0; i < here.size(); ++i) own(i) = here[i].place;
  Search const search(space, own);
  auto const lists = search_slab(comm, slabs, search, own, limits);
  Outgoing<Answer> back(static_cast<std::size_t>(comm.size()));
  for (std::size_t i = 0; i < here.size(); ++i)
    for (auto const& found : lists[i])
      back[static_cast<std::size_t>(here[i].rank)].push_back({here[i].row, found});
  auto const arrived = comm.deliver(back);
  FoundLists rows;
  rows.count.assign(places.size(), 0);
  for (auto const& answer : arrived) ++rows.count[answer.row];
  rows.begin.resize(places.size());
  std::exclusive_scan(rows.count.begin(), rows.count.end(), rows.begin.begin(), std::int64_t{0});
  rows.found.resize(arrived.size());
  auto next = rows.begin;
  for (auto const& answer : arrived)
    rows.found[static_cast<std::size_t>(next[answer.row]++)] = answer.found;
  return rows;
}

template FoundLists search_slabs<HostSearch>(parallel::Communicator const&, ExecSpace const&,
                                             HostArray<Place const> const&, SearchLimits const&);
template FoundLists search_slabs<DeviceSearch>(parallel::Communicator const&, ExecSpace const&,
                                               HostArray<Place const> const&, SearchLimits const&);

}  // namespace shearwater::graph
