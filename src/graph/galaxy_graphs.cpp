// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/graph/galaxy_graphs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "galaxy_nodes.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::graph {

namespace {

/// Galaxies that cannot be used: how many of each kind, and the first of each on this rank.
struct Faults {
  std::array<std::int64_t, fault_count> count{};
  std::array<Node, fault_count> first{};
  void add(Fault fault, Node const& node) {
    auto const f = static_cast<std::size_t>(fault);
    if (count[f]++ == 0) first[f] = node;
  }
};

std::size_t axis_index(std::string const& name) {
  return name.ends_with("major") ? 0 : name.ends_with("middle") ? 1 : 2;
}

/// Makes the graphs of one rank.
class Maker {
 public:
  Maker(GraphConfig const& config, std::vector<GraphBox> const& boxes, bool knows_hosts,
        bool knows_central)
      : config_(config), boxes_(boxes), knows_hosts_(knows_hosts), knows_central_(knows_central) {
    for (auto const& name : config.scalars)
      if (name == "tidal_eigenvalues")
        for (int i = 1; i <= 3; ++i)
          graphs.scalar_names.push_back(fmt::format("tidal_eigenvalue_{}", i));
      else
        graphs.scalar_names.push_back(name);
    graphs.axis_names = config.axes;
    // Places are known where every box is periodic.
    for (auto const& box : boxes) graphs.box_sides.push_back(box.box_side);
    if (std::ranges::any_of(graphs.box_sides, [](double side) { return !(side > 0); }))
      graphs.box_sides.clear();
  }

  void add_halo(std::span<Node> all, Host* host) {
    std::vector<Node> nodes;
    for (auto& node : all) {
      if (host && node.central < 0 && host->central >= 0) node.central = node.id == host->central;
      if (auto const fault = fault_of(node, host); fault != Fault::count)
        faults.add(fault, node);
      else
        nodes.push_back(node);
    }
    if (nodes.empty()) return;
    if (auto const fault = fault_of_halo(nodes, host); fault != Fault::count) {
      for (auto const& node : nodes) faults.add(fault, node);
      return;
    }
    std::ranges::stable_sort(nodes, std::greater{}, &Node::central);
    std::array<double, 3> centre{};  // a copy: the central galaxy's own place changes below
    std::ranges::copy(config_.centre == "halo" ? host->x : nodes[0].x, centre.begin());
    for (auto& node : nodes)
      for (int a = 0; a < 3; ++a)
        node.x[a] = nearest(node.x[a] - centre[static_cast<std::size_t>(a)], node.key);
    if (std::ssize(nodes) < config_.min_nodes) {
      ++small;
      return;
    }
    if (std::ssize(nodes) > config_.max_nodes) {
      ++large;
      if (config_.too_large == "refuse" && largest.second < std::ssize(nodes))
        largest = {nodes[0].key, std::ssize(nodes)};
      if (config_.too_large != "cut") return;
      cut(nodes);
    }
    for (auto const& node : nodes) add_node(node, host);
    graphs.begin.push_back(std::ssize(graphs.id));
    graphs.host.push_back(nodes[0].key.host);
    graphs.box.push_back(static_cast<std::int32_t>(nodes[0].key.box));
    if (graphs.box_sides.empty()) return;
    // Within a rounding of the box's edge is inside.
    double const side = graphs.box_sides[static_cast<std::size_t>(nodes[0].key.box)];
    for (double const x : centre) graphs.centre.push_back(std::clamp(x, 0.0, side));
  }

  HaloGraphs graphs;
  Faults faults;
  std::int64_t small = 0, large = 0;
  std::pair<HostKey, std::int64_t> largest{{}, 0};

 private:
  double nearest(double d, HostKey const& key) const {
    double const side = boxes_[static_cast<std::size_t>(key.box)].box_side;
    return side > 0 ? d - side * std::round(d / side) : d;
  }

  bool asks(char const* scalar) const {
    return std::ranges::find(config_.scalars, scalar) != config_.scalars.end();
  }

  /// Fault::count for none. Unit vectors are made exactly so.
  Fault fault_of(Node& node, Host const* host) const {
    // A negative host stands for none: such galaxies are not those of one halo.
    if (node.key.host < 0 || (knows_hosts_ && !host)) return Fault::host;
    double const side = boxes_[static_cast<std::size_t>(node.key.box)].box_side;
    for (double const x : node.x)
      if (!std::isfinite(x) || (side > 0 && std::abs(x - 0.5 * side) > 0.5001 * side))
        return Fault::position;
    if (config_.labels != "none" && !settle_axes(node.axes, config_.labels == "frames" ? 3 : 1))
      return Fault::axes;
    auto const q = static_cast<float>(node.ratios[0]), s = static_cast<float>(node.ratios[1]);
    if (config_.axis_ratios && !(s > 0 && s <= q && q <= 1)) return Fault::ratios;
    if (asks("log10_mass") && !(node.mass > 0 && std::isfinite(node.mass))) return Fault::mass;
    return Fault::count;
  }

