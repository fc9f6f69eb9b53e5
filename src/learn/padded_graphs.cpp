// SPDX-License-Identifier: BSD-3-Clause
#include "padded_graphs.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t block_nodes = 512;

std::int64_t const* integers(bridge::Batch const& graphs, char const* name) {
  return bridge::host_data<std::int64_t>(graphs.at(name));
}

std::int64_t power_above(std::int64_t value) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(value)));
}

std::int64_t* add_integers(bridge::Batch& batch, char const* name, std::int64_t size) {
  auto array = bridge::allocate(bridge::ElementType::int64, {size});
  return bridge::host_data<std::int64_t>(batch[name] = array);
}

void add_padded_edges(bridge::Batch& batch, bridge::Batch const& graphs, GraphBlock const& block,
                      std::int64_t first_node, std::int64_t used) {
  auto const* begin = integers(graphs, "edge_begin");
  auto const* node = integers(graphs, "edge_node");
  auto const first_edge = begin[first_node];
  auto const last = block.nodes - 1;
  auto* to = add_integers(batch, "edge_begin", block.nodes + 1);
  auto* target = add_integers(batch, "edge_node", block.edges);
  auto const edges = begin[first_node + used] - first_edge;
  for (std::int64_t i = 0; i <= used; ++i) to[i] = begin[first_node + i] - first_edge;
  if (used < block.nodes) {
    std::fill(to + used + 1, to + block.nodes, edges);
    to[block.nodes] = block.edges;
  }
  for (std::int64_t e = 0; e < block.edges; ++e)
    target[e] = e < edges ? node[first_edge + e] - first_node : last;
  auto* reverse = add_integers(batch, "reverse_begin", block.nodes + 1);
  auto* order = add_integers(batch, "reverse_edge", block.edges);
  std::fill_n(reverse, block.nodes + 1, 0);
  for (std::int64_t e = 0; e < block.edges; ++e) ++reverse[target[e] + 1];
  for (std::int64_t i = 0; i < block.nodes; ++i) reverse[i + 1] += reverse[i];
  std::vector<std::int64_t> next(reverse, reverse + block.nodes);
  for (std::int64_t e = 0; e < block.edges; ++e)
    order[next[static_cast<std::size_t>(target[e])]++] = e;
}

}  // namespace

std::vector<GraphBlock> graph_blocks(bridge::Batch const& graphs, std::int64_t edges_per_node) {
  auto const* begin = integers(graphs, "graph_begin");
  auto const* edge = integers(graphs, "edge_begin");
  auto const total = graphs.at("graph_begin").extents[0] - 1;
  auto const block_edges = block_nodes * edges_per_node;
  std::vector<GraphBlock> blocks;
  for (std::int64_t first = 0; first < total;) {
    GraphBlock block{first, 0, block_nodes, block_edges};
    auto const fits = [&](std::int64_t last) {
      return begin[last] - begin[first] < block_nodes &&
             edge[begin[last]] - edge[begin[first]] <= block_edges;
    };
    while (first + block.count < total && fits(first + block.count + 1)) ++block.count;
    if (block.count == 0) {
      block = {first, 1, power_above(begin[first + 1] - begin[first] + 1),
               power_above(edge[begin[first + 1]] - edge[begin[first]])};
      block.nodes = std::max(block.nodes, block_nodes);
      block.edges = std::max(block.edges, block_edges);
    }
    first += block.count;
    blocks.push_back(block);
  }
  return blocks;
}

std::vector<GraphBlock> single_graphs(bridge::Batch const& graphs) {
  auto const* begin = integers(graphs, "graph_begin");
  auto const* edge = integers(graphs, "edge_begin");
  std::vector<GraphBlock> blocks;
  for (std::int64_t g = 0; g + 1 < graphs.at("graph_begin").extents[0]; ++g)
    if (begin[g] < begin[g + 1])
      blocks.push_back({g, 1, begin[g + 1] - begin[g], edge[begin[g + 1]] - edge[begin[g]]});
  return blocks;
}

bridge::Batch padded(bridge::Batch const& graphs, GraphBlock const& block,
                     std::vector<std::string> const& names) {
  auto const* begin = integers(graphs, "graph_begin");
  auto const first = begin[block.first], used = begin[block.first + block.count] - first;
  bridge::Batch batch;
  for (auto const& name : names) {
    auto const& array = graphs.at(name);
    auto extents = array.extents;
    extents[0] = block.nodes;
    auto copy = bridge::allocate(bridge::ElementType::float32, extents);
    auto const width = copy.size() / block.nodes;
    float* to = bridge::host_data<float>(copy);
    std::copy_n(bridge::host_data<float>(array) + first * width, used * width, to);
    std::fill_n(to + used * width, (block.nodes - used) * width, 0.0F);
    if (extents.size() == 3)
      for (auto i = used * width; i < copy.size(); i += 3) to[i] = 1.0F;
    batch.emplace(name, std::move(copy));
  }
  auto* graph_begin = add_integers(batch, "graph_begin", block.count + 2);
  for (std::int64_t g = 0; g <= block.count; ++g) graph_begin[g] = begin[block.first + g] - first;
  graph_begin[block.count + 1] = block.nodes;
  add_padded_edges(batch, graphs, block, first, used);
  return batch;
}

}  // namespace shearwater::learn
