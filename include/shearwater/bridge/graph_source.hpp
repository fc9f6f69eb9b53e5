// SPDX-License-Identifier: BSD-3-Clause
// Examples from a file of halo graphs: one example is one graph, and a batch is ragged.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/core/config.hpp"
#include "shearwater/graph/halo_graphs.hpp"

namespace shearwater::bridge {

/// The table [graphs].
struct GraphsConfig {
  std::string file;
  std::int64_t neighbours = 8;
  std::vector<std::int64_t> held_out_boxes;
  void describe(core::Fields& field);
};

/// What the nodes of graphs hold; lists are empty and flags false for what is not known.
struct GraphShape {
  std::vector<std::string> scalar_names, axis_names, value_names;
  bool frames = false, major = false, axis_ratios = false;
  std::int64_t neighbours = 0;    ///< of each node; 0: all of its graph
  double nodes_per_graph = 0;     ///< mean over the graphs that are trained on
  double held_out_nodes = 0;      ///< mean over those held out, nodes in each
  std::vector<double> low, high;  ///< smallest and largest of each scalar there
};

/// What a file of graphs holds, without reading its rows.
struct GraphFileFacts {
  GraphShape shape;  ///< without ranges
  std::int64_t graphs = 0, nodes = 0;
  double bytes_per_node = 0;  ///< in memory
};
/// Throws as graph::GraphFileReader does.
GraphFileFacts graph_file_facts(std::string const& path);

/// Graphs [which] of `graphs` as a ragged batch; nodes of graph g are [graph_begin[g],
/// graph_begin[g + 1]):
///   "graph_begin" (g + 1) int64, "host" (g) int64 where known, "id" (n) int64 of the galaxies,
///   "row" (n) int64 of `graphs`, "positions" (n, 3), "scalars" (n, S), "axes" (n, A, 3), and of
///   the labels those that are known: "frames" (n, 3, 3), "major" (n, 3), "axis_ratios" (n, 2),
///   "values" (n, V), float32; the edges of add_edges().
Batch graph_batch(graph::HaloGraphs const& graphs, std::span<std::int64_t const> which,
                  std::int64_t neighbours);

/// Adds the edges from each node to its `neighbours` nearest (0: all) of the same graph, as
/// graph::halo_edges makes them: "edge_begin" (n + 1), "edge_node" (E), and by the node that they
/// end at "reverse_begin" (n + 1), "reverse_edge" (E); int64, counted within the batch.
void add_edges(Batch& batch, std::int64_t neighbours);

/// Number of graphs of a ragged batch.
std::int64_t graph_count(Batch const& batch);

/// Graphs in memory as examples. The order is fixed by (graphs, config, seed, held_out): first the
/// held-out ones, drawn at random (core::Purpose::hold_out), from `held_out_boxes` alone where
/// boxes are named, whose other graphs are then left out; after them those to train on, the largest
/// first. A trainer deals such examples out so that every shard holds graphs of all sizes (learn's
/// DealtShards), and none is dominated by the largest ones.
class GraphSource : public ExampleSource {
 public:
  /// Throws InputError when there are no scalars, axes or values to learn from, a named box is not
  /// there, or fewer than `held_out` graphs can be held out.
  GraphSource(graph::HaloGraphs graphs, GraphsConfig const& config, std::int64_t held_out,
              std::uint64_t seed);

  ExampleShape shape() const override { return {}; }
  std::int64_t size() const override { return static_cast<std::int64_t>(order_.size()); }
  ExampleCost cost() const override;
  Batch examples(std::uint64_t first, std::int64_t count) const override;
  bool ragged() const override { return true; }
  Batch pick(std::span<std::int64_t const> which) const override;

  GraphShape const& graph_shape() const { return shape_; }
  graph::HaloGraphs const& graphs() const { return graphs_; }
  /// Row of `graphs()` of example i.
  std::int64_t graph_of(std::int64_t example) const {
    return order_[static_cast<std::size_t>(example)];
  }

 private:
  void set_order(GraphsConfig const& config, std::int64_t held_out, std::uint64_t seed);
  void set_shape(std::int64_t held_out);

  graph::HaloGraphs graphs_;
  GraphShape shape_;
  std::vector<std::int64_t> order_;
};

}  // namespace shearwater::bridge
