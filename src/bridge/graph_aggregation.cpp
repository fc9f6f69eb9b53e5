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

/// Calls work(T, space...) with a number of the arrays' type and, where they are on a device, the
/// space that works in their stream.
template <class Work>
void run_where(ElementType type, std::initializer_list<ArrayRef const*> arrays, Work const& work) {
  auto const* const space = device_space(arrays);
  auto const run = [&]<class T>(T number) {
    space != nullptr ? work(number, *space) : work(number);
  };
  type == ElementType::float64 ? run(double{}) : run(float{});
}

}  // namespace

void sum_neighbours(EdgeLists const& edges, ArrayRef const& weight, ArrayRef const& feature,
                    ArrayRef const& out) {
  auto const order = order_of(edges);
  auto const widths = widths_of(order, weight, feature, out, out);
  run_where(weight.type, {&edges.begin, &edges.edge, &edges.far, &weight, &feature, &out},
            [&]<class T>(T /*type*/, auto const&... space) {
              graph::sum_neighbours(space..., order, widths, any_data<T>(weight),
                                    any_data<T>(feature), any_data<T>(out));
            });
}

void collect_neighbours(EdgeLists const& edges, ArrayRef const& weight, ArrayRef const& stack,
                        ArrayRef const& out) {
  auto const order = order_of(edges);
  auto const widths = widths_of(order, weight, out, stack, out);
  run_where(weight.type, {&edges.begin, &edges.edge, &edges.far, &weight, &stack, &out},
            [&]<class T>(T /*type*/, auto const&... space) {
              graph::collect_neighbours(space..., order, widths, any_data<T>(weight),
                                        any_data<T>(stack), any_data<T>(out));
            });
}

void edge_products(EdgeLists const& edges, ArrayRef const& stack, ArrayRef const& feature,
                   ArrayRef const& out) {
  auto const order = order_of(edges);
  auto const widths = widths_of(order, out, feature, stack, stack);
  run_where(stack.type, {&edges.begin, &edges.edge, &edges.far, &stack, &feature, &out},
            [&]<class T>(T /*type*/, auto const&... space) {
              graph::edge_products(space..., order, widths, any_data<T>(stack),
                                   any_data<T>(feature), any_data<T>(out));
            });
}

void direction_weights(ArrayRef const& unit, ArrayRef const& strength, ArrayRef const& direction,
                       ArrayRef const& out) {
  check_directions(unit, strength, direction, out);
  auto const edges = out.extents[0], directions = out.extents[1];
  run_where(unit.type, {&unit, &strength, &direction, &out},
            [&]<class T>(T /*type*/, auto const&... space) {
              graph::direction_weights(space..., edges, directions, any_data<T>(unit),
                                       any_data<T>(strength), any_data<T>(direction),
                                       any_data<T>(out));
            });
}

void direction_derivatives(ArrayRef const& unit, ArrayRef const& strength,
                           ArrayRef const& direction, ArrayRef const& gradient,
                           ArrayRef const& score, ArrayRef const& sum) {
  check_directions(unit, strength, direction, gradient);
  core::require(score.extents == gradient.extents && sum.extents == strength.extents,
                "derivatives of directions: the arrays do not fit each other");
  auto const edges = gradient.extents[0], directions = gradient.extents[1];
  run_where(unit.type, {&unit, &strength, &direction, &gradient, &score, &sum},
            [&]<class T>(T /*type*/, auto const&... space) {
              graph::direction_derivatives(space..., edges, directions, any_data<T>(unit),
                                           any_data<T>(strength), any_data<T>(direction),
                                           any_data<T>(gradient), any_data<T>(score),
                                           any_data<T>(sum));
            });
}

}  // namespace shearwater::bridge
