// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/pair_sums.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "host_workers.hpp"
#include "pair_checks.hpp"
#include "pair_table.hpp"
#include "whole_sums.hpp"

namespace shearwater::galaxies {

namespace {

/// Galaxies of neighbouring cells that lie one after another.
struct Run {
  std::size_t begin, end;
  double shift[3];
};

/// Cells along an axis that are `offset` from `home`, and by how much their galaxies are to be
/// moved; false beyond the edge of what has no period.
bool cell_at(PairGrid const& grid, int axis, std::int64_t home, std::int64_t offset,
             std::int64_t& cell, double& shift) {
  std::int64_t const n = grid.cells[axis];
  std::int64_t turns = 0;
  cell = home + offset;
  for (; cell < 0; cell += n) --turns;
  for (; cell >= n; cell -= n) ++turns;
  shift = static_cast<double>(turns) * grid.period;
  return turns == 0 || grid.period > 0;
}

/// Appends the runs of a column of cells, from cell + low to cell + high along z.
void add_column(PairGrid const& grid, PairTable const& table, std::size_t first_of_column,
                std::int64_t z, std::int64_t low, std::int64_t high, double const* shift,
                std::vector<Run>& runs) {
  for (std::int64_t o = low; o <= high;) {
    std::int64_t cell;
    double along;
    if (!cell_at(grid, 2, z, o, cell, along)) {
      ++o;
      continue;
    }
    std::int64_t const many = std::min(high - o, grid.cells[2] - 1 - cell) + 1;
    auto const begin = table.begin[first_of_column + static_cast<std::size_t>(cell)],
               end = table.begin[first_of_column + static_cast<std::size_t>(cell + many)];
    if (begin < end) runs.push_back({begin, end, {shift[0], shift[1], along}});
    o += many;
  }
}

/// How far along z the cells of a column so far away are to be looked at; -1: not at all.
std::int64_t height_of(PairGrid const& grid, std::int64_t dx, std::int64_t dy) {
  std::int64_t z = grid.reach[2];
  while (z >= 0 && !grid.may_pair(dx, dy, z)) --z;
  return z;
}

struct Cells {
  PairGrid const& grid;
  PairTable const& home;
  PairTable const& others;
  bool both;
  std::int64_t first_plane;

  std::size_t count(std::int64_t planes) const {
    return static_cast<std::size_t>(planes * grid.cells[1] * grid.cells[2]);
  }

  /// The galaxies of a cell of this rank's planes.
  PairRange range(std::size_t cell) const {
    auto const column = static_cast<std::size_t>(grid.cells[1] * grid.cells[2]);
    auto const plane = first_plane + static_cast<std::int64_t>(cell / column);
    std::size_t const at =
        static_cast<std::size_t>(home.slot[static_cast<std::size_t>(plane)]) * column +
        cell % column;
    return {home.begin[at], home.begin[at + 1]};
  }

