// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/secondary.hpp"

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"

namespace shearwater::galaxies {

namespace {

/// Bins of mass start at 10^8 Msun/h, ten for each decade; what lies beyond is in the outer ones.
std::int64_t mass_bin(double mass, std::int64_t bins) {
  double const place = 10 * (std::log10(mass) - 8);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(place), 0, bins - 1);
}

std::int64_t cell_of(float x, std::int64_t cells) {
  double const y = static_cast<double>(x), place = 0.5 * (1 + y / (1 + std::abs(y)));
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(place * static_cast<double>(cells)), 0,
                                  cells - 1);
}

/// A cell that is not empty.
struct CellCount {
  std::int64_t cell, count;
};

std::vector<CellCount> not_empty(std::vector<std::int64_t> const& counts) {
  std::vector<CellCount> cells;
  for (std::size_t c = 0; c < counts.size(); ++c)
    if (counts[c] > 0) cells.push_back({static_cast<std::int64_t>(c), counts[c]});
  return cells;
}

/// Collective over comm: element by element; most of them are zero, and each rank sums some.
std::vector<std::int64_t> summed(parallel::Communicator const& comm,
                                 std::vector<std::int64_t> const& mine) {
  std::vector<std::vector<CellCount>> to(static_cast<std::size_t>(comm.size()));
  for (auto const& one : not_empty(mine))
    to[static_cast<std::size_t>(parallel::owner_of(one.cell, std::ssize(mine), comm.size()))]
        .push_back(one);
  std::vector<std::int64_t> own(mine.size(), 0), sums(mine.size(), 0);
  for (auto const& [cell, count] : comm.deliver(to)) own[static_cast<std::size_t>(cell)] += count;
  for (auto const& [cell, count] : comm.all_gather<CellCount>(not_empty(own)))
    sums[static_cast<std::size_t>(cell)] = count;
  return sums;
}

}  // namespace

void RankTable::add(HaloBlock const& halos) {
  auto const mass = to_host(halos.mass);
  auto const secondary = to_host(halos.secondary);
  for (std::size_t h = 0; h < secondary.size(); ++h)
    if (mass[h] > 0 && std::isfinite(secondary[h]))
      ++counts_[static_cast<std::size_t>(mass_bin(mass[h], kMasses) * kCells +
                                         cell_of(secondary[h], kCells))];
}

void RankTable::gather(parallel::Communicator const& comm) {
  core::require(ranks_.empty(), "ranks are gathered once");
  counts_ = summed(comm, counts_);
  ranks_.assign(counts_.size(), 0.5F);
  for (std::int64_t m = 0; m < kMasses; ++m) {
    auto const begin = static_cast<std::size_t>(m * kCells);
    std::int64_t total = 0, below = 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(kCells); ++c) total += counts_[begin + c];
    for (std::size_t c = 0; c < static_cast<std::size_t>(kCells) && total > 0; ++c) {
      auto const here = counts_[begin + c];
      ranks_[begin + c] =
          static_cast<float>((static_cast<double>(below) + 0.5 * static_cast<double>(here)) /
                             static_cast<double>(total));
      below += here;
    }
  }
}

void RankTable::set_ranks(HaloBlock& halos) const {
  auto const mass = to_host(halos.mass);
  auto const secondary = to_host(halos.secondary);
  std::vector<float> ranks(mass.size(), 0.5F);
  for (std::size_t h = 0; h < secondary.size(); ++h)
    if (mass[h] > 0 && std::isfinite(secondary[h]))
      ranks[h] = ranks_[static_cast<std::size_t>(mass_bin(mass[h], kMasses) * kCells +
                                                 cell_of(secondary[h], kCells))];
  halos.rank = to_device("galaxies::rank", ranks);
}

}  // namespace shearwater::galaxies
