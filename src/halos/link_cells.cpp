// SPDX-License-Identifier: BSD-3-Clause
#include "link_cells.hpp"

namespace shearwater::halos {

namespace {

/// Compares the particles of two cells.
template <class T>
struct CellPair {
  Entry<T> const* entries;
  double length_squared, period;

  struct Range {
    std::uint32_t begin, end;
    KOKKOS_FUNCTION std::uint64_t size() const { return end - begin; }
  };

  KOKKOS_FUNCTION bool friends(Entry<T> const& a, Entry<T> const& b) const {
    double sum = 0;
    for (int axis = 0; axis < 3; ++axis) {
      double d = static_cast<double>(a.x[axis]) - static_cast<double>(b.x[axis]);
      d = d < 0 ? -d : d;
      d = period - d < d ? period - d : d;
      sum += d * d;
    }
    return sum <= length_squared;
  }

  /// Difference to the point `from` by the nearest image.
  KOKKOS_FUNCTION double offset(T x, T from) const {
    double const d = static_cast<double>(x) - static_cast<double>(from);
    return 2 * d > period ? d - period : 2 * d < -period ? d + period : d;
  }

  KOKKOS_FUNCTION bool any_friend(Entry<T> const& a, Range const& others) const {
    for (std::uint32_t j = others.begin; j < others.end; ++j)
      if (friends(a, entries[j])) return true;
    return false;
  }

  /// For crowded cells: particles too far from all of the other cell are passed over at once.
  KOKKOS_FUNCTION bool crowded_touch(Range const& a, Range const& b) const {
    auto const& from = entries[b.begin];
    double low[3] = {0, 0, 0}, high[3] = {0, 0, 0};
    for (std::uint32_t j = b.begin; j < b.end; ++j)
      for (int axis = 0; axis < 3; ++axis) {
        double const d = offset(entries[j].x[axis], from.x[axis]);
        low[axis] = d < low[axis] ? d : low[axis];
        high[axis] = d > high[axis] ? d : high[axis];
      }
    for (std::uint32_t i = a.begin; i < a.end; ++i) {
      double sum = 0;
      for (int axis = 0; axis < 3; ++axis) {
        double const d = offset(entries[i].x[axis], from.x[axis]);
        double const gap = d < low[axis] ? low[axis] - d : d > high[axis] ? d - high[axis] : 0;
        sum += gap * gap;
      }
      // A little further than the length, for the rounding of the differences.
      if (sum <= length_squared * (1 + 1e-6) && any_friend(entries[i], b)) return true;
    }
    return false;
  }

  KOKKOS_FUNCTION bool touch(Range const& a, Range const& b) const {
    if (a.size() * b.size() > 256) return crowded_touch(a, b);
    for (std::uint32_t i = a.begin; i < a.end; ++i)
      if (any_friend(entries[i], b)) return true;
    return false;
  }
};

/// Links the cells of one pencil with those behind them in it and in half of its neighbours.
template <class T>
struct PencilLinks {
  CellList<T> list;
  CellPair<T> pair;
  DisjointSets sets;

  KOKKOS_FUNCTION void consider(std::uint32_t a, std::uint32_t b, int dx, int dy) const {
    std::uint32_t const log_side = list.grid.log_side, mask = (1U << log_side) - 1;
    std::uint32_t const key_a = list.cell_key(a), key_b = list.cell_key(b);
    int const sub_x = static_cast<int>(key_b >> log_side & mask) -
                      static_cast<int>(key_a >> log_side & mask) + (dx << log_side);
    int const sub_y =
        static_cast<int>(key_b & mask) - static_cast<int>(key_a & mask) + (dy << log_side);
    if (sub_x < -2 || sub_x > 2 || sub_y < -2 || sub_y > 2) return;
    std::uint32_t const root_a = sets.find(a), root_b = sets.find(b);
    if (root_a == root_b) return;
    if (pair.touch({list.cell_entry(a), list.cell_entry(a + 1)},
                   {list.cell_entry(b), list.cell_entry(b + 1)}))
      sets.join(root_a, root_b);
  }

  KOKKOS_FUNCTION void within(std::uint32_t begin, std::uint32_t end) const {
    std::uint32_t const shift = 2 * list.grid.log_side;
    for (std::uint32_t a = begin; a < end; ++a) {
      std::uint32_t const last = (list.cell_key(a) >> shift) + 2;
      for (std::uint32_t b = a + 1; b < end && list.cell_key(b) >> shift <= last; ++b)
        consider(a, b, 0, 0);
    }
  }

  KOKKOS_FUNCTION void across(std::uint32_t begin, std::uint32_t end, std::uint32_t x,
                              std::uint32_t y, int dx, int dy) const {
    auto const& grid = list.grid;
    if (x + static_cast<std::uint32_t>(dx) >= grid.pencils[0]) return;
    if (y + static_cast<std::uint32_t>(dy) >= grid.pencils[1]) return;  // also below 0: wraps round
    std::uint32_t const other =
        (x + static_cast<std::uint32_t>(dx)) * grid.pencils[1] + y + static_cast<std::uint32_t>(dy);
    std::uint32_t first = list.pencil_cell(other);
    std::uint32_t const last = list.pencil_cell(other + 1), shift = 2 * grid.log_side;
    for (std::uint32_t a = begin; a < end; ++a) {
      std::uint32_t const z = list.cell_key(a) >> shift;
      std::uint32_t const low = (z - 2) << shift, high = (z + 3) << shift;
      while (first < last && list.cell_key(first) < low) ++first;
      if (first == last) return;
      for (std::uint32_t b = first; b < last && list.cell_key(b) < high; ++b)
        consider(a, b, dx, dy);
    }
  }

  KOKKOS_FUNCTION void operator()(std::uint32_t pencil) const {
    std::uint32_t const begin = list.pencil_cell(pencil), end = list.pencil_cell(pencil + 1);
    if (begin == end) return;
    std::uint32_t const x = pencil / list.grid.pencils[1], y = pencil % list.grid.pencils[1];
    within(begin, end);
    across(begin, end, x, y, 0, 1);
    across(begin, end, x, y, 1, -1);
    across(begin, end, x, y, 1, 0);
    across(begin, end, x, y, 1, 1);
  }
};

}  // namespace

template <class T>
void link_cells(ExecSpace const& space, CellList<T> const& list, double length, double period,
                DisjointSets const& sets) {
  PencilLinks<T> const links{list, {list.entries.data(), length * length, period}, sets};
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>,
                                     Kokkos::IndexType<std::uint32_t>>;
  Kokkos::parallel_for("halos::link_cells",
                       Policy(space, 0, list.grid.pencil_count(), Kokkos::ChunkSize(256)), links);
}

template void link_cells(ExecSpace const&, CellList<float> const&, double, double,
                         DisjointSets const&);
template void link_cells(ExecSpace const&, CellList<double> const&, double, double,
                         DisjointSets const&);

}  // namespace shearwater::halos