  /// Runs beside a cell; those of its own column from itself on come first when pairs stand for
  /// both orders.
  void find_runs(std::size_t cell, std::vector<Run>& runs) const {
    runs.clear();
    auto const ny = grid.cells[1], nz = grid.cells[2];
    auto const index = static_cast<std::int64_t>(cell);
    std::int64_t const at[3] = {first_plane + index / (ny * nz), index / nz % ny, index % nz};
    for (std::int64_t dx = both ? 0 : -grid.reach[0]; dx <= grid.reach[0]; ++dx) {
      std::int64_t plane, row;
      double shift[3] = {0, 0, 0};
      if (!cell_at(grid, 0, at[0], dx, plane, shift[0])) continue;
      auto const slot = others.slot[static_cast<std::size_t>(plane)];
      for (std::int64_t dy = both && dx == 0 ? 0 : -grid.reach[1]; dy <= grid.reach[1]; ++dy) {
        if (!cell_at(grid, 1, at[1], dy, row, shift[1])) continue;
        std::int64_t const height = height_of(grid, dx, dy);
        bool const own = both && dx == 0 && dy == 0;
        if (height >= 0)
          add_column(grid, others, static_cast<std::size_t>((slot * ny + row) * nz), at[2],
                     own ? 0 : -height, height, shift, runs);
      }
    }
  }
};

/// Galaxies from `begin` on that have the region of the first.
std::size_t same_region(PairRows const& rows, std::size_t begin, std::size_t end) {
  if (rows.region.empty()) return end;
  std::size_t i = begin;
  while (i < end && rows.region[i] == rows.region[begin]) ++i;
  return i;
}

/// Calls pairs(i, sums) for the galaxies of a range and adds what they give, region by region.
template <class Pairs>
void add_range(PairRows const& rows, PairRange range, BlockSums& sums, WholeSums& totals,
               Pairs const& pairs) {
  for (std::size_t begin = range.begin; begin < range.end;) {
    std::size_t const end = same_region(rows, begin, range.end);
    sums.clear();
    for (std::size_t i = begin; i < end; ++i) pairs(i, sums);
    totals.add(rows.region.empty() ? 0 : rows.region[begin], sums);
    begin = end;
  }
}

/// Collective over comm: all pieces of all ranks, with pauses in which no thread works.
void run_with_pauses(
    parallel::Communicator const& comm, PairConfig const& config, std::size_t count,
    std::function<void(std::size_t, std::function<std::size_t()> const&)> const& work) {
  Pieces pieces(count);
  double const seconds =
      config.pause ? config.pause_seconds : std::numeric_limits<double>::infinity();
  for (;;) {
    run_workers(pieces, seconds, work);
    if (!config.pause || !comm.any(pieces.any())) return;
    config.pause();
  }
}

struct Setting {
  PairLimits limits;
  Scale scale;
  bool both, weighted, by_region;
};

Setting make_setting(parallel::Communicator const& comm, PairConfig const& config,
                     PairSample const& first, PairSample const* second) {
  PairSample const& other = second == nullptr ? first : *second;
  comm.together([&] {
    check_config(config);
    check_sample(config, first, "first");
    check_sample(config, other, "second");
  });
  return {PairLimits(config), scale_of(comm, first, other), second == nullptr,
          comm.any(!first.weight.empty() || !other.weight.empty()), config.regions > 1};
}

}  // namespace

PairSums sum_pairs(parallel::Communicator const& comm, PairConfig const& config,
                   PairSample const& first, PairSample const* second) {
  auto const setting = make_setting(comm, config, first, second);
  bool const both = setting.both;
  auto const grid = make_pair_grid(comm, config, first, both ? first : *second);
  auto const home =
      gather_planes(comm, grid, first, 0, both ? grid.reach[0] : 0, setting.by_region);
  PairTable apart;
  if (!both)
    apart = gather_planes(comm, grid, *second, grid.reach[0], grid.reach[0], setting.by_region);
  auto const share = parallel::share_of(grid.cells[0], comm.rank(), comm.size());
  Cells const cells{grid, home, both ? home : apart, both, share.first};
  std::vector<WholeSums> totals(worker_count(), WholeSums(config, setting.scale, both));
  std::size_t const count = cells.count(share.count);
  constexpr std::size_t crowd = 64;
  std::size_t const piece = home.rows.x[0].size() > crowd * count ? 1 : 16;
  std::size_t const pieces = (count + piece - 1) / piece;
  run_with_pauses(comm, config, pieces, [&](std::size_t worker, auto const& next) {
    PairKernel kernel(setting.limits, both, setting.weighted);
    BlockSums sums(setting.limits.bins());
    std::vector<Run> runs;
    for (std::size_t p = next(); p * piece < count; p = next())
      for (std::size_t c = p * piece; c < std::min(count, (p + 1) * piece); ++c) {
        auto const range = cells.range(c);
        if (range.begin == range.end) continue;
        cells.find_runs(c, runs);
        add_range(home.rows, range, sums, totals[worker], [&](std::size_t i, BlockSums& into) {
          for (std::size_t r = 0; r < runs.size(); ++r)
            // Of its own column a galaxy takes those behind it.
            kernel.add(home.rows, i, cells.others.rows, both && r == 0 ? i + 1 : runs[r].begin,
                       runs[r].end, runs[r].shift, into);
          kernel.finish(home.rows, i, cells.others.rows, into);
        });
      }
  });
  return gather_sums(comm, config, both, totals);
}

PairSums sum_pairs_in_hosts(parallel::Communicator const& comm, PairConfig const& config,
                            PairSample const& first, PairSample const* second) {
  auto const setting = make_setting(comm, config, first, second);
  bool const both = setting.both;
  comm.together([&] {
    check_hosts(first);
    if (!both) check_hosts(*second);
  });
  auto const home = gather_hosts(comm, first, setting.by_region);
  HostTable apart;
  if (!both) apart = gather_hosts(comm, *second, setting.by_region);
  auto const& others = both ? home : apart;
  std::vector<WholeSums> totals(worker_count(), WholeSums(config, setting.scale, both));
  run_with_pauses(comm, config, home.host.size(), [&](std::size_t worker, auto const& next) {
    PairKernel kernel(setting.limits, both, setting.weighted);
    BlockSums sums(setting.limits.bins());
    for (std::size_t h = next(); h < home.host.size(); h = next()) {
      auto const found = std::ranges::lower_bound(others.host, home.host[h]);
      if (found == others.host.end() || *found != home.host[h]) continue;
      auto const beside = others.range[static_cast<std::size_t>(found - others.host.begin())];
      add_range(home.rows, home.range[h], sums, totals[worker],
                [&](std::size_t i, BlockSums& into) {
                  kernel.add(home.rows, i, others.rows, both ? i + 1 : beside.begin, beside.end,
                             nullptr, into);
                  kernel.finish(home.rows, i, others.rows, into);
                });
    }
  });
  return gather_sums(comm, config, both, totals);
}

PairSums difference(PairSums const& all, PairSums const& part) {
  PairSums rest = all;
  auto const take = [](std::vector<double>& from, std::vector<double> const& what) {
    for (std::size_t i = 0; i < from.size(); ++i) from[i] -= what[i];
  };
  take(rest.total, part.total);
  take(rest.inside, part.inside);
  take(rest.across, part.across);
  return rest;
}

std::vector<double> PairConfig::depth_edges() const {
  std::vector<double> result;
  for (std::int64_t d = 0; d <= pi_bins; ++d)
    result.push_back(pi_max * static_cast<double>(d) / static_cast<double>(pi_bins));
  return result;
}

PairSums over_depth(PairSums const& sums, std::int64_t pi_bins) {
  PairSums result = sums;
  result.bins = sums.bins / pi_bins;
  auto const depths = static_cast<std::size_t>(pi_bins);
  auto const add = [&](std::vector<double> const& from, std::vector<double>& to) {
    to.assign(from.size() / depths, 0.0);
    for (std::size_t v = 0; v < from.size(); ++v) to[v / depths] += from[v];
  };
  add(sums.total, result.total);
  add(sums.inside, result.inside);
  add(sums.across, result.across);
  return result;
}

std::vector<double> logarithmic_edges(double low, double high, std::int64_t bins) {
  std::vector<double> edges;
  for (std::int64_t b = 0; b <= bins; ++b)
    edges.push_back(low * std::pow(high / low, static_cast<double>(b) / static_cast<double>(bins)));
  edges.back() = high;
  return edges;
}

}  // namespace shearwater::galaxies
