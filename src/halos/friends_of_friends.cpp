// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/halos/friends_of_friends.hpp"

#include <fmt/format.h>

#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "link_cells.hpp"
#include "shearwater/core/error.hpp"
#include "slab_points.hpp"

namespace shearwater::halos {

namespace {

using Range32 = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::uint32_t>>;

void check_length(Linking const& linking) {
  bool const fits = linking.box_side <= 0 || linking.length <= linking.box_side / 2;
  if (!(linking.length > 0) || !(linking.length < std::numeric_limits<float>::max()) || !fits)
    throw core::InputError(fmt::format(
        "the linking length is {:g} Mpc/h: it must be positive{}; a fifth of the mean distance of "
        "particles is usual",
        linking.length,
        linking.box_side > 0
            ? fmt::format(" and at most half the box, {:g} Mpc/h", linking.box_side / 2)
            : ""));
}

/// Joins each image with the particle that it is one of.
template <class T>
void join_images(ExecSpace const& space, CellList<T> const& list, Points<T> const& points,
                 DisjointSets const& sets) {
  Kokkos::parallel_for(
      "halos::join_images", Range32(space, points.own_size(), points.size()),
      KOKKOS_LAMBDA(std::uint32_t row) {
        std::uint32_t const source = points.copies(row - points.own_size()).source;
        if (source == foreign) return;
        sets.join(list.cell_of(points.at(row)), list.cell_of(points.at(source)));
      });
}

constexpr std::int64_t largest_id = std::numeric_limits<std::int64_t>::max();

/// Element r of the result is the smallest id of the set whose root is cell r. Every cell's parent
/// is its root afterwards.
template <class T>
Array1<std::int64_t> smallest_ids(ExecSpace const& space, CellList<T> const& list,
                                  SlabPoints<T> const& slab, DisjointSets const& sets) {
  Array1<std::int64_t> const smallest(
      Kokkos::view_alloc("halos::smallest_id", Kokkos::WithoutInitializing), list.cell_count());
  auto const points = slab.points;
  auto const ids = slab.ids;
  Kokkos::parallel_for(
      "halos::cell_ids", Range32(space, 0, list.cell_count()), KOKKOS_LAMBDA(std::uint32_t cell) {
        std::int64_t id = largest_id;
        for (std::uint32_t e = list.cell_entry(cell); e < list.cell_entry(cell + 1); ++e) {
          std::uint32_t const row = list.entries(e).row, own = points.own_size();
          std::int64_t const mine = row < own ? ids(row) : points.copies(row - own).id;
          id = mine < id ? mine : id;
        }
        smallest(cell) = id;
      });
  Kokkos::parallel_for(
      "halos::smallest_ids", Range32(space, 0, list.cell_count()),
      KOKKOS_LAMBDA(std::uint32_t cell) {
        std::uint32_t const root = sets.find(cell);
        if (root == cell) return;
        relaxed_store(&sets.parent(cell), root);
        std::int64_t* const place = &smallest(root);
        if (smallest(cell) < relaxed_load(place)) Kokkos::atomic_min(place, smallest(cell));
      });
  return smallest;
}

/// The sets of some points, whose labels go to other ranks and come from there.
struct Border {
  Array1<std::uint32_t> roots;
  Array1<std::int64_t> smallest;

  std::vector<std::int64_t> labels(ExecSpace const& space) const {
    Array1<std::int64_t> const values("halos::border_labels", roots.extent(0));
    auto const from = smallest;
    auto const at = roots;
    Kokkos::parallel_for(
        "halos::border_labels", Range32(space, 0, static_cast<std::uint32_t>(at.extent(0))),
        KOKKOS_LAMBDA(std::uint32_t i) { values(i) = from(at(i)); });
    auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), values);
    return {host.data(), host.data() + host.size()};
  }

