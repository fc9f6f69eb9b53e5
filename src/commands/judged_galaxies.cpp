// SPDX-License-Identifier: BSD-3-Clause
#include "judged_galaxies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::commands {

namespace {

/// The column of `name`. Throws InputError where it is missing.
std::size_t column_of(std::vector<std::string> const& names, std::string const& name,
                      std::string const& file) {
  auto const found = std::ranges::find(names, name);
  if (found == names.end())
    throw core::InputError(fmt::format(
        "{}: its graphs have no input '{}', which a test of orientations needs; they have: {}",
        file, name, fmt::join(names, ", ")));
  return static_cast<std::size_t>(found - names.begin());
}

/// Where the inputs of a file stand.
struct Columns {
  graph::HaloGraphs const& graphs;
  std::size_t mass, central, major;

  Columns(graph::HaloGraphs const& all, std::string const& file)
      : graphs(all),
        mass(column_of(all.scalar_names, "log10_host_mass", file)),
        central(column_of(all.scalar_names, "central", file)),
        major(column_of(all.axis_names, "host_major", file)) {}

  float scalar(std::int64_t node, std::size_t column) const {
    return graphs.scalars[static_cast<std::size_t>(node) * graphs.scalar_names.size() + column];
  }
  float const* axis(std::int64_t node, std::size_t column) const {
    return &graphs.axes[3 * (static_cast<std::size_t>(node) * graphs.axis_names.size() + column)];
  }
  bool is_central(std::int64_t node) const { return scalar(node, central) > 0.5F; }
  float const* position(std::int64_t node) const {
    return &graphs.position[3 * static_cast<std::size_t>(node)];
  }
};

struct Nodes {
  std::int64_t first, last;
};
Nodes nodes_of(graph::HaloGraphs const& graphs, std::int64_t row) {
  auto const g = static_cast<std::size_t>(row);
  return {graphs.begin[g], graphs.begin[g + 1]};
}

/// The central node of a graph; -1 where it has none.
std::int64_t central_of(Columns const& columns, Nodes nodes) {
  for (auto node = nodes.first; node < nodes.last; ++node)
    if (columns.is_central(node)) return node;
  return -1;
}

/// From a node to its central; zeros for that one, or where there is none.
std::array<float, 3> direction(Columns const& columns, std::int64_t node, std::int64_t central) {
  std::array<double, 3> step{};
  double square = 0;
  for (std::size_t d = 0; central >= 0 && d < 3; ++d) {
    step[d] = static_cast<double>(columns.position(central)[d]) -
              static_cast<double>(columns.position(node)[d]);
    square += step[d] * step[d];
  }
  double const unit = square > 0 ? 1 / std::sqrt(square) : 0;
  return {static_cast<float>(unit * step[0]), static_cast<float>(unit * step[1]),
          static_cast<float>(unit * step[2])};
}

std::int64_t node_count(graph::HaloGraphs const& graphs, std::vector<std::int64_t> const& rows) {
  std::int64_t count = 0;
  for (auto const row : rows) count += nodes_of(graphs, row).last - nodes_of(graphs, row).first;
  return count;
}

}  // namespace

std::vector<std::int64_t> graphs_of_box(std::vector<std::int32_t> const& boxes, std::int64_t box,
                                        int rank, int size, std::string const& file) {
  std::vector<std::int64_t> all;
  for (std::int64_t row = 0; row < std::ssize(boxes); ++row)
    if (boxes[static_cast<std::size_t>(row)] == box) all.push_back(row);
  if (all.empty())
    throw core::InputError(
        fmt::format("graphs.box = {}: {} has no graph of that box; its boxes go from {} to {}", box,
                    file, *std::ranges::min_element(boxes), *std::ranges::max_element(boxes)));
  auto const share = parallel::share_of(std::ssize(all), rank, size);
  return {all.begin() + share.first, all.begin() + share.first + share.count};
}

inference::OrientedGalaxies judged_galaxies(graph::HaloGraphs const& graphs,
                                            std::vector<std::int64_t> const& rows,
                                            std::string const& file) {
  if (graphs.centre.empty())
    throw core::InputError(
        fmt::format("{}: does not say where its graphs are, which pairs of galaxies need; make it "
                    "again with `shearwater graph`",
                    file));
  Columns const columns(graphs, file);
  inference::OrientedGalaxies result;
  for (auto const row : rows) {
    auto const g = static_cast<std::size_t>(row);
    double const side = graphs.box_sides[static_cast<std::size_t>(graphs.box[g])];
    result.box_side = side;
    auto const nodes = nodes_of(graphs, row);
    auto const central = central_of(columns, nodes);
    for (auto node = nodes.first; node < nodes.last; ++node) {
      result.id.push_back(graphs.id[static_cast<std::size_t>(node)]);
      result.central.push_back(columns.is_central(node) ? 1 : 0);
      result.log10_mass.push_back(columns.scalar(node, columns.mass));
      auto const to_central = direction(columns, node, central);
      for (std::size_t d = 0; d < 3; ++d) {
        double const x = graphs.centre[3 * g + d] + static_cast<double>(columns.position(node)[d]);
        double const inside = x - side * std::floor(x / side);
        result.position.push_back(inside < side ? inside : 0);
        result.host_major.push_back(columns.axis(node, columns.major)[d]);
        result.to_central.push_back(to_central[d]);
      }
    }
  }
  return result;
}

