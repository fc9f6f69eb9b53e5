// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/graph/neighbours.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "neighbour_graph.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/particles/check_positions.hpp"
#include "slab_search.hpp"

namespace shearwater::graph {

namespace {

template <class Space>
using Places = Kokkos::View<Place*, Kokkos::LayoutRight, typename Space::memory_space>;

/// The points where `space` works.
template <class T, class Space>
Places<Space> places_of(Space const& space, Array2<T const> positions,
                        Array1<std::int64_t const> ids) {
  using Memory = typename Space::memory_space;
  auto const x = Kokkos::create_mirror_view_and_copy(Memory(), positions);
  auto const id = Kokkos::create_mirror_view_and_copy(Memory(), ids);
  Places<Space> const places(Kokkos::view_alloc("graph::places", Kokkos::WithoutInitializing),
                             x.extent(0));
  if constexpr (std::is_same_v<Memory, HostSpace>)
    ask_for_large_pages(places.data(), places.size() * sizeof(Place));
  Kokkos::parallel_for(
      "graph::places", Kokkos::RangePolicy<Space>(space, 0, x.extent(0)),
      KOKKOS_LAMBDA(std::size_t i) {
        Place place{{0, 0, 0}, id(i)};
        for (std::size_t a = 0; a < 3; ++a) place.x[a] = static_cast<double>(x(i, a));
        places(i) = place;
      });
  return places;
}

/// Edges on the host, made by count, scan, fill.
struct EdgeLists {
  HostArray<std::int64_t> begin, id;
  Kokkos::View<float**, Kokkos::LayoutRight, HostSpace> separation;

