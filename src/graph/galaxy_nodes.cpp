// SPDX-License-Identifier: BSD-3-Clause
#include "galaxy_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "shearwater/core/error.hpp"
#include "shearwater/graph/graph_file.hpp"

namespace shearwater::graph {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Copies row i of a column of `width` numbers, or says that they are not known.
void copy_row(std::vector<double> const& column, std::size_t i, std::size_t width, double* to) {
  for (std::size_t k = 0; k < width; ++k) to[k] = column.empty() ? unknown : column[width * i + k];
}

Node node_of(GalaxyRows const& rows, std::size_t i, std::int64_t box) {
  Node node{{box, rows.host[i]}, rows.id[i], {}, 0, 0, {}, {}, -1};
  copy_row(rows.position, i, 3, node.x);
  copy_row(rows.mass, i, 1, &node.mass);
  copy_row(rows.host_mass, i, 1, &node.host_mass);
  copy_row(rows.axis_ratios, i, 2, node.ratios);
  bool const frame = rows.axes.size() == 9 * rows.id.size();
  std::ranges::fill(node.axes, unknown);
  copy_row(rows.axes, i, frame ? 9 : 3, node.axes);
  if (!rows.central.empty()) node.central = rows.central[i];
  return node;
}

Host host_of(HostRows const& rows, std::size_t i, std::int64_t box) {
  Host host{{box, rows.id[i]}, -1, {}, 0, {}, {}, {}};
  copy_row(rows.position, i, 3, host.x);
  copy_row(rows.mass, i, 1, &host.mass);
  copy_row(rows.axes, i, 9, host.axes);
  copy_row(rows.tidal_values, i, 3, host.tidal_values);
  copy_row(rows.tidal_axes, i, 9, host.tidal_axes);
  if (!rows.central.empty()) host.central = rows.central[i];
  return host;
}

/// Keys of all halos with galaxies, on every rank.
std::vector<HostKey> all_keys(parallel::Communicator const& comm,
                              std::vector<GraphBox> const& mine) {
  std::vector<HostKey> keys;
  for (std::size_t box = 0; box < mine.size(); ++box)
    for (auto const host : mine[box].galaxies.host)
      keys.push_back({static_cast<std::int64_t>(box), host});
  auto const sort = [&] {
    std::ranges::sort(keys);
    auto const rest = std::ranges::unique(keys);
    keys.erase(rest.begin(), rest.end());
  };
  sort();
  keys = comm.all_gather<HostKey>(keys);
  sort();
  return keys;
}

/// Ids that are there twice in a box meet on the rank that they name.
void refuse_repeated_ids(parallel::Communicator const& comm, std::vector<GraphBox> const& mine) {
  std::vector<std::vector<HostKey>> to(static_cast<std::size_t>(comm.size()));
  for (std::size_t box = 0; box < mine.size(); ++box)
    for (auto const id : mine[box].galaxies.id)
      to[static_cast<std::uint64_t>(id) % to.size()].push_back(
          {static_cast<std::int64_t>(box), id});
  auto ids = comm.deliver(to);
  std::ranges::sort(ids);
  comm.together([&] {
    auto const twice = std::ranges::adjacent_find(ids);
    if (twice != ids.end())
      throw core::InputError(fmt::format("{}: galaxy {} is there twice: each id may be there once",
                                         mine[static_cast<std::size_t>(twice->box)].name,
                                         twice->host));
  });
}

}  // namespace

Gathered gather_hosts(parallel::Communicator const& comm, std::vector<GraphBox> const& mine) {
  refuse_repeated_ids(comm, mine);
  auto const keys = all_keys(comm, mine);
  auto const total = std::ssize(keys);
  auto const ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::vector<Node>> nodes(ranks);
  std::vector<std::vector<Host>> hosts(ranks);
  for (std::size_t b = 0; b < mine.size(); ++b) {
    auto const box = static_cast<std::int64_t>(b);
    for (std::size_t i = 0; i < mine[b].galaxies.id.size(); ++i) {
      auto const node = node_of(mine[b].galaxies, i, box);
      auto const at = std::ranges::lower_bound(keys, node.key) - keys.begin();
      nodes[static_cast<std::size_t>(parallel::owner_of(at, total, comm.size()))].push_back(node);
    }
    for (std::size_t i = 0; i < mine[b].hosts.id.size(); ++i) {
      HostKey const key{box, mine[b].hosts.id[i]};
      auto const at = std::ranges::lower_bound(keys, key);
      if (at == keys.end() || *at != key) continue;
      hosts[static_cast<std::size_t>(parallel::owner_of(at - keys.begin(), total, comm.size()))]
          .push_back(host_of(mine[b].hosts, i, box));
    }
  }
  Gathered gathered{comm.deliver(nodes), comm.deliver(hosts)};
  std::ranges::sort(gathered.nodes, [](Node const& a, Node const& b) {
    return a.key != b.key ? a.key < b.key : a.id < b.id;
  });
  std::ranges::sort(gathered.hosts, {}, &Host::key);
  comm.together([&] {
    auto const twice = std::ranges::adjacent_find(gathered.hosts, {}, &Host::key);
    if (twice != gathered.hosts.end())
      throw core::InputError(fmt::format("{}: halo {} is there twice: each id may be there once",
                                         mine[static_cast<std::size_t>(twice->key.box)].name,
                                         twice->key.host));
  });
  return gathered;
}

bool settle_axes(double* axes, int count) {
  auto const product = [&](int i, int j) {
    double sum = 0;
    for (int a = 0; a < 3; ++a) sum += axes[3 * i + a] * axes[3 * j + a];
    return sum;
  };
  for (int i = 0; i < count; ++i) {
    double const length = std::sqrt(product(i, i));
    if (!(std::abs(length - 1) <= axis_tolerance)) return false;
    for (int a = 0; a < 3; ++a) axes[3 * i + a] /= length;
  }
  for (int i = 1; i < count; ++i)
    for (int j = 0; j < i; ++j)
      if (std::abs(product(i, j)) > 0.999 * axis_tolerance) return false;
  return true;
}

}  // namespace shearwater::graph
