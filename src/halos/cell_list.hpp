// SPDX-License-Identifier: BSD-3-Clause
// Particles sorted into cells so small that all particles of one cell are friends. Cells are not
// kept as a grid, which would be almost empty: blocks of k x k x k cells are, as bits, and the
// occupied cells of the occupied blocks lie one after another.
#pragma once

#include <algorithm>
#include <cstdint>

#include "occupied_blocks.hpp"
#include "shearwater/particles/particle_set.hpp"

namespace shearwater::halos {

/// A copy of a particle in the rows after the own ones.
template <class T>
struct Copy {
  T x[3];                ///< as stored: not shifted
  std::uint32_t source;  ///< own row, or row of another copy, that this is an image of
  std::uint32_t image;   ///< bit a: stands one box further along axis a
  std::int64_t id;
};

/// `source` of a copy whose particle is another rank's.
inline constexpr std::uint32_t foreign = 0xffffffffU;

template <class T>
struct Point {
  T x[3];
  std::uint32_t image;
};

/// One point in its cell.
template <class T>
struct Entry {
  T x[3];
  std::uint32_t row;
};

/// The own particles and the copies behind them, as one list.
template <class T>
struct Points {
  Strided2<T const> own;         ///< (n, 3)
  Array1<Copy<T> const> copies;  ///< (c)

  KOKKOS_FUNCTION std::uint32_t own_size() const {
    return static_cast<std::uint32_t>(own.extent(0));
  }
  KOKKOS_FUNCTION std::uint32_t size() const {
    return own_size() + static_cast<std::uint32_t>(copies.extent(0));
  }
  KOKKOS_FUNCTION Point<T> at(std::uint32_t row) const {
    if (row < own_size()) return {{own(row, 0), own(row, 1), own(row, 2)}, 0};
    auto const& c = copies(row - own_size());
    return {{c.x[0], c.x[1], c.x[2]}, c.image};
  }
  /// at(entry.row), without a look at the particle.
  KOKKOS_FUNCTION Point<T> of(Entry<T> const& entry) const {
    std::uint32_t const count = own_size();
    return {{entry.x[0], entry.x[1], entry.x[2]},
            entry.row < count ? 0 : copies(entry.row - count).image};
  }
};

/// Where a point lies: the bit of its block, and the key of its cell. The key has the low bits of
/// the z index, then the place among the k x k cells of the block: it tells cells apart that are at
/// most two blocks away along z.
struct Place {
  std::uint64_t block;
  std::uint32_t key;
};

struct CellGrid {
  double low[3];
  double period;  ///< added for each image bit; infinite without a box
  double unit;    ///< of whole numbers
  double cells_per_length;
  std::int64_t cells[3];     ///< along each axis
  std::uint32_t log_side;    ///< blocks have k x k x k cells, k = 2^log_side
  std::uint32_t columns[2];  ///< of blocks along z
  std::uint64_t
      column_blocks;  ///< in whole words, with an empty one before the first and behind the last

  KOKKOS_FUNCTION std::uint32_t column_count() const { return columns[0] * columns[1]; }
  std::uint64_t block_count() const { return column_count() * column_blocks; }

  /// Of the longest side.
  double extent() const {
    auto const most = std::max({cells[0], cells[1], cells[2]});
    return static_cast<double>(most) / cells_per_length;
  }
  /// Of one coordinate from the corner of the grid.
  template <class T>
  KOKKOS_FUNCTION double offset(Point<T> const& point, int a) const {
    double const v = particles::coordinate(point.x[a], unit) - low[a];
    return (point.image >> a & 1U) != 0 ? v + period : v;
  }

  template <class T>
  KOKKOS_FUNCTION Place place(Point<T> const& point) const {
    std::uint32_t index[3];
    for (int a = 0; a < 3; ++a) {
      auto const i = static_cast<std::int64_t>(offset(point, a) * cells_per_length);
      index[a] = static_cast<std::uint32_t>(i < 0 ? 0 : i >= cells[a] ? cells[a] - 1 : i);
    }
    std::uint32_t const mask = (1U << log_side) - 1;
    std::uint32_t const sub = (index[0] & mask) << log_side | (index[1] & mask);
    std::uint32_t const column = (index[0] >> log_side) * columns[1] + (index[1] >> log_side);
    return {column * column_blocks + (index[2] >> log_side) + 1, index[2] << 2 * log_side | sub};
  }
};

/// A grid over [low, high] for `points` points and this linking length. Throws InputError when the
/// length is too short for 32-bit keys.
CellGrid make_cell_grid(double const (&low)[3], double const (&high)[3], double period, double unit,
                        double linking_length, std::uint32_t points);

/// Cells are looked at in blocks of so many: the arrays over them have as many elements more, of
/// any value.
inline constexpr std::uint32_t cell_block = 16;

template <class T>
struct CellList {
  CellGrid grid;
  OccupiedBlocks blocks;
  Array1<Entry<T>> entries;          ///< (points) sorted by block, then key
  Array1<std::uint32_t> block_cell;  ///< (occupied blocks + 1) first cell of each
  Array1<std::uint32_t> cell_key;    ///< (cells + cell_block)
  Array1<std::uint32_t> cell_entry;  ///< (cells + 1) first entry of each cell
  Array2<float> balls;  ///< (4, cells + cell_block) centre, from the grid's corner, and radius

  std::uint32_t cell_count() const { return static_cast<std::uint32_t>(cell_entry.extent(0)) - 1; }

  /// The cell of a point that was put into the list.
  KOKKOS_FUNCTION std::uint32_t cell_of(Point<T> const& point) const {
    auto const place = grid.place(point);
    std::uint32_t const block = blocks.number(place.block);
    std::uint32_t low = block_cell(block), high = block_cell(block + 1) - 1;
    while (low < high) {
      std::uint32_t const middle = low + (high - low) / 2;
      if (cell_key(middle) < place.key)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }
};

template <class T>
CellList<T> make_cell_list(ExecSpace const& space, CellGrid const& grid, Points<T> const& points);

}  // namespace shearwater::halos
