// SPDX-License-Identifier: BSD-3-Clause
// Galaxies on the ranks that need them, sorted into the cells of a grid that all ranks agree on, or
// by their host halo.
#pragma once

#include <cstdint>
#include <vector>

#include "pair_kernel.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::galaxies {

/// Cells of the box, or of what holds all galaxies. Pairs within the bins are of cells at most
/// `reach` apart along each axis.
struct PairGrid {
  double low[3], width[3];
  double period;  ///< 0 for none
  std::int64_t cells[3], reach[3];
  double radius, height;  ///< of what is searched: a sphere (height 0), or half a cylinder

  std::int64_t cell_of(double x, int axis) const;
  /// Whether cells so far apart can hold a pair within the bins.
  bool may_pair(std::int64_t dx, std::int64_t dy, std::int64_t dz) const;
};

/// Collective over comm: cells of a half or a third of the largest distance, or larger where
/// galaxies are few.
PairGrid make_pair_grid(parallel::Communicator const& comm, PairConfig const& config,
                        PairSample const& first, PairSample const& second);

/// A run of galaxies of one host.
struct PairRange {
  std::size_t begin, end;
};

/// Planes of cells along x, each as columns along z.
struct PairTable {
  PairRows rows;
  std::vector<std::int64_t> slot;  ///< of each plane of the grid; -1 where it is not here
  std::vector<std::size_t> begin;  ///< (slots * cells[1] * cells[2] + 1)
};

/// Collective over comm: every rank gets the galaxies of its share of planes, and of those `below`
/// to `above` planes from one of them.
PairTable gather_planes(parallel::Communicator const& comm, PairGrid const& grid,
                        PairSample const& sample, std::int64_t below, std::int64_t above,
                        bool by_region);

struct HostTable {
  PairRows rows;
  std::vector<std::int64_t> host;  ///< rising
  std::vector<PairRange> range;    ///< of each
};

/// Collective over comm: the galaxies of a host on one rank, the same for all samples.
HostTable gather_hosts(parallel::Communicator const& comm, PairSample const& sample,
                       bool by_region);

}  // namespace shearwater::galaxies
