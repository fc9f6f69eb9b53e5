// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/bridge/graph_aggregation.hpp"

#include "shearwater/core/error.hpp"
#include "shearwater/graph/aggregate.hpp"

namespace shearwater::bridge {

namespace {

std::span<std::int64_t const> integers(ArrayRef const& array) {
  if (array.data == nullptr) return {};
  return {host_data<std::int64_t>(array), static_cast<std::size_t>(array.size())};
}

/// Checks the shapes against one another; returns M and F.
graph::Widths widths_of(graph::EdgeOrder const& edges, ArrayRef const& by_edge,
                        ArrayRef const& by_node, ArrayRef const& stack) {
  auto const count = static_cast<std::int64_t>(edges.far.size()), nodes = edges.nodes();
  bool const ranks = by_edge.extents.size() == 2 && by_node.extents.size() == 2;
  core::require(
      ranks && by_edge.extents[0] == count && by_node.extents[0] == nodes &&
          stack.extents == std::vector<std::int64_t>{nodes, by_edge.extents[1], by_node.extents[1]},
      "sums over edges: the arrays do not fit the graph");
  core::require(edges.edge.empty() || edges.edge.size() == edges.far.size(),
                "sums over edges: the lists of edges do not fit");
  return {by_edge.extents[1], by_node.extents[1]};
}

graph::EdgeOrder order_of(EdgeLists const& lists) {
  return {integers(lists.begin), integers(lists.edge), integers(lists.far)};
}

}  // namespace

void sum_neighbours(EdgeLists const& edges, ArrayRef const& weight, ArrayRef const& feature,
                    ArrayRef const& out) {
  auto const order = order_of(edges);
  auto const widths = widths_of(order, weight, feature, out);
  auto const run = [&]<class T>(T /*type*/) {
    graph::sum_neighbours<T>(order, widths, host_data<T>(weight), host_data<T>(feature),
                             host_data<T>(out));
  };
  weight.type == ElementType::float64 ? run(double{}) : run(float{});
}

void collect_neighbours(EdgeLists const& edges, ArrayRef const& weight, ArrayRef const& stack,
                        ArrayRef const& out) {
  auto const order = order_of(edges);
  auto const widths = widths_of(order, weight, out, stack);
  auto const run = [&]<class T>(T /*type*/) {
    graph::collect_neighbours<T>(order, widths, host_data<T>(weight), host_data<T>(stack),
                                 host_data<T>(out));
  };
  weight.type == ElementType::float64 ? run(double{}) : run(float{});
}

void edge_products(EdgeLists const& edges, ArrayRef const& stack, ArrayRef const& feature,
                   ArrayRef const& out) {
  auto const order = order_of(edges);
  auto const widths = widths_of(order, out, feature, stack);
  auto const run = [&]<class T>(T /*type*/) {
    graph::edge_products<T>(order, widths, host_data<T>(stack), host_data<T>(feature),
                            host_data<T>(out));
  };
  stack.type == ElementType::float64 ? run(double{}) : run(float{});
}

}  // namespace shearwater::bridge