  /// Whether a label became smaller.
  bool lower(ExecSpace const& space, std::vector<std::int64_t> const& labels) const {
    using Host = Kokkos::View<std::int64_t const*, Kokkos::LayoutRight, HostSpace>;
    Array1<std::int64_t> const values("halos::border_labels", labels.size());
    Kokkos::deep_copy(values, Host(labels.data(), labels.size()));
    auto const to = smallest;
    auto const at = roots;
    std::int64_t lowered = 0;
    Kokkos::parallel_reduce(
        "halos::lower_labels", Range32(space, 0, static_cast<std::uint32_t>(at.extent(0))),
        KOKKOS_LAMBDA(std::uint32_t i, std::int64_t & count) {
          if (Kokkos::atomic_fetch_min(&to(at(i)), values(i)) > values(i)) ++count;
        },
        lowered);
    return lowered > 0;
  }
};

template <class T, class RowOf>
Array1<std::uint32_t> roots_of(ExecSpace const& space, CellList<T> const& list,
                               Points<T> const& points, DisjointSets const& sets, std::size_t count,
                               RowOf row_of) {
  Array1<std::uint32_t> const roots("halos::border_roots", count);
  Kokkos::parallel_for(
      "halos::border_roots", Range32(space, 0, static_cast<std::uint32_t>(count)),
      KOKKOS_LAMBDA(std::uint32_t i) { roots(i) = sets.find(list.cell_of(points.at(row_of(i)))); });
  return roots;
}

/// `given` goes out along `route`, or back along it.
std::vector<std::int64_t> send(parallel::Communicator const& comm,
                               std::span<std::int64_t const> given,
                               std::vector<std::int64_t> const& sent,
                               std::vector<std::int64_t> const& received) {
  std::int64_t total = 0;
  for (auto const count : received) total += count;
  std::vector<std::int64_t> result(static_cast<std::size_t>(total));
  comm.exchange<std::int64_t>(given, sent, result, received);
  return result;
}

/// Rows that lie in other memory than the host's.
struct ListedRows {
  Array1<std::uint32_t> rows;
  KOKKOS_FUNCTION std::uint32_t operator()(std::uint32_t i) const { return rows(i); }
};
struct RowsFrom {
  std::uint32_t first;
  KOKKOS_FUNCTION std::uint32_t operator()(std::uint32_t i) const { return first + i; }
};

/// Collective over comm: a particle and its copies on other ranks are of one group, so the smaller
/// of their labels holds for both, until nothing changes.
template <class T>
void merge_ranks(parallel::Communicator const& comm, ExecSpace const& space,
                 CellList<T> const& list, SlabPoints<T> const& slab, DisjointSets const& sets,
                 Array1<std::int64_t> const& smallest) {
  if (comm.size() == 1) return;
  auto const& route = slab.copied;
  using Host = Kokkos::View<std::uint32_t const*, Kokkos::LayoutRight, HostSpace>;
  Array1<std::uint32_t> const rows("halos::copied_rows", route.rows.size());
  Kokkos::deep_copy(rows, Host(route.rows.data(), route.rows.size()));
  std::int64_t arrived = 0;
  for (auto const count : route.received) arrived += count;
  Border const originals{
      roots_of(space, list, slab.points, sets, route.rows.size(), ListedRows{rows}), smallest};
  Border const copies{roots_of(space, list, slab.points, sets, static_cast<std::size_t>(arrived),
                               RowsFrom{slab.points.own_size()}),
                      smallest};
  for (bool changed = true; changed;) {
    changed = originals.lower(space, send(comm, copies.labels(space), route.received, route.sent));
    changed |= copies.lower(space, send(comm, originals.labels(space), route.sent, route.received));
    changed = comm.any(changed);
  }
}