  explicit EdgeLists(std::size_t points) : begin("graph::begin", points + 1) {}
  std::int64_t& count(std::size_t row) { return begin(row + 1); }
  void scan() {
    std::size_t const n = begin.extent(0);
    for (std::size_t i = 1; i < n; ++i) begin(i) += begin(i - 1);
    auto const edges = static_cast<std::size_t>(begin(n - 1));
    id = raw<std::int64_t>("graph::id", edges);
    separation = Kokkos::View<float**, Kokkos::LayoutRight, HostSpace>(
        Kokkos::view_alloc("graph::separation", Kokkos::WithoutInitializing), edges, 3);
    ask_for_large_pages(separation.data(), separation.size() * sizeof(float));
  }
  void set(std::size_t row, std::span<Found const> found) const {
    auto const edge = static_cast<std::size_t>(begin(row));
    std::int64_t* ids = id.data() + edge;
    float* to = separation.data() + 3 * edge;
    for (auto const& one : found) {
      *ids++ = one.id;
      to = std::copy_n(one.separation, 3, to);
    }
  }
  NeighbourGraph on_device() const {
    MemorySpace const memory;
    return {Kokkos::create_mirror_view_and_copy(memory, begin),
            Kokkos::create_mirror_view_and_copy(memory, id),
            Kokkos::create_mirror_view_and_copy(memory, separation)};
  }
};

NeighbourGraph graph_of(HostSearch const& search, SearchLimits const& limits) {
  std::size_t const n = search.points();
  EdgeLists edges(n);
  if (limits.keep > 0)
    for (std::size_t i = 0; i < n; ++i) edges.count(i) = static_cast<std::int64_t>(limits.keep);
  else
    search.own(limits, [&](std::size_t row, std::span<Found const> found) {
      edges.count(row) = std::ssize(found);
    });
  edges.scan();
  search.own(limits, [&](std::size_t row, std::span<Found const> found) { edges.set(row, found); });
  return edges.on_device();
}

/// A graph whose points are all on this rank stays where its points are.
template <class Search, class T>
NeighbourGraph search_alone(ExecSpace const& space, Array2<T const> positions,
                            Array1<std::int64_t const> ids, SearchLimits const& limits) {
  if constexpr (std::is_same_v<Search, DeviceSearch>)
    return DeviceSearch(space, places_of<T>(space, positions, ids)).graph(limits);
  else
    return graph_of(HostSearch(space, places_of<T>(HostExec(), positions, ids)), limits);
}

}  // namespace

template <class Search, class T>
NeighbourGraph make_graph(parallel::Communicator const& comm, ExecSpace const& space,
                          Array2<T const> positions, Array1<std::int64_t const> ids,
                          SearchLimits limits) {
  // Room is made for `keep` edges of every point, which are then there.
  core::require(limits.keep == 0 || std::isinf(limits.limit),
                "neighbours are the nearest or within a distance, not both");
  comm.together([&] {
    particles::check_positions<T>(space, positions, limits.period);
    core::require(ids.extent(0) == positions.extent(0), "as many ids as positions are needed");
  });
  std::size_t const n = positions.extent(0);
  comm.together([&] { check_count(n); });
  if (limits.keep > 0) {
    auto const total = comm.sum(static_cast<std::int64_t>(n));
    limits.keep =
        std::min(limits.keep, static_cast<std::size_t>(std::max<std::int64_t>(0, total - 1)));
    if (limits.keep == 0) limits.limit = -1;  // a point alone has no neighbours
  }
  if (comm.size() == 1) return search_alone<Search, T>(space, positions, ids, limits);
  auto const rows =
      search_slabs<Search>(comm, space, places_of<T>(HostExec(), positions, ids), limits);
  EdgeLists edges(n);
  for (std::size_t i = 0; i < n; ++i) edges.count(i) = rows.count[i];
  edges.scan();
  for (std::size_t i = 0; i < n; ++i) edges.set(i, rows.of(i));
  return edges.on_device();
}

template <class T>
NeighbourGraph nearest_neighbours(parallel::Communicator const& comm, ExecSpace const& space,
                                  Array2<T const> positions, Array1<std::int64_t const> ids,
                                  std::int64_t neighbours, double box_side) {
  if (neighbours < 1)
    throw core::InputError(fmt::format("{} nearest neighbours: at least 1 is needed", neighbours));
  SearchLimits limits;
  limits.keep = static_cast<std::size_t>(neighbours);
  limits.period = box_side;
  return make_graph<DefaultSearch, T>(comm, space, positions, ids, limits);
}

template <class T>
NeighbourGraph neighbours_within(parallel::Communicator const& comm, ExecSpace const& space,
                                 Array2<T const> positions, Array1<std::int64_t const> ids,
                                 double radius, double box_side) {
  if (!(radius > 0) || !std::isfinite(radius))
    throw core::InputError(
        fmt::format("neighbours within {:g}: the radius must be positive", radius));
  if (box_side > 0 && radius > box_side / 2)
    throw core::InputError(
        fmt::format("neighbours within {:g} Mpc/h: in a periodic box of {:g} the radius can be at "
                    "most half of it, {:g}",
                    radius, box_side, box_side / 2));
  SearchLimits limits;
  limits.limit = radius * radius;
  limits.period = box_side;
  return make_graph<DefaultSearch, T>(comm, space, positions, ids, limits);
}

template NeighbourGraph nearest_neighbours(parallel::Communicator const&, ExecSpace const&,
                                           Array2<float const>, Array1<std::int64_t const>,
                                           std::int64_t, double);
template NeighbourGraph nearest_neighbours(parallel::Communicator const&, ExecSpace const&,
                                           Array2<double const>, Array1<std::int64_t const>,
                                           std::int64_t, double);
template NeighbourGraph neighbours_within(parallel::Communicator const&, ExecSpace const&,
                                          Array2<float const>, Array1<std::int64_t const>, double,
                                          double);
template NeighbourGraph neighbours_within(parallel::Communicator const&, ExecSpace const&,
                                          Array2<double const>, Array1<std::int64_t const>, double,
                                          double);

template NeighbourGraph make_graph<HostSearch>(parallel::Communicator const&, ExecSpace const&,
                                               Array2<float const>, Array1<std::int64_t const>,
                                               SearchLimits);
template NeighbourGraph make_graph<HostSearch>(parallel::Communicator const&, ExecSpace const&,
                                               Array2<double const>, Array1<std::int64_t const>,
                                               SearchLimits);
template NeighbourGraph make_graph<DeviceSearch>(parallel::Communicator const&, ExecSpace const&,
                                                 Array2<float const>, Array1<std::int64_t const>,
                                                 SearchLimits);
template NeighbourGraph make_graph<DeviceSearch>(parallel::Communicator const&, ExecSpace const&,
                                                 Array2<double const>, Array1<std::int64_t const>,
                                                 SearchLimits);

}  // namespace shearwater::graph
