// SPDX-License-Identifier: BSD-3-Clause
// Points along Morton's curve, 16 to a leaf, and boxes about 16 leaves, 16 such boxes, and so on,
// where a GPU reads them. In a build without one, the same on the host's cores.
#pragma once

#include "point_tree.hpp"

namespace shearwater::graph {

/// An array whose memory is first touched by the kernel that fills it.
template <class T>
Array1<T> unfilled(char const* label, std::size_t size) {
  return Array1<T>(Kokkos::view_alloc(Kokkos::WithoutInitializing, std::string(label)), size);
}

using Points = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>;

/// Points, or other rows, from `first` to `last` - 1.
inline Points points(ExecSpace const& space, std::size_t first, std::size_t last) {
  return {space, static_cast<std::int64_t>(first), static_cast<std::int64_t>(last)};
}

/// Rounded outwards.
struct Box {
  float low[3], high[3];
};

/// Leaf l holds slots 16 l to 16 l + 15, those below `points`.
struct DeviceTree {
  static constexpr int most_levels = 9;  ///< of 16 boxes each: 6.9e10 points
  std::size_t points = 0;
  double reach = 0;  ///< largest coordinate without its sign
  Array1<Place> place;
  Array1<std::uint32_t> row;  ///< of the input
  Array1<Box> box;            ///< of all levels, the leaves first
  int levels = 0;             ///< the last has one box
  std::size_t first[most_levels] = {}, boxes[most_levels] = {};
};

/// places  (n) finite
DeviceTree make_device_tree(ExecSpace const& space, Array1<Place const> places);

/// From x to a place or its nearest image in a box of side `period` (0: none), and its square.
KOKKOS_INLINE_FUNCTION double separation(double const* x, Place const& place, double period,
                                         double* d) {
  for (int a = 0; a < 3; ++a) {
    d[a] = place.x[a] - x[a];
    if (period > 0) d[a] += -Kokkos::round(d[a] / period) * period;
  }
  return d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
}

/// No more than the squared separation of x from any place in the box. `slack` is the rounding of a
/// difference of coordinates.
KOKKOS_INLINE_FUNCTION double squared_gap(double const* x, Box const& box, double period,
                                          double slack) {
  double sum = 0;
  for (int a = 0; a < 3; ++a) {
    double const below = static_cast<double>(box.low[a]) - x[a];
    double const above = x[a] - static_cast<double>(box.high[a]);
    double gap = Kokkos::max(below, above);
    if (period > 0) gap = Kokkos::min(gap, Kokkos::min(below, above) + period);
    gap = Kokkos::max(gap - slack, 0.0);
    sum += gap * gap;
  }
  return sum * (1 - 1e-12);
}

/// Calls visitor.look_at(leaf) for every leaf that is not further than visitor.bound(), which may
/// fall on the way. Without a stack: nodes know their parents by their numbers.
template <class Visitor>
KOKKOS_INLINE_FUNCTION void walk(DeviceTree const& tree, double const* x, double period,
                                 Visitor& visitor) {
  constexpr std::size_t children = lanes;
  double const slack = 1e-15 * (tree.reach + period);
  int const top = tree.levels - 1;
  int level = top;
  std::size_t node = 0;
  while (top >= 0) {
    auto const& box = tree.box(tree.first[level] + node);
    if (squared_gap(x, box, period, slack) <= visitor.bound()) {
      if (level > 0) {
        --level;
        node *= children;
        continue;
      }
      visitor.look_at(node);
    }
    while (level < top && (node % children == children - 1 || node + 1 == tree.boxes[level])) {
      ++level;
      node /= children;
    }
    if (level == top) return;
    ++node;
  }
}

}  // namespace shearwater::graph
