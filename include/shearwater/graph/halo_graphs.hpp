// SPDX-License-Identifier: BSD-3-Clause
// Graphs of the galaxies (or subhalos) of halos: what a generator of orientations learns from. No
// edge leaves a halo, so a graph is complete in itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shearwater::graph {

/// Graphs one after the other; node n of graph g is row begin[g] + n of the arrays of nodes.
/// What is not known is empty.
struct HaloGraphs {
  std::vector<std::int64_t> begin = {0};  ///< (graphs + 1)
  std::vector<std::int64_t> host;         ///< (graphs) id of the halo
  std::vector<std::int32_t> box;  ///< (graphs) which box it came from, for holding out by box
  std::vector<double> centre;     ///< (graphs, 3) of the graph in its box [Mpc/h]
  std::vector<double> box_sides;  ///< (boxes) periodic [Mpc/h]; with `centre`
  std::vector<std::int64_t> id;   ///< (nodes) of the galaxy
  std::vector<float> position;    ///< (nodes, 3) from the graph's centre [Mpc/h]
  std::vector<std::string> scalar_names;  ///< such as "log10_mass", "central"
  std::vector<float> scalars;             ///< (nodes, scalar_names): inputs
  std::vector<std::string> axis_names;    ///< such as "host_major": headless, n and -n are the same
  std::vector<float> axes;                ///< (nodes, axis_names, 3) unit vectors: inputs
  std::vector<float> frames;              ///< (nodes, 3, 3) label: major, middle, minor axis; or
  std::vector<float> major;               ///< (nodes, 3) label: the major axis alone
  std::vector<float> axis_ratios;         ///< (nodes, 2) label: b/a, c/a
  std::vector<std::string> value_names;   ///< labels that are plain numbers, such as a pixel's
  std::vector<float> values;              ///< (nodes, value_names)

  std::int64_t graphs() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  std::int64_t nodes() const { return begin.back(); }
};

}  // namespace shearwater::graph
