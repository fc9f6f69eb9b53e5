// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/bridge/graph_aggregation.hpp"

#include "device_space.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/graph/aggregate.hpp"
#include "shearwater/graph/aggregate_device.hpp"

namespace shearwater::bridge {

namespace {

std::span<std::int64_t const> integers(ArrayRef const& array) {
  if (array.data == nullptr) return {};
  return {any_data<std::int64_t>(array), static_cast<std::size_t>(array.size())};
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
  auto const* const space =
      device_space({&edges.begin, &edges.edge, &edges.far, &weight, &feature, &out});
  auto const run = [&]<class T>(T /*type*/) {
    T const *w = any_data<T>(weight), *h = any_data<T>(feature);
    T* const sums = any_data<T>(out);
    if (space != nullptr)
      graph::sum_neighbours(*space, order, widths, w, h, sums);
    else
      graph::sum_neighbours(order, widths, w, h, sums);
  };
  weight.type == ElementType::float64 ? run(double{}) : run(float{});
}

void collect_neighbours(EdgeLists const& edges, ArrayRef const& weight, ArrayRef const& stack,
                        ArrayRef const& out) {
  auto const order = order_of(edges);
  auto const widths = widths_of(order, weight, out, stack, out);
  auto const* const space =
      device_space({&edges.begin, &edges.edge, &edges.far, &weight, &stack, &out});
  auto const run = [&]<class T>(T /*type*/) {
    T const *w = any_data<T>(weight), *g = any_data<T>(stack);
    T* const sums = any_data<T>(out);
    if (space != nullptr)
      graph::collect_neighbours(*space, order, widths, w, g, sums);
    else
      graph::collect_neighbours(order, widths, w, g, sums);
  };
  weight.type == ElementType::float64 ? run(double{}) : run(float{});
}

void edge_products(EdgeLists const& edges, ArrayRef const& stack, ArrayRef const& feature,
                   ArrayRef const& out) {
  auto const order = order_of(edges);
  auto const widths = widths_of(order, out, feature, stack, stack);
  auto const* const space =
      device_space({&edges.begin, &edges.edge, &edges.far, &stack, &feature, &out});
  auto const run = [&]<class T>(T /*type*/) {
    T const *g = any_data<T>(stack), *h = any_data<T>(feature);
    T* const products = any_data<T>(out);
    if (space != nullptr)
      graph::edge_products(*space, order, widths, g, h, products);
    else
      graph::edge_products(order, widths, g, h, products);
  };
  stack.type == ElementType::float64 ? run(double{}) : run(float{});
}

void direction_weights(ArrayRef const& unit, ArrayRef const& strength, ArrayRef const& direction,
                       ArrayRef const& out) {
  check_directions(unit, strength, direction, out);
  auto const edges = out.extents[0], directions = out.extents[1];
  auto const* const space = device_space({&unit, &strength, &direction, &out});
  auto const run = [&]<class T>(T /*type*/) {
    T const *r = any_data<T>(unit), *s = any_data<T>(strength), *u = any_data<T>(direction);
    T* const weights = any_data<T>(out);
    if (space != nullptr)
      graph::direction_weights(*space, edges, directions, r, s, u, weights);
    else
      graph::direction_weights(edges, directions, r, s, u, weights);
  };
  unit.type == ElementType::float64 ? run(double{}) : run(float{});
}

void direction_derivatives(ArrayRef const& unit, ArrayRef const& strength,
                           ArrayRef const& direction, ArrayRef const& gradient,
                           ArrayRef const& score, ArrayRef const& sum) {
  check_directions(unit, strength, direction, gradient);
  core::require(score.extents == gradient.extents && sum.extents == strength.extents,
                "derivatives of directions: the arrays do not fit each other");
  auto const edges = gradient.extents[0], directions = gradient.extents[1];
  auto const* const space = device_space({&unit, &strength, &direction, &gradient, &score, &sum});
  auto const run = [&]<class T>(T /*type*/) {
    T const *r = any_data<T>(unit), *s = any_data<T>(strength), *u = any_data<T>(direction);
    T const* const g = any_data<T>(gradient);
    T *const scores = any_data<T>(score), *const sums = any_data<T>(sum);
    if (space != nullptr)
      graph::direction_derivatives(*space, edges, directions, r, s, u, g, scores, sums);
    else
      graph::direction_derivatives(edges, directions, r, s, u, g, scores, sums);
  };
  unit.type == ElementType::float64 ? run(double{}) : run(float{});
}

}  // namespace shearwater::bridge
