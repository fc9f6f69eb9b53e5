// SPDX-License-Identifier: BSD-3-Clause
// Files of halo graphs ("halo_graphs"), graph after graph and node after node:
//   /begin (graphs + 1) int64     first node of each graph
//   /host (graphs) int64, /box (graphs) int32, /id (nodes) int64
//   /centre (graphs, 3), /box_sides (boxes) float64 [Mpc/h]
//   /position (nodes, 3) float32  from the graph's centre [Mpc/h]
//   /scalars (nodes, S), /axes (nodes, A, 3) float32: inputs, named by the attribute `names`
//   /frames (nodes, 3, 3) or /major (nodes, 3), /axis_ratios (nodes, 2) float32: labels
//   /values (nodes, V) float32: further labels, named by the attribute `names`
// Datasets of what is not known are left out. Axes are headless: n and -n mean the same.
#pragma once

#include <cstdint>
#include <string>

#include "shearwater/graph/halo_graphs.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::graph {

/// How far from one the length of a stored axis may be, and from zero the product of two of a
/// frame.
inline constexpr double axis_tolerance = 1e-3;

/// Throws InputError naming `what`, the graph or node (counted from `first_graph` and `first_node`)
/// and the remedy when sizes do not fit, a value is not finite, an axis is not of unit length,
/// the axes of a frame are not orthogonal, or ratios are not 1 >= b/a >= c/a > 0.
void check_graphs(HaloGraphs const& graphs, std::string const& what, std::int64_t first_graph = 0,
                  std::int64_t first_node = 0);

/// Collective over comm: `mine` holds this rank's graphs, consecutive in rank order (a rank may
/// have none, and then need not know the names). What one rank knows of its nodes every rank must.
/// Throws as check_graphs and OutputFile do, InputError when there is no graph at all.
void write_graphs(parallel::Communicator const& comm, std::string const& path,
                  HaloGraphs const& mine, core::Provenance const& provenance,
                  io::Existing existing = io::Existing::refuse);

/// Reader; thread-safe, not collective. The index of the graphs stays in memory.
class GraphFileReader {
 public:
  /// Throws InputError when a dataset is missing or of a wrong shape, type or unit, or `begin` does
  /// not rise from 0 to the number of nodes; IoError when the file is missing or damaged.
  explicit GraphFileReader(std::string const& path);
  std::int64_t graphs() const { return static_cast<std::int64_t>(begin_.size()) - 1; }
  std::int64_t nodes() const { return begin_.back(); }
  std::vector<std::int64_t> const& begin() const { return begin_; }
  /// What the file knows, without rows: names of columns, and whether it has a dataset.
  std::vector<std::string> const& scalar_names() const { return scalar_names_; }
  std::vector<std::string> const& axis_names() const { return axis_names_; }
  std::vector<std::string> const& value_names() const { return value_names_; }
  bool knows(std::string const& dataset) const { return file_.contains("/" + dataset); }
  /// Box of every graph, for holding out.
  std::vector<std::int32_t> boxes() const;
  /// Graphs [first, first + count), with `begin` from 0. Throws as check_graphs does.
  HaloGraphs read(std::int64_t first, std::int64_t count) const;
  io::InputFile const& file() const { return file_; }

 private:
  io::InputFile file_;
  std::vector<std::int64_t> begin_;
  std::vector<std::string> scalar_names_, axis_names_, value_names_;
};

/// Graphs [first, first + count) of a file; all from `first` on when count is negative.
HaloGraphs read_graphs(std::string const& path, std::int64_t first = 0, std::int64_t count = -1);

}  // namespace shearwater::graph
