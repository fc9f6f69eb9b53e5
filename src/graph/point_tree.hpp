// SPDX-License-Identifier: BSD-3-Clause
// Points sorted into leaves of at most 16, and boxes about 16 leaves, 16 such boxes, and so on. On
// the host: the search is one of vectors and of memory that is near.
#pragma once

#include <cstdint>
#include <vector>

#include "near_points.hpp"
#include "shearwater/core/views.hpp"

namespace shearwater::graph {

using HostExec = Kokkos::DefaultHostExecutionSpace;
template <class T>
using HostArray = Kokkos::View<T*, Kokkos::LayoutRight, HostSpace>;

/// Asks for pages of 2 MiB where the system has them on request: a search writes hundreds of bytes
/// a point once, and a tenth of its time went into 4 KiB pages.
void ask_for_large_pages(void* memory, std::size_t bytes);

/// An array whose memory is first touched by the kernel that fills it.
template <class T>
HostArray<T> raw(char const* label, std::size_t size) {
  HostArray<T> const array(Kokkos::view_alloc(std::string(label), Kokkos::WithoutInitializing),
                           size);
  ask_for_large_pages(array.data(), size * sizeof(T));
  return array;
}

/// A point as given.
struct Place {
  double x[3];
  std::int64_t id;
};

/// Boxes of one level, padded to whole blocks of 16 by boxes that nothing is near.
struct Level {
  HostArray<float> low[3], high[3];  ///< rounded outwards
  Boxes boxes() const {
    return {{low[0].data(), low[1].data(), low[2].data()},
            {high[0].data(), high[1].data(), high[2].data()}};
  }
  std::size_t size() const { return low[0].extent(0); }
};

inline constexpr std::uint32_t no_row = 0xffffffffU;

/// Leaf l holds slots 16 l to 16 l + count(l) - 1.
struct PointTree {
  std::size_t leaves = 0;
  std::size_t points = 0;
  HostArray<float> near;           ///< (leaves, 3, 16) from the centre of the leaf
  HostArray<Place> place;          ///< (slots)
  HostArray<std::uint32_t> row;    ///< (slots) of the input
  HostArray<std::uint32_t> count;  ///< (leaves)
  HostArray<double> centre;        ///< (3 * leaves)
  HostArray<float> half;           ///< (3 * leaves) half widths, rounded up
  std::vector<Level> levels;       ///< of the leaves first; the last has one block
};

/// places  (n) finite
PointTree make_point_tree(HostExec const& space, HostArray<Place const> places);

/// The lowest and highest coordinate of `places` (n) along an axis.
template <class Space, class Places>
Kokkos::MinMaxScalar<double> range_of(Space const& space, Places const& places, int axis) {
  using Rows = Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>;
  Kokkos::MinMaxScalar<double> range{};
  Kokkos::parallel_reduce(
      "graph::range", Rows(space, 0, static_cast<std::int64_t>(places.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i, Kokkos::MinMaxScalar<double> & r) {
        double const x = places(static_cast<std::size_t>(i)).x[axis];
        r.min_val = Kokkos::min(r.min_val, x);
        r.max_val = Kokkos::max(r.max_val, x);
      },
      Kokkos::MinMax<double>(range));
  return range;
}

/// `value` as a float that is not above (not below) it.
float rounded_down(double value);
float rounded_up(double value);

}  // namespace shearwater::graph
