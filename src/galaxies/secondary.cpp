// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/secondary.hpp"

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/galaxies/counter_random.hpp"
#include "shearwater/parallel/sums.hpp"

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
  parallel::sum(comm, counts_);
  ranks_.assign(counts_.size(), {0, 1});
  for (std::int64_t m = 0; m < kMasses; ++m) {
    auto const begin = static_cast<std::size_t>(m * kCells);
    std::int64_t total = 0, below = 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(kCells); ++c) total += counts_[begin + c];
    for (std::size_t c = 0; c < static_cast<std::size_t>(kCells) && total > 0; ++c) {
      auto const here = counts_[begin + c];
      auto const all = static_cast<double>(total);
      ranks_[begin + c] = {static_cast<double>(below) / all, static_cast<double>(here) / all};
      below += here;
    }
    known_ += total;
  }
}

void RankTable::set_ranks(HaloBlock& halos, std::uint64_t seed) const {
  auto const mass = to_host(halos.mass);
  auto const key = to_host(halos.key);
  auto const secondary = to_host(halos.secondary);
  std::vector<float> ranks(mass.size());
  for (std::size_t h = 0; h < ranks.size(); ++h) {
    // The numbers of galaxies take the draws of galaxy 0.
    Draws draws(seed, core::Purpose::occupation, key[h], 1);
    double const u = uniform32(draws.words().w[0]);
    bool const known = !secondary.empty() && mass[h] > 0 && std::isfinite(secondary[h]);
    auto const cell = known ? ranks_[static_cast<std::size_t>(mass_bin(mass[h], kMasses) * kCells +
                                                              cell_of(secondary[h], kCells))]
                            : Cell{0, 1};
    ranks[h] = static_cast<float>(cell.below + u * cell.share);
  }
  halos.rank = to_device("galaxies::rank", ranks);
}

}  // namespace shearwater::galaxies