  double host_mass(Node const& node, Host const* host) const {
    return host && std::isfinite(host->mass) ? host->mass : node.host_mass;
  }

  Fault fault_of_halo(std::vector<Node> const& nodes, Host* host) const {
    double const mass = host_mass(nodes[0], host);
    if (asks("log10_host_mass") && !(mass > 0 && std::isfinite(mass))) return Fault::host_values;
    if (config_.needs_host_axes() && !settle_axes(host->axes, 3)) return Fault::host_values;
    if (config_.needs_tides() && !settle_axes(host->tidal_axes, 3)) return Fault::host_values;
    if (config_.needs_tides() &&
        !std::ranges::all_of(host->tidal_values, [](double v) { return std::isfinite(v); }))
      return Fault::host_values;
    bool const centred =
        !host || std::ranges::all_of(host->x, [](double x) { return std::isfinite(x); });
    if (config_.centre == "halo" && !centred) return Fault::host_values;
    if (!knows_central_) return Fault::count;
    auto const centrals = std::ranges::count(nodes, 1, &Node::central);
    bool const needed = config_.centre == "central" || asks("central");
    return needed && centrals != 1 ? Fault::central : Fault::count;
  }

  /// Keeps those nearest to the centre; equally near ones by id, and all in their order.
  void cut(std::vector<Node>& nodes) const {
    auto const squared = [](Node const& n) {
      return n.x[0] * n.x[0] + n.x[1] * n.x[1] + n.x[2] * n.x[2];
    };
    auto const in_order = [](Node const& a, Node const& b) {
      return a.central != b.central ? a.central > b.central : a.id < b.id;
    };
    std::ranges::sort(nodes, [&](Node const& a, Node const& b) {
      if (a.central != b.central) return a.central > b.central;
      return squared(a) != squared(b) ? squared(a) < squared(b) : a.id < b.id;
    });
    nodes.resize(static_cast<std::size_t>(config_.max_nodes));
    std::ranges::sort(nodes, in_order);
  }

  void add_node(Node const& node, Host const* host) {
    auto const append = [](std::vector<float>& to, double const* values, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) to.push_back(static_cast<float>(values[i]));
    };
    graphs.id.push_back(node.id);
    append(graphs.position, node.x, 3);
    for (auto const& name : config_.scalars) {
      if (name == "tidal_eigenvalues") {
        append(graphs.scalars, host->tidal_values, 3);
        continue;
      }
      double const value = name == "log10_host_mass" ? std::log10(host_mass(node, host))
                           : name == "log10_mass"    ? std::log10(node.mass)
                                                     : node.central;
      append(graphs.scalars, &value, 1);
    }
    for (auto const& name : config_.axes) {
      double const* axes = name.starts_with("host_") ? host->axes : host->tidal_axes;
      append(graphs.axes, axes + 3 * axis_index(name), 3);
    }
    if (config_.labels == "frames") append(graphs.frames, node.axes, 9);
    if (config_.labels == "major") append(graphs.major, node.axes, 3);
    if (config_.axis_ratios) append(graphs.axis_ratios, node.ratios, 2);
  }

  GraphConfig const& config_;
  std::vector<GraphBox> const& boxes_;
  bool knows_hosts_, knows_central_;
};

/// Collective: whether any rank has a column in box b, for a message where none has.
void require_column(parallel::Communicator const& comm, bool here, std::string const& message) {
  if (!comm.any(here)) throw core::InputError(message);
}

