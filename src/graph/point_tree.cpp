// SPDX-License-Identifier: BSD-3-Clause
#include "point_tree.hpp"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cmath>

namespace shearwater::graph {

void ask_for_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr std::size_t page = std::size_t{1} << 21;
  auto const address = reinterpret_cast<std::uintptr_t>(memory);
  auto const first = (address + page - 1) / page * page;
  // Advice alone: where it is not taken, nothing changes but the time.
  if (bytes > 2 * page && first < address + bytes)
    madvise(reinterpret_cast<void*>(first), (address + bytes - first) / page * page, MADV_HUGEPAGE);
#endif
}

float rounded_down(double value) {
  auto const near = static_cast<float>(value);
  return static_cast<double>(near) > value ? std::nextafter(near, -infinite) : near;
}
float rounded_up(double value) {
  auto const near = static_cast<float>(value);
  return static_cast<double>(near) < value ? std::nextafter(near, infinite) : near;
}

namespace {

using Rows = Kokkos::RangePolicy<HostExec, Kokkos::IndexType<std::int64_t>>;
using Uneven = Kokkos::RangePolicy<HostExec, Kokkos::Schedule<Kokkos::Dynamic>,
                                   Kokkos::IndexType<std::int64_t>>;

/// A point while it is sorted: a rough place is enough to choose its leaf.
struct Item {
  float x[3];
  std::uint32_t row;
};

/// A cube about all points, cut into 8^depth cells, numbered along Morton's curve.
struct Grid {
  double low[3] = {0, 0, 0}, cells_per_length = 1;
  int depth = 0;

  std::size_t cells() const { return std::size_t{1} << (3 * depth); }
  Item item(Place const& place, std::uint32_t row) const {
    Item item{{0, 0, 0}, row};
    for (int a = 0; a < 3; ++a)
      item.x[a] = static_cast<float>((place.x[a] - low[a]) * cells_per_length);
    return item;
  }
  std::uint32_t cell(Item const& item) const {
    std::uint32_t code = 0;
    for (int a = 0; a < 3; ++a) {
      auto const last = (1U << depth) - 1;
      auto const i = std::min(static_cast<std::uint32_t>(item.x[a]), last);
      for (int bit = 0; bit < depth; ++bit) code |= (i >> bit & 1U) << (3 * bit + a);
    }
    return code;
  }
};

/// Cells of a few hundred points, were they spread evenly.
Grid make_grid(HostExec const& space, HostArray<Place const> const& places) {
  Grid grid;
  double width = 0;
  for (int a = 0; a < 3; ++a) {
    auto const range = range_of(space, places, a);
    grid.low[a] = range.min_val;
    width = std::max(width, range.max_val - range.min_val);
  }
  auto const blocks = static_cast<double>(places.size()) / 100;
  grid.depth = std::clamp(static_cast<int>(std::log2(std::max(1.0, blocks)) / 3), 0, 8);
  double const cells = 1 << grid.depth;
  if (width > 0) grid.cells_per_length = cells / width;
  return grid;
}

struct SortedItems {
  HostArray<Item> items;
  std::vector<std::size_t> begin;  ///< (cells + 1)
};

/// Counting sort by cell, each thread its own part of the rows: the order is that of the rows.
SortedItems sort_by_cell(HostExec const& space, HostArray<Place const> const& places,
                         Grid const& grid) {
  std::size_t const n = places.size(), cells = grid.cells();
  auto const parts = static_cast<std::size_t>(std::max(1, space.concurrency()));
  std::vector<std::uint32_t> counts(parts * cells, 0);
  auto const cell = raw<std::uint32_t>("graph::cell", n);
  SortedItems sorted{raw<Item>("graph::items", n), std::vector<std::size_t>(cells + 1, 0)};
  auto const rows_of = [=](std::size_t part, auto&& visit) {
    for (auto i = part * n / parts; i < (part + 1) * n / parts; ++i) visit(i);
  };
  Kokkos::parallel_for("graph::count", Rows(space, 0, static_cast<std::int64_t>(parts)),
                       [&](std::int64_t p) {
                         auto const part = static_cast<std::size_t>(p);
                         rows_of(part, [&](std::size_t i) {
                           cell(i) = grid.cell(grid.item(places(i), 0));
                           ++counts[part * cells + cell(i)];
                         });
                       });
  std::size_t sum = 0;
  for (std::size_t c = 0; c < cells; ++c) {
    sorted.begin[c] = sum;
    for (std::size_t part = 0; part < parts; ++part) {
      auto& count = counts[part * cells + c];
      sum += count;
      count = static_cast<std::uint32_t>(sum - count);
    }
  }
  sorted.begin[cells] = sum;
  Kokkos::parallel_for("graph::sort", Rows(space, 0, static_cast<std::int64_t>(parts)),
                       [&](std::int64_t p) {
                         auto const part = static_cast<std::size_t>(p);
                         rows_of(part, [&](std::size_t i) {
                           sorted.items(counts[part * cells + cell(i)]++) =
                               grid.item(places(i), static_cast<std::uint32_t>(i));
                         });
                       });
  return sorted;
}

/// The axis along which the items reach furthest.
int widest_axis(std::span<Item const> items) {
  float low[3], high[3];
  std::copy_n(items[0].x, 3, low);
  std::copy_n(items[0].x, 3, high);
  for (auto const& item : items)
    for (int a = 0; a < 3; ++a) {
      low[a] = std::min(low[a], item.x[a]);
      high[a] = std::max(high[a], item.x[a]);
    }
  int axis = 0;
  for (int a = 1; a < 3; ++a)
    if (high[a] - low[a] > high[axis] - low[axis]) axis = a;
  return axis;
}

/// Fills leaf `leaf` with at most 16 items.
void make_leaf(PointTree const& tree, HostArray<Place const> const& places,
               std::span<Item const> items, std::size_t leaf) {
  double low[3], high[3];
  auto const& start = places(items[0].row);
  std::copy_n(start.x, 3, low);
  std::copy_n(start.x, 3, high);
  std::size_t const slot = leaf * lanes;
  tree.count(leaf) = static_cast<std::uint32_t>(items.size());
  for (std::size_t i = 0; i < lanes; ++i) {
    tree.row(slot + i) = i < items.size() ? items[i].row : no_row;
    if (i >= items.size()) continue;
    auto const& place = tree.place(slot + i) = places(items[i].row);
    for (int a = 0; a < 3; ++a) {
      low[a] = std::min(low[a], place.x[a]);
      high[a] = std::max(high[a], place.x[a]);
    }
  }
  for (int a = 0; a < 3; ++a) {
    double const centre = 0.5 * (low[a] + high[a]);
    auto const axis = static_cast<std::size_t>(a);
    tree.centre(3 * leaf + axis) = centre;
    // A little more than half of it, for the rounding of the centre and of the places.
    tree.half(3 * leaf + axis) =
        rounded_up(0.5 * (high[a] - low[a]) * (1 + 1e-6) + 1e-15 * std::abs(centre));
    tree.levels[0].low[a](leaf) = rounded_down(low[a]);
    tree.levels[0].high[a](leaf) = rounded_up(high[a]);
    for (std::size_t i = 0; i < lanes; ++i)
      tree.near((3 * leaf + axis) * lanes + i) =
          i < items.size() ? static_cast<float>(tree.place(slot + i).x[a] - centre) : infinite;
  }
}

/// Halves the items until they fit into leaves, all but the last of which are full.
void split(PointTree const& tree, HostArray<Place const> const& places, std::span<Item> items,
           std::size_t leaf) {
  while (items.size() > lanes) {
    std::size_t const count = (items.size() + lanes - 1) / lanes, left = count / 2;
    auto const axis = static_cast<std::size_t>(widest_axis(items));
    auto const middle = items.begin() + static_cast<std::ptrdiff_t>(left * lanes);
    std::nth_element(items.begin(), middle, items.end(),
                     [axis](Item const& a, Item const& b) { return a.x[axis] < b.x[axis]; });
    split(tree, places, items.first(left * lanes), leaf);
    items = items.subspan(left * lanes);
    leaf += left;
  }
  if (!items.empty()) make_leaf(tree, places, items, leaf);
}

Level empty_level(std::size_t boxes) {
  Level level;
  auto const padded = (boxes + lanes - 1) / lanes * lanes;
  for (int a = 0; a < 3; ++a) {
    level.low[a] = raw<float>("graph::box_low", padded);
    level.high[a] = raw<float>("graph::box_high", padded);
    for (auto i = boxes; i < padded; ++i) {
      level.low[a](i) = infinite;
      level.high[a](i) = -infinite;
    }
  }
  return level;
}

/// Boxes about each 16 of the level below.
Level level_above(Level const& below) {
  auto level = empty_level(below.size() / lanes);
  for (std::size_t b = 0; b < below.size() / lanes; ++b)
    for (int a = 0; a < 3; ++a) {
      auto const* low = &below.low[a](b * lanes);
      auto const* high = &below.high[a](b * lanes);
      level.low[a](b) = *std::min_element(low, low + lanes);
      level.high[a](b) = *std::max_element(high, high + lanes);
    }
  return level;
}

}  // namespace

