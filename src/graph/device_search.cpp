// SPDX-License-Identifier: BSD-3-Clause
#include "device_search.hpp"

#include <algorithm>

namespace shearwater::graph {

namespace {

constexpr std::uint32_t nobody = no_row;

/// Who looks for neighbours: `slot` is its own, `index` where its list goes.
struct Asker {
  double x[3], limit;
  std::uint32_t slot, index;
};

/// The points of the tree, each without itself, in the order of the tree: threads that work
/// together look at the same boxes.
struct OwnPoints {
  DeviceTree tree;
  double limit = 0;

  std::size_t size() const { return tree.points; }
  KOKKOS_INLINE_FUNCTION Asker operator()(std::size_t i) const {
    auto const& x = tree.place(i).x;
    return {{x[0], x[1], x[2]}, limit, static_cast<std::uint32_t>(i), tree.row(i)};
  }
};

/// Points of other ranks.
struct OtherPoints {
  Array1<Query const> queries;

  std::size_t size() const { return queries.extent(0); }
  KOKKOS_INLINE_FUNCTION Asker operator()(std::size_t i) const {
    auto const& q = queries(i);
    return {{q.x[0], q.x[1], q.x[2]}, q.limit, nobody, static_cast<std::uint32_t>(i)};
  }
};

/// Squared distances and slots of what was found for one asker, `stride` apart.
struct NearList {
  double* squared;
  std::uint32_t* slot;
  std::size_t stride;

  KOKKOS_INLINE_FUNCTION double& squared_at(std::size_t n) const { return squared[n * stride]; }
  KOKKOS_INLINE_FUNCTION std::uint32_t& slot_at(std::size_t n) const { return slot[n * stride]; }
  KOKKOS_INLINE_FUNCTION void move(std::size_t from, std::size_t to) const {
    squared_at(to) = squared_at(from);
    slot_at(to) = slot_at(from);
  }
};

/// What all visitors of leaves share.
struct Scan {
  DeviceTree const& tree;
  Asker asker;
  double period;

  /// Calls take(squared, slot) for the points of a leaf within `bound`, which take() may lower.
  template <class Visitor>
  KOKKOS_INLINE_FUNCTION void leaf(std::size_t leaf, Visitor& visitor) const {
    std::size_t const end = Kokkos::min((leaf + 1) * lanes, tree.points);
    for (std::size_t slot = leaf * lanes; slot < end; ++slot) {
      double d[3];
      double const squared = separation(asker.x, tree.place(slot), period, d);
      if (squared <= visitor.bound() && slot != asker.slot)
        visitor.take(squared, static_cast<std::uint32_t>(slot));
    }
  }
  /// Whether a point at distance `squared` comes before another: nearer, or the lower id.
  KOKKOS_INLINE_FUNCTION bool before(double squared, std::uint32_t slot, double other_squared,
                                     std::uint32_t other) const {
    return squared < other_squared ||
           (squared == other_squared && tree.place(slot).id < tree.place(other).id);
  }
};

/// Keeps the `keep` nearest, sorted.
struct KeepNearest {
  Scan scan;
  NearList list;
  std::size_t keep, count = 0;
  std::size_t first_seen = 0, end_seen = 0;  ///< leaves that were looked at before the walk

  KOKKOS_INLINE_FUNCTION double bound() const {
    return count < keep ? scan.asker.limit : list.squared_at(keep - 1);
  }
  KOKKOS_INLINE_FUNCTION void look_at(std::size_t leaf) {
    if (leaf - first_seen >= end_seen - first_seen) scan.leaf(leaf, *this);
  }
  KOKKOS_INLINE_FUNCTION void take(double squared, std::uint32_t slot) {
    std::size_t n = count < keep ? count : keep - 1;
    if (n < count && !scan.before(squared, slot, list.squared_at(n), list.slot_at(n))) return;
    for (; n > 0 && scan.before(squared, slot, list.squared_at(n - 1), list.slot_at(n - 1)); --n)
      list.move(n - 1, n);
    list.squared_at(n) = squared;
    list.slot_at(n) = slot;
    if (count < keep) ++count;
  }
  /// The leaves beside its own first: the sooner the bound is low, the less is looked at.
  KOKKOS_INLINE_FUNCTION void look_around() {
    if (scan.asker.slot == nobody) return;
    std::size_t const own = scan.asker.slot / lanes, around = keep / (2 * lanes) + 1;
    std::size_t const first = own - Kokkos::min(own, around);
    std::size_t const end = Kokkos::min(own + around + 1, scan.tree.boxes[0]);
    scan.leaf(own, *this);
    for (auto leaf = first; leaf < end; ++leaf)
      if (leaf != own) scan.leaf(leaf, *this);
    first_seen = first;
    end_seen = end;
  }
};

/// Keeps or, without a list, counts all within the limit.
struct KeepAll {
  Scan scan;
  NearList list;
  std::size_t count = 0;

