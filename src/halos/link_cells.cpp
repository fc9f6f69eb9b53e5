// SPDX-License-Identifier: BSD-3-Clause
#include "link_cells.hpp"

#include "near_cells.hpp"

namespace shearwater::halos {

namespace {

/// Compares the particles of two cells.
template <class T>
struct CellPair {
  Entry<T> const* entries;
  double length_squared, period, unit;

  struct Range {
    std::uint32_t begin, end;
    KOKKOS_FUNCTION std::uint64_t size() const { return end - begin; }
  };

  KOKKOS_FUNCTION bool friends(Entry<T> const& a, Entry<T> const& b) const {
    double sum = 0;
    for (int axis = 0; axis < 3; ++axis) {
      double d = difference(a.x[axis], b.x[axis]);
      d = d < 0 ? -d : d;
      d = period - d < d ? period - d : d;
      sum += d * d;
    }
    return sum <= length_squared;
  }

  KOKKOS_FUNCTION double difference(T x, T from) const {
    return particles::coordinate(x, unit) - particles::coordinate(from, unit);
  }

  /// Difference to the point `from` by the nearest image.
  KOKKOS_FUNCTION double offset(T x, T from) const {
    double const d = difference(x, from);
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

/// Links the cells of each block of one column with those behind them: in the block and its
/// neighbour above, and in half of the neighbouring columns.
template <class T>
struct ColumnLinks {
  CellPair<T> pair;
  DisjointSets sets;
  OccupiedBlocks blocks;
  NearCells near;
  // Plain pointers: this is where the time goes.
  std::uint32_t const *block_cell, *cell_entry, *cell_key;
  std::uint32_t* parent;
  std::uint32_t columns[2], log_side;
  std::uint64_t column_blocks;

  using Range = typename CellPair<T>::Range;

  KOKKOS_FUNCTION Range entries_of(std::uint32_t cell) const {
    return {cell_entry[cell], cell_entry[cell + 1]};
  }

  /// Joins cell b to the set of cell a, whose root is returned, where they touch.
  KOKKOS_FUNCTION std::uint32_t consider(std::uint32_t a, std::uint32_t root, std::uint32_t b,
                                         bool sure) const {
    if (relaxed_load(&parent[b]) == root) return root;
    if (!sure && (sets.find(b) == root || !pair.touch(entries_of(a), entries_of(b)))) return root;
    sets.join(root, b);
    return sets.find(root);
  }

  /// Whether cell b lies at least `layers` of cells above cell a, which is at most two blocks away.
  KOKKOS_FUNCTION bool above(std::uint32_t b, std::uint32_t a, std::int32_t layers) const {
    std::uint32_t const z = (cell_key[a] >> 2 * log_side) + static_cast<std::uint32_t>(layers);
    // Keys have the low bits of z only, so their difference counts, with its sign.
    return static_cast<std::int32_t>(cell_key[b] - (z << 2 * log_side)) >= 0;
  }

  /// Cell a, whose root is returned, with others, of which those below all cells to come are
  /// dropped where there are many.
  KOKKOS_FUNCTION std::uint32_t compare(std::uint32_t a, std::uint32_t root, Range& others) const {
    if (others.size() > 4 * cell_block)
      while (others.begin < others.end && !above(others.begin, a, -2)) ++others.begin;
    for (std::uint32_t b = others.begin; b < others.end; b += cell_block) {
      if (b > others.begin && above(b, a, 3)) break;
      auto const bits = near(a, b, others.end, root);
      for (auto left = bits.near; left != 0; left &= left - 1) {
        auto const k = static_cast<std::uint32_t>(Kokkos::Experimental::countr_zero_builtin(left));
        root = consider(a, root, b + k, (bits.sure >> k & 1U) != 0);
      }
    }
    return root;
  }

  /// Cells a block's cells are compared with: those of a neighbouring column, in the blocks at
  /// `below` and the two above it.
  KOKKOS_FUNCTION Range cells_from(std::uint64_t below) const {
    std::uint32_t const count = blocks.count_three(below);
    if (count == 0) return {0, 0};
    std::uint32_t const first = blocks.number(below);
    return {block_cell[first], block_cell[first + count]};
  }

  KOKKOS_FUNCTION void link_block(std::uint32_t x, std::uint32_t y, std::uint64_t block,
                                  std::uint32_t number) const {
    std::uint32_t const begin = block_cell[number], end = block_cell[number + 1];
    std::uint32_t const next = blocks.holds(block + 1) ? 1 : 0;
    std::uint64_t const row = columns[1] * column_blocks, below = block - 1;
    Range others[5] = {{begin, block_cell[number + 1 + next]}, {}, {}, {}, {}};
    int count = 1;
    auto const add = [&](std::uint64_t from) {
      others[count] = cells_from(from);
      count += others[count].size() > 0 ? 1 : 0;
    };
    if (y + 1 < columns[1]) add(below + column_blocks);
    if (x + 1 < columns[0]) {
      if (y > 0) add(below + row - column_blocks);
      add(below + row);
      if (y + 1 < columns[1]) add(below + row + column_blocks);
    }
    for (std::uint32_t a = begin; a < end; ++a) {
      if (others[0].begin <= a) others[0].begin = a + 1;
      std::uint32_t root = sets.find(a);
      for (int other = 0; other < count; ++other) root = compare(a, root, others[other]);
    }
  }

  KOKKOS_FUNCTION void operator()(std::uint32_t column) const {
    std::uint32_t const x = column / columns[1], y = column % columns[1];
    std::uint64_t const first = column * column_blocks;
    std::uint32_t number = blocks.before(first / 64);
    for (std::uint64_t word = first / 64; word < (first + column_blocks) / 64; ++word)
      for (auto bits = blocks.bits(word); bits != 0; bits &= bits - 1)
        link_block(
            x, y,
            64 * word + static_cast<std::uint64_t>(Kokkos::Experimental::countr_zero_builtin(bits)),
            number++);
  }
};

}  // namespace

template <class T>
void link_cells(ExecSpace const& space, CellList<T> const& list, double length, double period,
                DisjointSets const& sets) {
  auto const& grid = list.grid;
  ColumnLinks<T> const links{{list.entries.data(), length * length, period, grid.unit},
                             sets,
                             list.blocks,
                             make_near_cells(list.balls, sets, length, grid.extent()),
                             list.block_cell.data(),
                             list.cell_entry.data(),
                             list.cell_key.data(),
                             sets.parent.data(),
                             {grid.columns[0], grid.columns[1]},
                             grid.log_side,
                             grid.column_blocks};
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>,
                                     Kokkos::IndexType<std::uint32_t>>;
  Kokkos::parallel_for("halos::link_cells",
                       Policy(space, 0, grid.column_count(), Kokkos::ChunkSize(256)), links);
}

template void link_cells(ExecSpace const&, CellList<float> const&, double, double,
                         DisjointSets const&);
template void link_cells(ExecSpace const&, CellList<double> const&, double, double,
                         DisjointSets const&);
template void link_cells(ExecSpace const&, CellList<particles::Position> const&, double, double,
                         DisjointSets const&);

}  // namespace shearwater::halos
