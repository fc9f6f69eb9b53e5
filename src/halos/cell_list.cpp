// SPDX-License-Identifier: BSD-3-Clause
#include "cell_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "shearwater/core/error.hpp"

namespace shearwater::halos {

CellGrid make_cell_grid(double const (&low)[3], double const (&high)[3], double period, double unit,
                        double linking_length, std::uint32_t points) {
  CellGrid grid{};
  // A little smaller than length / sqrt(3), so that rounding cannot put two particles into one cell
  // that are not friends.
  double const cell = linking_length / std::sqrt(3.0) * (1 - 1e-6);
  grid.period = period;
  grid.unit = unit;
  grid.cells_per_length = 1 / cell;
  double most = 0;
  for (int a = 0; a < 3; ++a) {
    grid.low[a] = low[a];
    double const count = std::floor((high[a] - low[a]) / cell) + 1;
    most = std::max(most, count);
    grid.cells[a] = static_cast<std::int64_t>(std::min(count, 1e15));
  }
  // Blocks of 4 x 4 x 4 cells, or larger where most of them would be empty: never smaller, because
  // two cells are as far as a link reaches.
  double const most_blocks = std::max(65536.0, 32.0 * static_cast<double>(points));
  auto const blocks = [&](int a) { return std::ceil(std::ldexp(grid.cells[a], -grid.log_side)); };
  auto const column = [&] { return 64 * std::ceil((blocks(2) + 2) / 64); };
  for (grid.log_side = 2; blocks(0) * blocks(1) * column() > most_blocks;) ++grid.log_side;
  // Of a key's 32 bits z has all but 2 log_side, and needs log_side + 3.
  if (most > 1e9 || grid.log_side > 9)
    throw core::InputError(fmt::format(
        "the linking length {:g} Mpc/h is too short for {} particles in {:g} Mpc/h: use at least "
        "{:g} Mpc/h, a thousandth of their mean distance",
        linking_length, points, high[2] - low[2],
        1e-3 * std::cbrt((high[0] - low[0]) * (high[1] - low[1]) * (high[2] - low[2]) /
                         std::max(1.0, static_cast<double>(points)))));
  for (int a = 0; a < 2; ++a) grid.columns[a] = static_cast<std::uint32_t>(blocks(a));
  grid.column_blocks = static_cast<std::uint64_t>(column());
  return grid;
}

namespace {

/// Shell sort of one block by key, gaps shrinking by 4/9: in place, without recursion, quick for
/// the few entries that a block mostly has.
template <class T>
KOKKOS_FUNCTION void sort_block(std::uint32_t* keys, Entry<T>* entries, std::uint32_t n) {
  std::uint32_t gap = 1;
  while (gap < n / 3) gap = gap * 9 / 4 + 2;
  for (; gap > 0; gap = gap == 1 ? 0 : gap == 2 ? 1 : gap * 4 / 9) {
    for (std::uint32_t i = gap; i < n; ++i) {
      std::uint32_t const key = keys[i];
      if (keys[i - gap] <= key) continue;
      Entry<T> const entry = entries[i];
      std::uint32_t j = i;
      for (; j >= gap && keys[j - gap] > key; j -= gap) {
        keys[j] = keys[j - gap];
        entries[j] = entries[j - gap];
      }
      keys[j] = key;
      entries[j] = entry;
    }
  }
}

using Counts = Array1<std::uint32_t>;

/// counts (n + 1) becomes the sums of those before; the last element is the total, returned.
std::uint32_t scan(ExecSpace const& space, Counts const& counts) {
  std::uint32_t total = 0;
  Kokkos::parallel_scan(
      "halos::scan", Kokkos::RangePolicy(space, 0, counts.extent(0)),
      KOKKOS_LAMBDA(std::size_t i, std::uint32_t & sum, bool const last) {
        std::uint32_t const count = counts(i);
        if (last) counts(i) = sum;
        sum += count;
      },
      total);
  return total;
}

template <class T>
Array1<T> raw(std::string const& label, std::size_t size) {
  return Array1<T>(Kokkos::view_alloc(label, Kokkos::WithoutInitializing), size);
}

using Points32 = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::uint32_t>>;

template <class T>
OccupiedBlocks find_blocks(ExecSpace const& space, CellGrid const& grid, Points<T> const& points) {
  std::uint64_t const words = grid.block_count() / 64;
  OccupiedBlocks const blocks{Array1<std::uint64_t>("halos::block_bits", words + 1),
                              raw<std::uint32_t>("halos::blocks_before", words + 1)};
  Kokkos::parallel_for(
      "halos::mark_blocks", Points32(space, 0, points.size()),
      KOKKOS_LAMBDA(std::uint32_t row) { blocks.mark(grid.place(points.at(row)).block); });
  Kokkos::parallel_scan(
      "halos::number_blocks", Kokkos::RangePolicy(space, 0, words + 1),
      KOKKOS_LAMBDA(std::size_t i, std::uint32_t & sum, bool const last) {
        if (last) blocks.before(i) = sum;
        sum += static_cast<std::uint32_t>(Kokkos::Experimental::popcount_builtin(blocks.bits(i)));
      });
  return blocks;
}

/// Fills entries, sorted by block but not yet within it; returns first entries (occupied blocks +
/// 1).
template <class T>
Counts spread(ExecSpace const& space, CellGrid const& grid, OccupiedBlocks const& blocks,
              Points<T> const& points, Array1<Entry<T>> const& entries) {
  std::uint32_t const n = points.size();
  std::uint32_t count = 0;
  Kokkos::deep_copy(space, count, Kokkos::subview(blocks.before, blocks.before.extent(0) - 1));
  space.fence("halos::spread");
  Counts const first("halos::block_entry", count + 1);
  auto const number = raw<std::uint32_t>("halos::number", n);
  auto const slot = raw<std::uint32_t>("halos::slot", n);
  Kokkos::parallel_for(
      "halos::count", Points32(space, 0, n), KOKKOS_LAMBDA(std::uint32_t row) {
        std::uint32_t const block = blocks.number(grid.place(points.at(row)).block);
        number(row) = block;
        slot(row) = Kokkos::atomic_fetch_add(&first(block), 1U);
      });
  scan(space, first);
  Kokkos::parallel_for(
      "halos::spread", Points32(space, 0, n), KOKKOS_LAMBDA(std::uint32_t row) {
        auto const point = points.at(row);
        entries(first(number(row)) + slot(row)) = {{point.x[0], point.x[1], point.x[2]}, row};
      });
  return first;
}

/// The ball about the box about the entries of one cell.
template <class T>
KOKKOS_FUNCTION void set_ball(CellGrid const& grid, Points<T> const& points,
                              Array1<Entry<T>> const& entries, std::uint32_t begin,
                              std::uint32_t end, Array2<float> const& balls, std::uint32_t cell) {
  double low[3], high[3], square = 0;
  for (std::uint32_t e = begin; e < end; ++e) {
    auto const point = points.of(entries(e));
    for (int a = 0; a < 3; ++a) {
      double const x = grid.offset(point, a);
      low[a] = e == begin || x < low[a] ? x : low[a];
      high[a] = e == begin || x > high[a] ? x : high[a];
    }
  }
  for (int a = 0; a < 3; ++a) {
    balls(a, cell) = static_cast<float>((low[a] + high[a]) / 2);
    square += (high[a] - low[a]) * (high[a] - low[a]);
  }
  balls(3, cell) = static_cast<float>(Kokkos::sqrt(square) / 2);
}

}  // namespace

template <class T>
CellList<T> make_cell_list(ExecSpace const& space, CellGrid const& grid, Points<T> const& points) {
  std::uint32_t const n = points.size();
  auto const blocks = find_blocks(space, grid, points);
  auto const entries = raw<Entry<T>>("halos::entries", n);
  auto const keys = raw<std::uint32_t>("halos::keys", n);
  auto const block_entry = spread(space, grid, blocks, points, entries);
  auto const count = static_cast<std::uint32_t>(block_entry.extent(0)) - 1;
  Counts const block_cell("halos::block_cell", count + 1);
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>,
                                     Kokkos::IndexType<std::uint32_t>>;
  Kokkos::parallel_for(
      "halos::sort_blocks", Policy(space, 0, count, Kokkos::ChunkSize(1024)),
      KOKKOS_LAMBDA(std::uint32_t b) {
        std::uint32_t const begin = block_entry(b), end = block_entry(b + 1);
        for (std::uint32_t e = begin; e < end; ++e) keys(e) = grid.place(points.of(entries(e))).key;
        if (end - begin > 1) sort_block(&keys(begin), &entries(begin), end - begin);
        std::uint32_t cells = 1;
        for (std::uint32_t e = begin + 1; e < end; ++e) cells += keys(e) != keys(e - 1);
        block_cell(b) = cells;
      });
  std::uint32_t const cells = scan(space, block_cell);
  CellList<T> list{grid,
                   blocks,
                   entries,
                   block_cell,
                   raw<std::uint32_t>("halos::cell_key", cells + cell_block),
                   raw<std::uint32_t>("halos::cell_entry", cells + 1),
                   Array2<float>(Kokkos::view_alloc("halos::balls", Kokkos::WithoutInitializing), 4,
                                 cells + cell_block)};
  auto const cell_key = list.cell_key, cell_entry = list.cell_entry;
  auto const balls = list.balls;
  Kokkos::parallel_for(
      "halos::find_cells", Policy(space, 0, count + 1, Kokkos::ChunkSize(1024)),
      KOKKOS_LAMBDA(std::uint32_t b) {
        if (b == count) {
          cell_entry(cells) = n;
          return;
        }
        std::uint32_t cell = block_cell(b);
        std::uint32_t const end = block_entry(b + 1);
        for (std::uint32_t e = block_entry(b), next = e; e < end; e = next) {
          while (++next < end && keys(next) == keys(e)) continue;
          cell_key(cell) = keys(e);
          cell_entry(cell) = e;
          set_ball(grid, points, entries, e, next, balls, cell++);
        }
      });
  return list;
}

template CellList<float> make_cell_list(ExecSpace const&, CellGrid const&, Points<float> const&);
template CellList<double> make_cell_list(ExecSpace const&, CellGrid const&, Points<double> const&);
template CellList<particles::Position> make_cell_list(ExecSpace const&, CellGrid const&,
                                                      Points<particles::Position> const&);

}  // namespace shearwater::halos
