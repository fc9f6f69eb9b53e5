// SPDX-License-Identifier: BSD-3-Clause
// Ragged batches of halo graphs: contents, order and what is held out.
#include <algorithm>
#include <set>

#include "catch.hpp"
#include "shearwater/bridge/graph_source.hpp"
#include "shearwater/core/error.hpp"

using namespace shearwater;

namespace {

/// Graphs of 1, 2, ... nodes, each scalar and position a function of the node.
graph::HaloGraphs some_graphs(std::int64_t total) {
  graph::HaloGraphs graphs;
  graphs.scalar_names = {"log10_mass", "central"};
  graphs.axis_names = {"host_major"};
  for (std::int64_t g = 0; g < total; ++g) {
    auto const nodes = 1 + (g * 7) % 5;
    for (std::int64_t i = 0; i < nodes; ++i) {
      auto const row = static_cast<float>(graphs.id.size());
      graphs.id.push_back(1000 + static_cast<std::int64_t>(row));
      graphs.position.insert(graphs.position.end(), {row, 0.5F * row * row, 1.0F});
      graphs.scalars.insert(graphs.scalars.end(), {row, i == 0 ? 1.0F : 0.0F});
      graphs.axes.insert(graphs.axes.end(), {0, 0, 1});
      graphs.major.insert(graphs.major.end(), {1, 0, 0});
    }
    graphs.begin.push_back(graphs.begin.back() + nodes);
    graphs.host.push_back(g);
    graphs.box.push_back(static_cast<std::int32_t>(g % 4));
  }
  return graphs;
}

std::int64_t nodes_of(bridge::GraphSource const& source, std::int64_t example) {
  auto const g = static_cast<std::size_t>(source.graph_of(example));
  return source.graphs().begin[g + 1] - source.graphs().begin[g];
}

}  // namespace

TEST_CASE("a ragged batch holds the rows of its graphs and edges inside them") {
  bridge::GraphSource const source(some_graphs(40), {}, 8, 3);
  std::vector<std::int64_t> const which = {11, 2, 39};
  auto const batch = source.pick(which);
  auto const* begin = bridge::host_data<std::int64_t>(batch.at("graph_begin"));
  auto const* row = bridge::host_data<std::int64_t>(batch.at("row"));
  auto const* id = bridge::host_data<std::int64_t>(batch.at("id"));
  auto const* scalars = bridge::host_data<float>(batch.at("scalars"));
  auto const* edge_begin = bridge::host_data<std::int64_t>(batch.at("edge_begin"));
  auto const* edge_node = bridge::host_data<std::int64_t>(batch.at("edge_node"));
  auto const* reverse_begin = bridge::host_data<std::int64_t>(batch.at("reverse_begin"));
  auto const* reverse_edge = bridge::host_data<std::int64_t>(batch.at("reverse_edge"));
  REQUIRE(bridge::graph_count(batch) == 3);
  CHECK_FALSE(batch.contains("frames"));
  CHECK(batch.at("axes").extents == std::vector<std::int64_t>{begin[3], 1, 3});
  for (std::size_t g = 0; g < 3; ++g) {
    CHECK(begin[g + 1] - begin[g] == nodes_of(source, which[g]));
    for (auto i = begin[g]; i < begin[g + 1]; ++i) {
      CHECK(id[i] == 1000 + row[i]);
      CHECK(scalars[2 * i] == static_cast<float>(row[i]));
      CHECK(edge_begin[i + 1] - edge_begin[i] == begin[g + 1] - begin[g] - 1);
      for (auto e = edge_begin[i]; e < edge_begin[i + 1]; ++e)
        CHECK((edge_node[e] >= begin[g] && edge_node[e] < begin[g + 1] && edge_node[e] != i));
      for (auto e = reverse_begin[i]; e < reverse_begin[i + 1]; ++e)
        CHECK(edge_node[reverse_edge[e]] == i);
    }
  }
  auto const alone = source.examples(11, 1);
  CHECK(bridge::host_data<std::int64_t>(alone.at("row"))[0] == row[0]);
}

TEST_CASE("held-out graphs come first, and the others by falling size, each once") {
  bridge::GraphSource const source(some_graphs(40), {}, 8, 3);
  std::set<std::int64_t> seen;
  for (std::int64_t example = 0; example < source.size(); ++example) {
    seen.insert(source.graph_of(example));
    if (example > 8) CHECK(nodes_of(source, example) <= nodes_of(source, example - 1));
  }
  CHECK(seen.size() == 40);
  bridge::GraphSource const other(some_graphs(40), {}, 8, 4);
  bool differs = false;
  for (std::int64_t example = 0; example < 8; ++example)
    differs = differs || other.graph_of(example) != source.graph_of(example);
  CHECK(differs);
}

TEST_CASE("held-out boxes stay out of the training") {
  bridge::GraphsConfig config;
  config.held_out_boxes = {2};
  bridge::GraphSource const source(some_graphs(40), config, 6, 3);
  CHECK(source.size() == 6 + 30);
  for (std::int64_t example = 0; example < source.size(); ++example)
    CHECK((source.graph_of(example) % 4 == 2) == (example < 6));
  CHECK_THROWS_AS(bridge::GraphSource(some_graphs(40), config, 11, 3), core::InputError);
  config.held_out_boxes = {9};
  CHECK_THROWS_AS(bridge::GraphSource(some_graphs(40), config, 6, 3), core::InputError);
  CHECK_THROWS_AS(bridge::GraphSource({}, {}, 0, 3), core::InputError);
}
