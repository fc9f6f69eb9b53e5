// SPDX-License-Identifier: BSD-3-Clause
// Galaxies and halos on the rank that makes their graph.
#pragma once

#include <compare>

#include "shearwater/graph/galaxy_graphs.hpp"

namespace shearwater::graph {

/// A halo of all boxes.
struct HostKey {
  std::int64_t box = 0, host = 0;
  auto operator<=>(HostKey const&) const = default;
};

/// A galaxy on its way; what is not known is not a number.
struct Node {
  HostKey key;
  std::int64_t id;
  double x[3];
  double mass, host_mass;
  double axes[9];
  double ratios[2];
  std::int32_t central;  ///< -1: not known
};

struct Host {
  HostKey key;
  std::int64_t central;  ///< id; -1: not known
  double x[3];
  double mass;
  double axes[9];
  double tidal_values[3];
  double tidal_axes[9];
};

/// Nodes and hosts by key; nodes of one key by id.
struct Gathered {
  std::vector<Node> nodes;
  std::vector<Host> hosts;
};

/// Collective over comm: each halo and its galaxies on one rank, the halos in order of their keys
/// over the ranks, as many on each. Halos without galaxies are left behind. Throws InputError for
/// ids of galaxies or halos that are there twice in a box.
Gathered gather_hosts(parallel::Communicator const& comm, std::vector<GraphBox> const& mine);

/// Normalises each of `count` vectors; whether they were unit vectors up to axis_tolerance, and at
/// right angles to one another.
bool settle_axes(double* axes, int count);

}  // namespace shearwater::graph
