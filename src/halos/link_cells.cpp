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
  CellPair<T> pair;
  DisjointSets sets;
  // Plain pointers: this is where the time goes.
  std::uint32_t const *pencil_cell, *cell_key, *cell_entry, *parent;
  std::uint32_t pencils[2], log_side;

  using Range = typename CellPair<T>::Range;

  /// One cell while it is compared with others.
  struct Cell {
    std::uint32_t root;
    std::int32_t x, y;  ///< place among the cells of its pencil
    std::uint32_t z;
    Range entries;
  };

  KOKKOS_FUNCTION std::int32_t sub_x(std::uint32_t key) const {
    return static_cast<std::int32_t>(key >> log_side & ((1U << log_side) - 1));
  }
  KOKKOS_FUNCTION std::int32_t sub_y(std::uint32_t key) const {
    return static_cast<std::int32_t>(key & ((1U << log_side) - 1));
  }
  KOKKOS_FUNCTION Range entries_of(std::uint32_t cell) const {
    return {cell_entry[cell], cell_entry[cell + 1]};
  }
  KOKKOS_FUNCTION Cell cell(std::uint32_t a) const {
    std::uint32_t const key = cell_key[a];
    return {sets.find(a), sub_x(key), sub_y(key), key >> 2 * log_side, entries_of(a)};
  }

  /// Which of the block of cells from b on, as bits, may be joined to a's set: not of it yet, below
  /// `high`, and at most two cells away. All at once and without branches, because which of them it
  /// is cannot be guessed. The parents may be out of date: then a cell is looked at in vain.
  KOKKOS_FUNCTION std::uint32_t candidates(Cell const& a, std::uint32_t b, std::uint32_t last,
                                           std::uint32_t high, int dx, int dy) const {
    std::int32_t const from_x = dx - a.x + 2, from_y = dy - a.y + 2;
    std::uint32_t const many = last - b, root = a.root;
    std::uint32_t bits = 0;
#if defined(_OPENMP) && !defined(__CUDA_ARCH__)
#pragma omp simd reduction(| : bits)
#endif
    for (std::uint32_t k = 0; k < cell_block; ++k) {
      std::uint32_t const key = cell_key[b + k];
      auto const x = static_cast<std::uint32_t>(sub_x(key) + from_x);
      auto const y = static_cast<std::uint32_t>(sub_y(key) + from_y);
      std::uint32_t const near =
          static_cast<std::uint32_t>(x <= 4) & static_cast<std::uint32_t>(y <= 4) &
          static_cast<std::uint32_t>(k < many) & static_cast<std::uint32_t>(key < high) &
          static_cast<std::uint32_t>(parent[b + k] != root);
      bits |= near << k;
    }
    return bits;
  }

  /// Joins b to a's set where they touch.
  KOKKOS_FUNCTION void consider(Cell& a, std::uint32_t b) const {
    if (Kokkos::atomic_load(&parent[b]) == a.root) return;
    Range const other = entries_of(b);
    if (a.entries.size() * other.size() == 1) {
      if (!pair.friends(pair.entries[a.entries.begin], pair.entries[other.begin])) return;
    } else if (sets.find(b) == a.root || !pair.touch(a.entries, other)) {
      return;
    }
    sets.join(a.root, b);
    a.root = sets.find(a.root);
  }

  /// The cells of one pencil with those of the same or another, (dx, dy) cells away: `first` to
  /// `last`, or behind the own cell where that is later.
  KOKKOS_FUNCTION void sweep(std::uint32_t begin, std::uint32_t end, std::uint32_t first,
                             std::uint32_t last, int dx, int dy) const {
    bool const same_pencil = first == begin;
    for (std::uint32_t i = begin; i < end; ++i) {
      std::uint32_t const z = cell_key[i] >> 2 * log_side;
      std::uint32_t const low = (z - 2) << 2 * log_side, high = (z + 3) << 2 * log_side;
      if (same_pencil) first = i + 1;
      while (first < last && cell_key[first] < low) ++first;
      if (first == last) return;
      if (cell_key[first] >= high) continue;
      auto a = cell(i);
      for (std::uint32_t b = first; b < last && cell_key[b] < high; b += cell_block)
        for (auto bits = candidates(a, b, last, high, dx, dy); bits != 0; bits &= bits - 1)
          consider(a, b + static_cast<std::uint32_t>(Kokkos::countr_zero(bits)));
    }
  }

  KOKKOS_FUNCTION void across(std::uint32_t begin, std::uint32_t end, std::uint32_t pencil, int dx,
                              int dy) const {
    // Unsigned: a neighbour below 0 is far above the last.
    std::uint32_t const x = pencil / pencils[1] + static_cast<std::uint32_t>(dx);
    std::uint32_t const y = pencil % pencils[1] + static_cast<std::uint32_t>(dy);
    if (x >= pencils[0] || y >= pencils[1]) return;
    std::uint32_t const other = x * pencils[1] + y;
    sweep(begin, end, pencil_cell[other], pencil_cell[other + 1], dx * (1 << log_side),
          dy * (1 << log_side));
  }

  KOKKOS_FUNCTION void operator()(std::uint32_t pencil) const {
    std::uint32_t const begin = pencil_cell[pencil], end = pencil_cell[pencil + 1];
    if (begin == end) return;
    sweep(begin, end, begin, end, 0, 0);
    across(begin, end, pencil, 0, 1);
    across(begin, end, pencil, 1, -1);
    across(begin, end, pencil, 1, 0);
    across(begin, end, pencil, 1, 1);
  }
};

}  // namespace

template <class T>
void link_cells(ExecSpace const& space, CellList<T> const& list, double length, double period,
                DisjointSets const& sets) {
  auto const& grid = list.grid;
  PencilLinks<T> const links{{list.entries.data(), length * length, period},
                             sets,
                             list.pencil_cell.data(),
                             list.cell_key.data(),
                             list.cell_entry.data(),
                             sets.parent.data(),
                             {grid.pencils[0], grid.pencils[1]},
                             grid.log_side};
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
