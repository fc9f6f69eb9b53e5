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

/// Checks the shapes against one another; returns M and F. `near` has a row for each node of the
/// lists, `by_node` and `stack` have M and F columns.
graph::Widths widths_of(graph::EdgeOrder const& edges, ArrayRef const& by_edge,
                        ArrayRef const& by_node, ArrayRef const& stack, ArrayRef const& near) {
  auto const count = static_cast<std::int64_t>(edges.far.size());
  bool const ranks = by_edge.extents.size() == 2 && by_node.extents.size() == 2 &&
                     stack.extents.size() == 3 && near.extents[0] == edges.nodes();
  core::require(ranks && by_edge.extents[0] == count && stack.extents[1] == by_edge.extents[1] &&
                    stack.extents[2] == by_node.extents[1],
                "sums over edges: the arrays do not fit the graph");
  core::require(edges.edge.empty() || edges.edge.size() == edges.far.size(),
                "sums over edges: the lists of edges do not fit");
  return {by_edge.extents[1], by_node.extents[1]};
}

void check_directions(ArrayRef const& unit, ArrayRef const& strength, ArrayRef const& direction,
                      ArrayRef const& by_edge) {
  using Extents = std::vector<std::int64_t>;
  core::require(by_edge.extents.size() == 2 && unit.extents == Extents{by_edge.extents[0], 3} &&
                    strength.size() == by_edge.extents[0] &&
                    direction.extents == Extents{by_edge.extents[1], 3},
                "weights of directions: the arrays do not fit each other");
}

graph::EdgeOrder order_of(EdgeLists const& lists) {
  return {integers(lists.begin), integers(lists.edge), integers(lists.far)};
}

}  // namespace

void sum_neighbours(EdgeLists const& edges, ArrayRef const& weight, ArrayRef const& feature,
                    ArrayRef const& out) {
  auto const order = order_of(edges);
  auto const widths = widths_of(order, weight, feature, out, out);
  auto const run = [&]<class T>(T /*type*/) {
    graph::sum_neighbours<T>(order, widths, host_data<T>(weight), host_data<T>(feature),
                             host_data<T>(out));
  };
  weight.type == ElementType::float64 ? run(double{}) : run(float{});
}

void collect_neighbours(EdgeLists const& edges, ArrayRef const& weight, ArrayRef const& stack,
                        ArrayRef const& out) {
  auto const order = order_of(edges);
  auto const widths = widths_of(order, weight, out, stack, out);
  auto const run = [&]<class T>(T /*type*/) {
    graph::collect_neighbours<T>(order, widths, host_data<T>(weight), host_data<T>(stack),
                                 host_data<T>(out));
  };
  weight.type == ElementType::float64 ? run(double{}) : run(float{});
}

void edge_products(EdgeLists const& edges, ArrayRef const& stack, ArrayRef const& feature,
                   ArrayRef const& out) {
  auto const order = order_of(edges);
  auto const widths = widths_of(order, out, feature, stack, stack);
  auto const run = [&]<class T>(T /*type*/) {
    graph::edge_products<T>(order, widths, host_data<T>(stack), host_data<T>(feature),
                            host_data<T>(out));
  };
  stack.type == ElementType::float64 ? run(double{}) : run(float{});
}

void direction_weights(ArrayRef const& unit, ArrayRef const& strength, ArrayRef const& direction,
                       ArrayRef const& out) {
  check_directions(unit, strength, direction, out);
  auto const run = [&]<class T>(T /*type*/) {
    graph::direction_weights<T>(out.extents[0], out.extents[1], host_data<T>(unit),
                                host_data<T>(strength), host_data<T>(direction), host_data<T>(out));
  };
  unit.type == ElementType::float64 ? run(double{}) : run(float{});
}

void direction_derivatives(ArrayRef const& unit, ArrayRef const& strength,
                           ArrayRef const& direction, ArrayRef const& gradient,
                           ArrayRef const& score, ArrayRef const& sum) {
  check_directions(unit, strength, direction, gradient);
  core::require(score.extents == gradient.extents && sum.extents == strength.extents,
                "derivatives of directions: the arrays do not fit each other");
  auto const run = [&]<class T>(T /*type*/) {
    graph::direction_derivatives<T>(gradient.extents[0], gradient.extents[1], host_data<T>(unit),
                                    host_data<T>(strength), host_data<T>(direction),
                                    host_data<T>(gradient), host_data<T>(score), host_data<T>(sum));
  };
  unit.type == ElementType::float64 ? run(double{}) : run(float{});
}

}  // namespace shearwater::bridge