  KOKKOS_INLINE_FUNCTION double bound() const { return scan.asker.limit; }
  KOKKOS_INLINE_FUNCTION void look_at(std::size_t leaf) { scan.leaf(leaf, *this); }
  KOKKOS_INLINE_FUNCTION void take(double squared, std::uint32_t slot) {
    if (list.squared != nullptr) {
      list.squared_at(count) = squared;
      list.slot_at(count) = slot;
    }
    ++count;
  }

  /// Lets number `n` sink in the heap of the first `size`, whose parents come after their children.
  KOKKOS_INLINE_FUNCTION void sink(std::size_t n, std::size_t size) const {
    double const squared = list.squared_at(n);
    std::uint32_t const slot = list.slot_at(n);
    for (auto child = 2 * n + 1; child < size; child = 2 * n + 1) {
      if (child + 1 < size && scan.before(list.squared_at(child), list.slot_at(child),
                                          list.squared_at(child + 1), list.slot_at(child + 1)))
        ++child;
      if (!scan.before(squared, slot, list.squared_at(child), list.slot_at(child))) break;
      list.move(child, n);
      n = child;
    }
    list.squared_at(n) = squared;
    list.slot_at(n) = slot;
  }
  KOKKOS_INLINE_FUNCTION void sort() const {
    for (auto n = count / 2; n > 0; --n) sink(n - 1, count);
    for (auto size = count; size > 1; --size) {
      double const squared = list.squared_at(0);
      std::uint32_t const slot = list.slot_at(0);
      list.move(size - 1, 0);
      list.squared_at(size - 1) = squared;
      list.slot_at(size - 1) = slot;
      sink(0, size - 1);
    }
  }
};

/// Writes ids and separations of a list as edges of a graph.
struct GraphWriter {
  Array1<std::int64_t> id;
  Array2<float> separation;

  KOKKOS_INLINE_FUNCTION void operator()(std::size_t edge, Place const& place, double /*squared*/,
                                         double const* d) const {
    id(edge) = place.id;
    for (int a = 0; a < 3; ++a) separation(edge, a) = static_cast<float>(d[a]);
  }
};

/// Writes them with their distances, for another rank.
struct FoundWriter {
  Array1<Found> found;