std::vector<float> stored_axes(graph::HaloGraphs const& graphs,
                               std::vector<std::int64_t> const& rows, std::string const& file) {
  bool const frames = !graphs.frames.empty();
  if (!frames && graphs.major.empty())
    throw core::InputError(fmt::format(
        "{}: its galaxies have no axes to compare with; give the model that they were drawn from "
        "as a table [truth], or make the file from galaxies with axes",
        file));
  auto const& values = frames ? graphs.frames : graphs.major;
  std::size_t const width = frames ? 9 : 3;
  std::vector<float> result;
  for (auto const row : rows)
    for (auto node = nodes_of(graphs, row).first; node < nodes_of(graphs, row).last; ++node) {
      auto const* axis = &values[width * static_cast<std::size_t>(node)];
      result.insert(result.end(), axis, axis + 3);
    }
  return result;
}

TrueAxes::TrueAxes(graph::HaloGraphs const& graphs, std::vector<std::int64_t> const& rows,
                   std::string const& file) {
  Columns const columns(graphs, file);
  auto const middle = column_of(graphs.axis_names, "host_middle", file),
             minor = column_of(graphs.axis_names, "host_minor", file);
  auto const halos = std::ssize(rows), count = node_count(graphs, rows);
  std::vector<std::int64_t> id;
  std::vector<std::uint64_t> key;
  std::vector<double> mass;
  std::vector<std::int32_t> halo;
  std::vector<std::uint32_t> number;
  auto const axes =
      Kokkos::View<float***, Kokkos::LayoutRight, HostSpace>("halo axes", halos, 3, 3);
  auto const offset = Kokkos::View<float**, Kokkos::LayoutRight, HostSpace>("offsets", count, 3);
  for (std::size_t h = 0; h < rows.size(); ++h) {
    auto const nodes = nodes_of(graphs, rows[h]);
    auto const central = central_of(columns, nodes);
    id.push_back(graphs.host[static_cast<std::size_t>(rows[h])]);
    key.push_back(static_cast<std::uint64_t>(id.back()));
    bool const empty = nodes.first == nodes.last;
    mass.push_back(
        empty ? 1 : std::pow(10.0, static_cast<double>(columns.scalar(nodes.first, columns.mass))));
    for (std::size_t d = 0; d < 3 && !empty; ++d) {
      axes(h, 0, d) = columns.axis(nodes.first, columns.major)[d];
      axes(h, 1, d) = columns.axis(nodes.first, middle)[d];
      axes(h, 2, d) = columns.axis(nodes.first, minor)[d];
    }
    std::uint32_t satellites = 0;
    for (auto node = nodes.first; node < nodes.last; ++node) {
      for (std::size_t d = 0; central >= 0 && d < 3; ++d)
        offset(halo.size(), d) = columns.position(node)[d] - columns.position(central)[d];
      halo.push_back(static_cast<std::int32_t>(h));
      number.push_back(node == central ? 0 : ++satellites);
    }
  }
  halos_.id = to_device("commands::halo_ids", id);
  halos_.key = to_device("commands::halo_keys", key);
  halos_.mass = to_device("commands::halo_masses", mass);
  // Read by every model; strengths that go with it are refused.
  halos_.radius = to_device("commands::halo_radii", std::vector<float>(rows.size(), 1.0F));
  halos_.axes = Kokkos::create_mirror_view_and_copy(MemorySpace(), axes);
  galaxies_.halo = to_device("commands::hosts", halo);
  galaxies_.number = to_device("commands::numbers", number);
  galaxies_.offset = Kokkos::create_mirror_view_and_copy(MemorySpace(), offset);
  galaxies_.flag = Array1<std::int32_t>("commands::flags", halo.size());
}

std::vector<float> TrueAxes::draw(galaxies::Orienter const& orienter) const {
  auto galaxies = galaxies_;
  orienter.orient(ExecSpace(), halos_, galaxies);
  auto const frames = to_host(galaxies.axes);
  std::vector<float> result;
  for (std::size_t i = 0; i < frames.size(); i += 9)
    result.insert(result.end(), frames.begin() + static_cast<std::ptrdiff_t>(i),
                  frames.begin() + static_cast<std::ptrdiff_t>(i) + 3);
  return result;
}

}  // namespace shearwater::commands
