// SPDX-License-Identifier: BSD-3-Clause
#include "device_tree.hpp"

#include <Kokkos_Sort.hpp>

#include "shearwater/core/error.hpp"

namespace shearwater::graph {

namespace {

/// A cube about all points, 2^21 cells a side.
struct Cube {
  double low[3] = {}, cells_per_length = 0;

  /// Bits of the three indices in turn.
  KOKKOS_INLINE_FUNCTION std::uint64_t code(Place const& place) const {
    constexpr std::uint64_t last = (1U << 21) - 1;
    std::uint64_t result = 0;
    for (int a = 0; a < 3; ++a) {
      auto const cell =
          Kokkos::min(static_cast<std::uint64_t>((place.x[a] - low[a]) * cells_per_length), last);
      result |= spread(cell) << a;
    }
    return result;
  }
  /// Two zeros between each two of 21 bits.
  KOKKOS_INLINE_FUNCTION static std::uint64_t spread(std::uint64_t bits) {
    bits = (bits | bits << 32) & 0x001f00000000ffffU;
    bits = (bits | bits << 16) & 0x001f0000ff0000ffU;
    bits = (bits | bits << 8) & 0x100f00f00f00f00fU;
    bits = (bits | bits << 4) & 0x10c30c30c30c30c3U;
    return (bits | bits << 2) & 0x1249249249249249U;
  }
};

Cube cube_about(ExecSpace const& space, Array1<Place const> const& places, double& reach) {
  Cube cube;
  double width = 0;
  for (int a = 0; a < 3; ++a) {
    auto const range = range_of(space, places, a);
    cube.low[a] = range.min_val;
    width = Kokkos::max(width, range.max_val - range.min_val);
    reach = Kokkos::max(reach, Kokkos::max(Kokkos::abs(range.min_val), Kokkos::abs(range.max_val)));
  }
  if (width > 0) cube.cells_per_length = (1U << 21) / width;
  return cube;
}

/// The order in which the points are stored decides nothing but the speed.
Array1<std::uint32_t> rows_by_cell(ExecSpace const& space, Array1<Place const> const& places,
                                   Cube const& cube) {
  auto const n = places.extent(0);
  auto const code = unfilled<std::uint64_t>("graph::code", n);
  auto const row = unfilled<std::uint32_t>("graph::row", n);
  Kokkos::parallel_for(
      "graph::code", points(space, 0, n), KOKKOS_LAMBDA(std::int64_t i) {
        code(i) = cube.code(places(i));
        row(i) = static_cast<std::uint32_t>(i);
      });
  Kokkos::Experimental::sort_by_key(space, code, row);
  return row;
}

/// A float that is not above `value` (not below it, with side = 1). Inwards the largest float is
/// the end, not an infinity.
KOKKOS_INLINE_FUNCTION float outwards(double value, double side) {
  constexpr double most = Kokkos::Experimental::finite_max_v<float>;
  double const moved = value + side * (1.2e-7 * Kokkos::abs(value) + 1e-38);
  return static_cast<float>(side < 0 ? Kokkos::min(moved, most) : Kokkos::max(moved, -most));
}

void box_leaves(ExecSpace const& space, DeviceTree const& tree) {
  Kokkos::parallel_for(
      "graph::box_leaves", points(space, 0, tree.boxes[0]), KOKKOS_LAMBDA(std::int64_t i) {
        auto const leaf = static_cast<std::size_t>(i);
        std::size_t const begin = leaf * lanes;
        std::size_t const end = Kokkos::min(begin + lanes, tree.points);
        for (int a = 0; a < 3; ++a) {
          double low = tree.place(begin).x[a], high = low;
          for (auto slot = begin + 1; slot < end; ++slot) {
            low = Kokkos::min(low, tree.place(slot).x[a]);
            high = Kokkos::max(high, tree.place(slot).x[a]);
          }
          tree.box(leaf).low[a] = outwards(low, -1);
          tree.box(leaf).high[a] = outwards(high, 1);
        }
      });
}

void box_boxes(ExecSpace const& space, DeviceTree const& tree, int level) {
  auto const below = tree.first[level - 1], here = tree.first[level];
  auto const count = tree.boxes[level - 1];
  Kokkos::parallel_for(
      "graph::box_boxes", points(space, 0, tree.boxes[level]), KOKKOS_LAMBDA(std::int64_t i) {
        auto const node = static_cast<std::size_t>(i);
        std::size_t const end = Kokkos::min((node + 1) * lanes, count);
        Box all = tree.box(below + node * lanes);
        for (auto child = node * lanes + 1; child < end; ++child)
          for (int a = 0; a < 3; ++a) {
            all.low[a] = Kokkos::min(all.low[a], tree.box(below + child).low[a]);
            all.high[a] = Kokkos::max(all.high[a], tree.box(below + child).high[a]);
          }
        tree.box(here + node) = all;
      });
}

/// Numbers of boxes of each level; returns how many there are in all.
std::size_t count_boxes(DeviceTree& tree) {
  std::size_t count = tree.points, all = 0;
  do {
    core::require(tree.levels < DeviceTree::most_levels, "more points than a tree can hold");
    count = (count + lanes - 1) / lanes;
    tree.first[tree.levels] = all;
    tree.boxes[tree.levels++] = count;
    all += count;
  } while (count > 1);
  return all;
}

}  // namespace

DeviceTree make_device_tree(ExecSpace const& space, Array1<Place const> places) {
  DeviceTree tree;
  tree.points = places.extent(0);
  if (tree.points == 0) return tree;
  tree.row = rows_by_cell(space, places, cube_about(space, places, tree.reach));
  tree.place = unfilled<Place>("graph::tree_place", tree.points);
  auto const place = tree.place;
  auto const row = tree.row;
  Kokkos::parallel_for(
      "graph::tree_place", points(space, 0, tree.points),
      KOKKOS_LAMBDA(std::int64_t slot) { place(slot) = places(row(slot)); });
  auto const boxes = count_boxes(tree);
  tree.box = unfilled<Box>("graph::tree_box", boxes);
  box_leaves(space, tree);
  for (int level = 1; level < tree.levels; ++level) box_boxes(space, tree, level);
  return tree;
}

}  // namespace shearwater::graph
