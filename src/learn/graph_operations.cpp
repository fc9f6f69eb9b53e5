// SPDX-License-Identifier: BSD-3-Clause
#include "graph_operations.hpp"

#include <string>

#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

std::int64_t const* integers(torch::Tensor const& values) {
  return values.const_data_ptr<std::int64_t>();
}

void check_edges(torch::Tensor const& begin, torch::Tensor const& node) {
  auto const nodes = begin.numel() - 1, edges = node.numel();
  auto const* b = integers(begin);
  bool rises = nodes >= 0 && b[0] == 0 && b[nodes] == edges;
  for (std::int64_t i = 0; rises && i < nodes; ++i) rises = b[i] <= b[i + 1];
  if (!rises)
    throw core::InputError("a graph of " + std::to_string(nodes) +
                           " nodes: edge_begin must rise from 0 to the number of edges, " +
                           std::to_string(edges));
  auto const* to = integers(node);
  for (std::int64_t e = 0; e < edges; ++e)
    if (to[e] < 0 || to[e] >= nodes)
      throw core::InputError("edge " + std::to_string(e) + " leads to node " +
                             std::to_string(to[e]) + ": it must be one of 0 to " +
                             std::to_string(nodes - 1));
}

}  // namespace

GraphEdges make_graph_edges(torch::Tensor const& begin, torch::Tensor const& node) {
  check_edges(begin, node);
  GraphEdges edges{begin.contiguous(), node.contiguous(), at::zeros_like(begin),
                   at::empty_like(node), at::empty_like(node)};
  auto const n = edges.nodes();
  auto const *first = integers(edges.begin), *to = integers(edges.node);
  auto* start = edges.reverse_begin.data_ptr<std::int64_t>();
  auto* source = edges.source.data_ptr<std::int64_t>();
  auto* reverse = edges.reverse_edge.data_ptr<std::int64_t>();
  for (std::int64_t e = 0; e < edges.edges(); ++e) ++start[to[e] + 1];
  for (std::int64_t i = 0; i < n; ++i) start[i + 1] += start[i];
  auto next = edges.reverse_begin.clone();
  auto* place = next.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < n; ++i)
    for (auto e = first[i]; e < first[i + 1]; ++e) {
      source[e] = i;
      reverse[place[to[e]]++] = e;
    }
  return edges;
}

torch::Tensor aggregate(torch::Tensor const& weight, torch::Tensor const& feature,
                        GraphEdges const& edges) {
  auto const terms = weight.unsqueeze(2) * feature.index_select(0, edges.node).unsqueeze(1);
  return at::zeros({edges.nodes(), weight.size(1), feature.size(1)}, feature.options())
      .index_add(0, edges.source, terms);
}

}  // namespace shearwater::learn