template <class T>
Array1<std::int64_t> labels_of_own(ExecSpace const& space, CellList<T> const& list,
                                   Points<T> const& points, DisjointSets const& sets,
                                   Array1<std::int64_t> const& smallest) {
  Array1<std::int64_t> const labels(
      Kokkos::view_alloc("halos::labels", Kokkos::WithoutInitializing), points.own_size());
  Kokkos::parallel_for(
      "halos::labels_of_own", Range32(space, 0, list.cell_count()),
      KOKKOS_LAMBDA(std::uint32_t cell) {
        std::int64_t const label = smallest(sets.find(cell));
        for (std::uint32_t e = list.cell_entry(cell); e < list.cell_entry(cell + 1); ++e) {
          std::uint32_t const row = list.entries(e).row;
          if (row < points.own_size()) labels(row) = label;
        }
      });
  return labels;
}

/// Collective over comm: the labels in the order of the particles given.
Array1<std::int64_t> send_home(parallel::Communicator const& comm, Route const& route,
                               Array1<std::int64_t> const& labels) {
  if (comm.size() == 1) return labels;
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), labels);
  auto const back = send(comm, {host.data(), host.size()}, route.received, route.sent);
  Array1<std::int64_t> const result("halos::labels", back.size());
  auto const result_host = Kokkos::create_mirror_view(result);
  for (std::size_t i = 0; i < back.size(); ++i) result_host(route.rows[i]) = back[i];
  Kokkos::deep_copy(result, result_host);
  return result;
}

/// Collective over comm: the labels of the particles of this rank's slab, and where these are from.
template <class T>
Array1<std::int64_t> label_slab(parallel::Communicator const& comm, ExecSpace const& space,
                                Strided2<T const> positions, Array1<std::int64_t const> ids,
                                Linking const& linking, Route& moved) {
  auto const frame = find_frame<T>(comm, space, positions, linking.box_side, linking.unit);
  auto slab = gather_slab<T>(comm, space, positions, ids, frame, linking.length);
  CellGrid grid{};
  comm.together([&] {
    grid = make_cell_grid(slab.low, slab.high, frame.period, frame.unit, linking.length,
                          slab.points.size());
  });
  auto list = make_cell_list(space, grid, slab.points);
  auto const sets = make_disjoint_sets(space, list.cell_count() + cell_block);
  link_cells(space, list, linking.length, frame.period, sets);
  list.balls = {};
  join_images(space, list, slab.points, sets);
  auto const smallest = smallest_ids(space, list, slab, sets);
  merge_ranks(comm, space, list, slab, sets, smallest);
  auto const labels = labels_of_own(space, list, slab.points, sets, smallest);
  space.fence();
  moved = std::move(slab.moved);
  return labels;
}

}  // namespace

template <class T>
Array1<std::int64_t> friends_of_friends(parallel::Communicator const& comm, ExecSpace const& space,
                                        Strided2<T const> positions, Array1<std::int64_t const> ids,
                                        Linking const& linking) {
  core::require(positions.extent(1) == 3 && ids.extent(0) == positions.extent(0),
                "positions are (n, 3) and ids (n)");
  check_length(linking);
  if (comm.sum(static_cast<std::int64_t>(positions.extent(0))) == 0)
    return Array1<std::int64_t>("halos::labels", 0);
  Route moved;
  auto const labels = label_slab<T>(comm, space, positions, ids, linking, moved);
  return send_home(comm, moved, labels);
}

template Array1<std::int64_t> friends_of_friends(parallel::Communicator const&, ExecSpace const&,
                                                 Strided2<float const>, Array1<std::int64_t const>,
                                                 Linking const&);
template Array1<std::int64_t> friends_of_friends(parallel::Communicator const&, ExecSpace const&,
                                                 Strided2<double const>, Array1<std::int64_t const>,
                                                 Linking const&);
template Array1<std::int64_t> friends_of_friends(parallel::Communicator const&, ExecSpace const&,
                                                 Strided2<particles::Position const>,
                                                 Array1<std::int64_t const>, Linking const&);

}  // namespace shearwater::halos
