// SPDX-License-Identifier: BSD-3-Clause
#include "pair_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "shearwater/core/error.hpp"

namespace shearwater::galaxies {

namespace {

/// What travels of a galaxy.
struct Row {
  double x[3], mark[3], weight;
  std::int64_t id, key;  ///< cell or host
  std::int32_t region, none = 0;
};

Row row_of(PairSample const& sample, std::size_t i) {
  Row row{};
  for (std::size_t a = 0; a < 3; ++a) {
    row.x[a] = sample.position[3 * i + a];
    if (!sample.mark.empty()) row.mark[a] = sample.mark[3 * i + a];
  }
  row.weight = sample.weight.empty() ? 1.0 : sample.weight[i];
  row.id = sample.id[i];
  if (!sample.region.empty()) row.region = sample.region[i];
  return row;
}

/// Columns that no galaxy of any rank has are left empty: the kernel skips them.
PairRows columns_of(std::vector<Row> const& rows, bool marks, bool weights, bool regions) {
  PairRows columns;
  std::size_t const n = rows.size();
  if (weights) columns.weight.resize(n);
  if (regions) columns.region.resize(n);
  for (std::size_t a = 0; a < 3; ++a) {
    columns.x[a].resize(n);
    if (marks) columns.mark[a].resize(n);
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (weights) columns.weight[i] = rows[i].weight;
    if (regions) columns.region[i] = rows[i].region;
    for (std::size_t a = 0; a < 3; ++a) {
      columns.x[a][i] = rows[i].x[a];
      if (marks) columns.mark[a][i] = rows[i].mark[a];
    }
  }
  return columns;
}

PairRows columns_of(parallel::Communicator const& comm, PairSample const& sample,
                    std::vector<Row> const& rows, bool by_region) {
  return columns_of(rows, comm.any(!sample.mark.empty()), comm.any(!sample.weight.empty()),
                    by_region);
}

/// Rows are numbered by 32 bits in the kernel.
void check_rows(parallel::Communicator const& comm, std::size_t rows) {
  constexpr std::int64_t most = 0xffffffff;
  if (auto const largest = comm.max(static_cast<std::int64_t>(rows)); largest > most)
    throw core::InputError(
        fmt::format("a rank would hold {} galaxies, more than {}: use more ranks, or a smaller "
                    "largest distance",
                    largest, most));
}

std::int64_t wrapped(std::int64_t i, std::int64_t n) { return ((i % n) + n) % n; }

/// Ranks that need a plane.
std::vector<int> ranks_of_plane(parallel::Communicator const& comm, PairGrid const& grid,
                                std::int64_t plane, std::int64_t below, std::int64_t above) {
  std::vector<int> ranks;
  for (std::int64_t o = -below; o <= above; ++o) {
    std::int64_t home = plane - o;
    if (grid.period > 0) home = wrapped(home, grid.cells[0]);
    if (home < 0 || home >= grid.cells[0]) continue;
    ranks.push_back(parallel::owner_of(home, grid.cells[0], comm.size()));
  }
  std::ranges::sort(ranks);
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  return ranks;
}

/// At most `most`: beyond there are no cells.
std::int64_t reach_of(double distance, double width, std::int64_t most) {
  std::int64_t reach = 1;
  // A place may be rounded to the cell beside its own.
  while (reach < most && static_cast<double>(reach) * width * (1 - 1e-9) < distance) ++reach;
  return reach;
}

}  // namespace

std::int64_t PairGrid::cell_of(double x, int axis) const {
  auto const cell = static_cast<std::int64_t>((x - low[axis]) / width[axis]);
  return std::clamp<std::int64_t>(cell, 0, cells[axis] - 1);
}

bool PairGrid::may_pair(std::int64_t dx, std::int64_t dy, std::int64_t dz) const {
  auto const gap = [&](std::int64_t d, int axis) {
    return static_cast<double>(std::max<std::int64_t>(std::abs(d) - 1, 0)) * width[axis] *
           (1 - 1e-9);
  };
  double const x = gap(dx, 0), y = gap(dy, 1), z = gap(dz, 2);
  if (height > 0) return x * x + y * y < radius * radius && z < height;
  return x * x + y * y + z * z < radius * radius;
}

PairGrid make_pair_grid(parallel::Communicator const& comm, PairConfig const& config,
                        PairSample const& first, PairSample const& second) {
  PairGrid grid{};
  grid.period = config.box_side;
  grid.radius = config.edges.back();
  if (config.geometry == PairGeometry::cone)
    grid.radius = std::hypot(grid.radius, config.pi_max) * (1 + 1e-9);
  grid.height = config.geometry == PairGeometry::projected ? config.pi_max : 0.0;
  auto const total = static_cast<double>(comm.sum(second.size()));
  double extent[3], density = total;
  double const reach[3] = {grid.radius, grid.radius, grid.height > 0 ? grid.height : grid.radius};
  for (int a = 0; a < 3; ++a) {
    double low = 0, high = config.box_side;
    if (config.box_side == 0) {
      low = std::numeric_limits<double>::max(), high = -low;
      for (auto const* sample : {&first, &second})
        for (std::size_t i = 0; i < static_cast<std::size_t>(sample->size()); ++i) {
          low = std::min(low, sample->position[3 * i + static_cast<std::size_t>(a)]);
          high = std::max(high, sample->position[3 * i + static_cast<std::size_t>(a)]);
        }
      low = -comm.max(-low), high = comm.max(high);
    }
    grid.low[a] = low;
    extent[a] = high > low ? high - low : reach[a];
    density *= std::min(1.0, reach[a] / extent[a]);
  }
  // `density` is how many a box of the largest distances holds. Small cells waste fewer looks,
  // large ones have longer runs.
  double const parts = density < 30 ? 1 : density < 2000 ? 2 : 3;
  // Where all are near each other, cells are what work is shared by, and a rank is asked to stop
  // between them.
  constexpr double crowd = 2000;
  double const fewest = std::ceil(std::cbrt(total / crowd)),
               most = std::ceil(std::cbrt(2 * total)) + 1;
  for (int a = 0; a < 3; ++a) {
    double const wanted = std::floor(extent[a] * parts / std::min(reach[a], extent[a]));
    grid.cells[a] = static_cast<std::int64_t>(std::clamp(std::max(wanted, fewest), 1.0, most));
    grid.width[a] = extent[a] / static_cast<double>(grid.cells[a]);
    // In a box they go round, and distances end at half of it.
    grid.reach[a] = reach_of(reach[a], grid.width[a], grid.cells[a]);
  }
  return grid;
}

PairTable gather_planes(parallel::Communicator const& comm, PairGrid const& grid,
                        PairSample const& sample, std::int64_t below, std::int64_t above,
                        bool by_region) {
  std::vector<std::vector<int>> ranks;
  for (std::int64_t plane = 0; plane < grid.cells[0]; ++plane)
    ranks.push_back(ranks_of_plane(comm, grid, plane, below, above));
  std::vector<std::vector<Row>> to(static_cast<std::size_t>(comm.size()));
  for (std::size_t i = 0; i < static_cast<std::size_t>(sample.size()); ++i) {
    auto row = row_of(sample, i);
    std::int64_t const plane = grid.cell_of(row.x[0], 0);
    row.key = (plane * grid.cells[1] + grid.cell_of(row.x[1], 1)) * grid.cells[2] +
              grid.cell_of(row.x[2], 2);
    for (int const rank : ranks[static_cast<std::size_t>(plane)])
      to[static_cast<std::size_t>(rank)].push_back(row);
  }
  auto rows = comm.deliver(to);
  to.clear();
  check_rows(comm, rows.size());
  std::int64_t const column = grid.cells[1] * grid.cells[2];
  PairTable table;
  std::int64_t slots = 0;
  for (auto const& needed : ranks)
    table.slot.push_back(std::ranges::count(needed, comm.rank()) > 0 ? slots++ : -1);
  // Counted, placed, and put in order within each cell.
  table.begin.assign(static_cast<std::size_t>(slots * column + 1), 0);
  auto const local = [&](Row const& row) {
    return static_cast<std::size_t>(
        table.slot[static_cast<std::size_t>(row.key / column)] * column + row.key % column);
  };
  for (auto const& row : rows) ++table.begin[local(row) + 1];
  for (std::size_t c = 1; c < table.begin.size(); ++c) table.begin[c] += table.begin[c - 1];
  std::vector<Row> sorted(rows.size());
  auto place = table.begin;
  for (auto const& row : rows) sorted[place[local(row)]++] = row;
  for (std::size_t c = 0; c + 1 < table.begin.size(); ++c)
    std::sort(sorted.begin() + static_cast<std::ptrdiff_t>(table.begin[c]),
              sorted.begin() + static_cast<std::ptrdiff_t>(table.begin[c + 1]),
              [](Row const& a, Row const& b) {
                return std::tie(a.region, a.id) < std::tie(b.region, b.id);
              });
  table.rows = columns_of(comm, sample, sorted, by_region);
  return table;
}

HostTable gather_hosts(parallel::Communicator const& comm, PairSample const& sample,
                       bool by_region) {
  std::vector<std::vector<Row>> to(static_cast<std::size_t>(comm.size()));
  for (std::size_t i = 0; i < static_cast<std::size_t>(sample.size()); ++i) {
    auto row = row_of(sample, i);
    row.key = sample.host[i];
    // Neighbouring numbers go to different ranks.
    auto const mixed = static_cast<std::uint64_t>(row.key) * 0x9e3779b97f4a7c15U;
    to[(mixed >> 32) % static_cast<std::uint64_t>(comm.size())].push_back(row);
  }
  auto rows = comm.deliver(to);
  check_rows(comm, rows.size());
  std::ranges::sort(rows, [](Row const& a, Row const& b) {
    return std::tie(a.key, a.region, a.id) < std::tie(b.key, b.region, b.id);
  });
  HostTable table;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (table.host.empty() || table.host.back() != rows[i].key) {
      table.host.push_back(rows[i].key);
      table.range.push_back({i, i});
    }
    table.range.back().end = i + 1;
  }
  table.rows = columns_of(comm, sample, rows, by_region);
  return table;
}

}  // namespace shearwater::galaxies
