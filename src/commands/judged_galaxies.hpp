// SPDX-License-Identifier: BSD-3-Clause
// Galaxies of a file of graphs as the tests of a generator want them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/galaxies/orientation.hpp"
#include "shearwater/graph/halo_graphs.hpp"
#include "shearwater/inference/orientation_test.hpp"

namespace shearwater::commands {

/// Rows of the graphs of one box that this rank works on: a share of them, in the file's order;
/// `boxes` gives the box of each graph. Throws InputError where the box has none.
std::vector<std::int64_t> graphs_of_box(std::vector<std::int32_t> const& boxes, std::int64_t box,
                                        int rank, int size, std::string const& file);

/// Their galaxies, graph after graph. Throws InputError naming `file` where it lacks what the tests
/// see: the places of the graphs, the inputs log10_host_mass, central and host_major.
inference::OrientedGalaxies judged_galaxies(graph::HaloGraphs const& graphs,
                                            std::vector<std::int64_t> const& rows,
                                            std::string const& file);

/// Major axes (n, 3) that the file holds of them. Throws InputError where it holds none.
std::vector<float> stored_axes(graph::HaloGraphs const& graphs,
                               std::vector<std::int64_t> const& rows, std::string const& file);

/// Draws of their major axes by a model of [orientation].
class TrueAxes {
 public:
  TrueAxes(graph::HaloGraphs const& graphs, std::vector<std::int64_t> const& rows,
           std::string const& file);
  std::vector<float> draw(galaxies::Orienter const& orienter) const;

 private:
  galaxies::HaloBlock halos_;
  galaxies::GalaxyBlock galaxies_;
};

}  // namespace shearwater::commands
