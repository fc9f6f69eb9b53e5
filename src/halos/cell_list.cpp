// SPDX-License-Identifier: BSD-3-Clause
#include "cell_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "shearwater/core/error.hpp"

namespace shearwater::halos {

CellGrid make_cell_grid(double const (&low)[3], double const (&high)[3], double period,
                        double linking_length, std::uint32_t points) {
  CellGrid grid{};
  // A little smaller than length / sqrt(3), so that rounding cannot put two particles into one cell
  // that are not friends.
  double const cell = linking_length / std::sqrt(3.0) * (1 - 1e-6);
  grid.period = period;
  grid.cells_per_length = 1 / cell;
  double most = 0;
  for (int a = 0; a < 3; ++a) {
    grid.low[a] = low[a];
    double const count = std::floor((high[a] - low[a]) / cell) + 1;
    most = std::max(most, count);
    grid.cells[a] = static_cast<std::int64_t>(std::min(count, 1e15));
  }
  // Pencils of 2 x 2 cells, or wider where most of them would be empty: never narrower, because two
  // cells are as far as a link reaches.
  double const most_pencils = std::max(1024.0, 2.0 * static_cast<double>(points));
  auto const pencils = [&](int a) { return std::ceil(std::ldexp(grid.cells[a], -grid.log_side)); };
  for (grid.log_side = 1; pencils(0) * pencils(1) > most_pencils;) ++grid.log_side;
  double const keys = std::ldexp(static_cast<double>(grid.cells[2]) + 4, 2 * grid.log_side);
  if (most > 1e9 || keys >= 4294967296.0)
    throw core::InputError(fmt::format(
        "the linking length {:g} Mpc/h is too short for {} particles in {:g} Mpc/h: use at least "
        "{:g} Mpc/h, a thousandth of their mean distance",
        linking_length, points, high[2] - low[2],
        1e-3 * std::cbrt((high[0] - low[0]) * (high[1] - low[1]) * (high[2] - low[2]) /
                         std::max(1.0, static_cast<double>(points)))));
  grid.pencils[0] = static_cast<std::uint32_t>(pencils(0));
  grid.pencils[1] = static_cast<std::uint32_t>(pencils(1));
  return grid;
}

namespace {

/// Shell sort of one pencil by key, gaps shrinking by 4/9: in place, without recursion, quick for
/// the dozen of entries that a pencil mostly has.
template <class T>
KOKKOS_FUNCTION void sort_pencil(std::uint32_t* keys, Entry<T>* entries, std::uint32_t n) {
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

/// Fills entries and keys, sorted by pencil but not yet within it; returns first entries (pencils +
/// 1).
template <class T>
Counts spread(ExecSpace const& space, CellGrid const& grid, Points<T> const& points,
              Array1<Entry<T>> const& entries, Counts const& keys) {
  std::uint32_t const n = points.size();
  Counts const first("halos::pencil_entry", grid.pencil_count() + 1);
  auto const slot = raw<std::uint32_t>("halos::slot", n);
  Kokkos::parallel_for(
      "halos::count", Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::uint32_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::uint32_t row) {
        slot(row) = Kokkos::atomic_fetch_add(&first(grid.place(points.at(row)).pencil), 1U);
      });
  scan(space, first);
  Kokkos::parallel_for(
      "halos::spread",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::uint32_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::uint32_t row) {
        auto const point = points.at(row);
        auto const place = grid.place(point);
        std::uint32_t const at = first(place.pencil) + slot(row);
        entries(at) = {{point.x[0], point.x[1], point.x[2]}, row};
        keys(at) = place.key;
      });
  return first;
}

}  // namespace

template <class T>
CellList<T> make_cell_list(ExecSpace const& space, CellGrid const& grid, Points<T> const& points) {
  std::uint32_t const n = points.size(), pencils = grid.pencil_count();
  auto const entries = raw<Entry<T>>("halos::entries", n);
  auto const keys = raw<std::uint32_t>("halos::keys", n);
  auto const pencil_entry = spread(space, grid, points, entries, keys);
  Counts const pencil_cell("halos::pencil_cell", pencils + 1);
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>,
                                     Kokkos::IndexType<std::uint32_t>>;
  Kokkos::parallel_for(
      "halos::sort_pencils", Policy(space, 0, pencils, Kokkos::ChunkSize(256)),
      KOKKOS_LAMBDA(std::uint32_t p) {
        std::uint32_t const begin = pencil_entry(p), end = pencil_entry(p + 1);
        if (begin == end) return;
        sort_pencil(&keys(begin), &entries(begin), end - begin);
        std::uint32_t cells = 1;
        for (std::uint32_t e = begin + 1; e < end; ++e) cells += keys(e) != keys(e - 1);
        pencil_cell(p) = cells;
      });
  std::uint32_t const cells = scan(space, pencil_cell);
  CellList<T> list{grid, entries, pencil_cell,
                   raw<std::uint32_t>("halos::cell_key", cells + cell_block),
                   raw<std::uint32_t>("halos::cell_entry", cells + 1)};
  auto const cell_key = list.cell_key, cell_entry = list.cell_entry;
  Kokkos::parallel_for(
      "halos::find_cells", Policy(space, 0, pencils + 1, Kokkos::ChunkSize(256)),
      KOKKOS_LAMBDA(std::uint32_t p) {
        if (p == pencils) {
          cell_entry(cells) = n;
          return;
        }
        std::uint32_t cell = pencil_cell(p);
        for (std::uint32_t e = pencil_entry(p); e < pencil_entry(p + 1); ++e) {
          if (e > pencil_entry(p) && keys(e) == keys(e - 1)) continue;
          cell_key(cell) = keys(e);
          cell_entry(cell++) = e;
        }
      });
  return list;
}

template CellList<float> make_cell_list(ExecSpace const&, CellGrid const&, Points<float> const&);
template CellList<double> make_cell_list(ExecSpace const&, CellGrid const&, Points<double> const&);

}  // namespace shearwater::halos