  KOKKOS_INLINE_FUNCTION void operator()(std::size_t edge, Place const& place, double squared,
                                         double const* d) const {
    found(edge) = {squared,
                   place.id,
                   {static_cast<float>(d[0]), static_cast<float>(d[1]), static_cast<float>(d[2])}};
  }
};

template <class Writer>
KOKKOS_INLINE_FUNCTION void write(Scan const& scan, NearList const& list, std::size_t count,
                                  std::int64_t begin, Writer const& writer) {
  for (std::size_t n = 0; n < count; ++n) {
    auto const& place = scan.tree.place(list.slot_at(n));
    double d[3];
    double const squared = separation(scan.asker.x, place, scan.period, d);
    writer(static_cast<std::size_t>(begin) + n, place, squared, d);
  }
}

/// Where the lists go, and how long each is.
struct ListPlaces {
  Array1<std::int64_t> begin;   ///< (askers + 1)
  Array1<std::uint32_t> count;  ///< (askers) at most begin(i + 1) - begin(i)
};

ListPlaces empty_lists(std::size_t askers) {
  return {Array1<std::int64_t>("graph::begin", askers + 1),
          Array1<std::uint32_t>("graph::found_count", askers)};
}

/// Sums up what begin(i + 1) counts; returns the number of edges.
std::int64_t scan_counts(ExecSpace const& space, Array1<std::int64_t> const& begin) {
  std::int64_t edges = 0;
  Kokkos::parallel_scan(
      "graph::scan", points(space, 0, begin.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t & sum, bool last) {
        sum += begin(i);
        if (last) begin(i) = sum;
      },
      edges);
  return edges;
}

/// Every asker's nearest, in parts that bound the memory of the lists: the numbers n of the lists
/// of a part's askers lie beside each other, so that threads that work together share lines.
template <class Askers, class Writer>
void write_nearest(ExecSpace const& space, DeviceTree const& tree, Askers const& askers,
                   SearchLimits const& limits, ListPlaces const& lists, Writer const& writer) {
  auto const keep = limits.keep;
  auto const period = limits.period;
  auto const part = std::min(limits.part, askers.size());
  auto const squared = unfilled<double>("graph::near_squared", part * keep);
  auto const slot = unfilled<std::uint32_t>("graph::near_slot", part * keep);
  for (std::size_t first = 0; first < askers.size(); first += part)
    Kokkos::parallel_for(
        "graph::search_nearest", points(space, first, std::min(first + part, askers.size())),
        KOKKOS_LAMBDA(std::int64_t i) {
          auto const asker = askers(static_cast<std::size_t>(i));
          std::size_t const column = static_cast<std::size_t>(i) - first;
          Scan const scan{tree, asker, period};
          NearList const list{squared.data() + column, slot.data() + column, part};
          KeepNearest nearest{scan, list, keep};
          nearest.look_around();
          walk(tree, asker.x, period, nearest);
          write(scan, list, nearest.count, lists.begin(asker.index), writer);
          lists.count(asker.index) = static_cast<std::uint32_t>(nearest.count);
        });
  space.fence("graph::search_nearest");
}

template <class Askers>
void count_all(ExecSpace const& space, DeviceTree const& tree, Askers const& askers, double period,
               ListPlaces const& lists) {
  Kokkos::parallel_for(
      "graph::count_within", points(space, 0, askers.size()), KOKKOS_LAMBDA(std::int64_t i) {
        auto const asker = askers(static_cast<std::size_t>(i));
        KeepAll all{{tree, asker, period}, {nullptr, nullptr, 1}};
        walk(tree, asker.x, period, all);
        lists.begin(asker.index + 1) = static_cast<std::int64_t>(all.count);
        lists.count(asker.index) = static_cast<std::uint32_t>(all.count);
      });
}

template <class Askers, class Writer>
void write_all(ExecSpace const& space, DeviceTree const& tree, Askers const& askers, double period,
               std::size_t edges, ListPlaces const& lists, Writer const& writer) {
  auto const squared = unfilled<double>("graph::near_squared", edges);
  auto const slot = unfilled<std::uint32_t>("graph::near_slot", edges);
  Kokkos::parallel_for(
      "graph::search_within", points(space, 0, askers.size()), KOKKOS_LAMBDA(std::int64_t i) {
        auto const asker = askers(static_cast<std::size_t>(i));
        auto const begin = lists.begin(asker.index);
        Scan const scan{tree, asker, period};
        NearList const list{squared.data() + begin, slot.data() + begin, 1};
        KeepAll all{scan, list};
        walk(tree, asker.x, period, all);
        all.sort();
        write(scan, list, all.count, begin, writer);
      });
  space.fence("graph::search_within");
}

/// Fills the lists of all askers; make_writer(edges) gives what they are written with.
template <class Askers, class MakeWriter>
auto search(ExecSpace const& space, DeviceTree const& tree, Askers const& askers,
            SearchLimits const& limits, ListPlaces const& lists, MakeWriter const& make_writer) {
  if (limits.keep > 0)
    Kokkos::deep_copy(space,
                      Kokkos::subview(lists.begin, Kokkos::pair<std::size_t, std::size_t>(
                                                       1, lists.begin.extent(0))),
                      static_cast<std::int64_t>(limits.keep));
  else
    count_all(space, tree, askers, limits.period, lists);
  auto const edges = static_cast<std::size_t>(scan_counts(space, lists.begin));
  auto const writer = make_writer(edges);
  if (limits.keep > 0)
    write_nearest(space, tree, askers, limits, lists, writer);
  else
    write_all(space, tree, askers, limits.period, edges, lists, writer);
  return writer;
}

template <class Askers>
FoundLists found_lists(ExecSpace const& space, DeviceTree const& tree, Askers const& askers,
                       SearchLimits const& limits) {
  auto const lists = empty_lists(askers.size());
  auto const writer = search(space, tree, askers, limits, lists, [](std::size_t edges) {
    return FoundWriter{unfilled<Found>("graph::found", edges)};
  });
  return {to_host(lists.begin), to_host(lists.count), to_host(writer.found)};
}

}  // namespace

NeighbourGraph DeviceSearch::graph(SearchLimits const& limits) const {
  auto const lists = empty_lists(tree_.points);
  auto const writer =
      search(space_, tree_, OwnPoints{tree_, limits.limit}, limits, lists, [](std::size_t edges) {
        return GraphWriter{
            unfilled<std::int64_t>("graph::id", edges),
            Array2<float>(Kokkos::view_alloc(Kokkos::WithoutInitializing, "graph::separation"),
                          edges, 3)};
      });
  return {lists.begin, writer.id, writer.separation};
}

FoundLists DeviceSearch::own_lists(SearchLimits const& limits) const {
  return found_lists(space_, tree_, OwnPoints{tree_, limits.limit}, limits);
}

FoundLists DeviceSearch::answer_lists(SearchLimits const& limits,
                                      std::span<Query const> queries) const {
  auto const asked =
      to_device("graph::queries", std::vector<Query>(queries.begin(), queries.end()));
  return found_lists(space_, tree_, OtherPoints{asked}, limits);
}

}  // namespace shearwater::graph