void require_columns(parallel::Communicator const& comm, GraphConfig const& config,
                     std::vector<GraphBox> const& mine, bool knows_hosts, bool knows_central) {
  auto const asks = [&](char const* name) {
    return std::ranges::find(config.scalars, name) != config.scalars.end();
  };
  if (!knows_hosts && (config.needs_host_axes() || config.needs_tides() || config.centre == "halo"))
    throw core::InputError(
        "graphs: axes of halos, tides and centre = \"halo\" need a halo catalogue: name one for "
        "each catalogue of galaxies in graphs.halos");
  if (!knows_central && (config.centre == "central" || asks("central")))
    throw core::InputError(
        "graphs: no catalogue says which galaxies are centrals: leave \"central\" out of "
        "graphs.scalars and state centre = \"halo\"");
  for (auto const& box : mine) {
    auto const& g = box.galaxies;
    auto const& h = box.hosts;
    auto const rows = g.id.size();
    auto const need = [&](bool asked, bool here, char const* what, char const* remedy) {
      if (asked)
        require_column(comm, here, fmt::format("{}: holds no {}: {}", box.name, what, remedy));
    };
    if (!comm.any(rows > 0)) throw core::InputError(box.name + ": holds no galaxies");
    need(true, !g.host.empty(), "hosts of galaxies", "graphs are made of the galaxies of halos");
    need(config.labels == "frames", rows > 0 && g.axes.size() == 9 * rows, "three axes of galaxies",
         "name them in [layout] or [columns], or state graphs.labels = \"major\" or \"none\"");
    need(config.labels == "major", !g.axes.empty(), "axes of galaxies",
         "name them in [layout] or [columns], or state graphs.labels = \"none\"");
    need(config.axis_ratios, !g.axis_ratios.empty(), "axis ratios of galaxies",
         "state graphs.axis_ratios = false");
    need(asks("log10_mass"), !g.mass.empty(), "masses of galaxies",
         "leave \"log10_mass\" out of graphs.scalars");
    need(asks("log10_host_mass"), !g.host_mass.empty() || !h.mass.empty(), "masses of halos",
         "leave \"log10_host_mass\" out of graphs.scalars");
    need(config.needs_host_axes(), !h.axes.empty(), "axes of halos",
         "leave \"host_...\" out of graphs.axes");
  }
}

/// Throws, on all ranks, for what this run does not leave out.
void refuse(parallel::Communicator const& comm, GraphConfig const& config, Maker const& maker,
            std::vector<GraphBox> const& boxes, GraphReport const& report) {
  auto const name = [&](HostKey const& key) {
    return boxes[static_cast<std::size_t>(key.box)].name;
  };
  for (std::size_t f = 0; f < fault_count && config.bad_rows == "refuse"; ++f)
    comm.together([&] {
      if (maker.faults.count[f] == 0) return;
      auto const& first = maker.faults.first[f];
      throw core::InputError(fmt::format(
          "{}: {} galaxies {}, such as galaxy {} of halo {}: correct the catalogue, or state "
          "graphs.bad_rows = \"leave_out\"",
          name(first.key), report.faults[f], fault_text(static_cast<Fault>(f)), first.id,
          first.key.host));
    });
  comm.together([&] {
    if (maker.largest.second > 0)
      throw core::InputError(fmt::format(
          "{}: halo {} has {} galaxies, more than graphs.max_nodes = {} ({} such halos): raise it, "
          "or state graphs.too_large = \"cut\" or \"leave_out\"",
          name(maker.largest.first), maker.largest.first.host, maker.largest.second,
          config.max_nodes, report.large_halos));
  });
  if (report.graphs == 0)
    throw core::InputError(
        fmt::format("no graph is left of {} galaxies: {} halos have fewer than graphs.min_nodes = "
                    "{} galaxies and {} more than graphs.max_nodes = {}",
                    report.galaxies, report.small_halos, config.min_nodes, report.large_halos,
                    config.max_nodes));
}

}  // namespace

HaloGraphs make_galaxy_graphs(parallel::Communicator const& comm, GraphConfig const& config,
                              std::vector<GraphBox> const& mine, GraphReport& report) {
  config.check();
  bool hosts_here = false, central_here = false;
  for (auto const& box : mine) {
    hosts_here |= !box.hosts.id.empty();
    central_here |= !box.galaxies.central.empty() || !box.hosts.central.empty();
    report.galaxies += comm.sum(std::ssize(box.galaxies.id));
    report.no_galaxies += comm.sum(box.no_galaxies);
  }
  bool const knows_hosts = comm.any(hosts_here), knows_central = comm.any(central_here);
  require_columns(comm, config, mine, knows_hosts, knows_central);
  auto gathered = gather_hosts(comm, mine);
  Maker maker(config, mine, knows_hosts, knows_central);
  for (std::size_t i = 0, end = 0; i < gathered.nodes.size(); i = end) {
    auto const key = gathered.nodes[i].key;
    while (end < gathered.nodes.size() && gathered.nodes[end].key == key) ++end;
    auto const host = std::ranges::lower_bound(gathered.hosts, key, {}, &Host::key);
    bool const found = host != gathered.hosts.end() && host->key == key;
    maker.add_halo(std::span(gathered.nodes).subspan(i, end - i), found ? &*host : nullptr);
  }
  report.graphs = comm.sum(maker.graphs.graphs());
  report.nodes = comm.sum(maker.graphs.nodes());
  report.small_halos = comm.sum(maker.small);
  report.large_halos = comm.sum(maker.large);
  for (std::size_t f = 0; f < fault_count; ++f) report.faults[f] = comm.sum(maker.faults.count[f]);
  refuse(comm, config, maker, mine, report);
  return std::move(maker.graphs);
}

}  // namespace shearwater::graph