PointTree make_point_tree(HostExec const& space, HostArray<Place const> places) {
  PointTree tree;
  tree.points = places.size();
  if (tree.points == 0) return tree;
  auto const grid = make_grid(space, places);
  auto const sorted = sort_by_cell(space, places, grid);
  std::vector<std::size_t> first_leaf(grid.cells());
  for (std::size_t c = 0; c < grid.cells(); ++c) {
    first_leaf[c] = tree.leaves;
    tree.leaves += (sorted.begin[c + 1] - sorted.begin[c] + lanes - 1) / lanes;
  }
  tree.near = raw<float>("graph::leaf_near", 3 * tree.leaves * lanes);
  tree.place = raw<Place>("graph::leaf_place", tree.leaves * lanes);
  tree.row = raw<std::uint32_t>("graph::leaf_row", tree.leaves * lanes);
  tree.count = raw<std::uint32_t>("graph::leaf_count", tree.leaves);
  tree.centre = raw<double>("graph::leaf_centre", 3 * tree.leaves);
  tree.half = raw<float>("graph::leaf_half", 3 * tree.leaves);
  tree.levels.push_back(empty_level(tree.leaves));
  Kokkos::parallel_for(
      "graph::split",
      Uneven(space, 0, static_cast<std::int64_t>(grid.cells()), Kokkos::ChunkSize(16)),
      [&](std::int64_t c) {
        auto const cell = static_cast<std::size_t>(c);
        auto const begin = sorted.begin[cell];
        split(tree, places, {sorted.items.data() + begin, sorted.begin[cell + 1] - begin},
              first_leaf[cell]);
      });
  while (tree.levels.back().size() > lanes) tree.levels.push_back(level_above(tree.levels.back()));
  return tree;
}

}  // namespace shearwater::graph
