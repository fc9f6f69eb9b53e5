// SPDX-License-Identifier: BSD-3-Clause
#include "edge_rows.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <cstring>

#include "shearwater/bridge/graph_aggregation.hpp"

namespace shearwater::learn {

namespace {

std::vector<std::int64_t> shape_with(torch::Tensor const& rows, std::int64_t count) {
  auto shape = rows.sizes().vec();
  shape[0] = count;
  return shape;
}

bool host_floats(torch::Tensor const& values) {
  return values.is_cpu() && values.scalar_type() == torch::kFloat32;
}

torch::Tensor rows_at(torch::Tensor const& values, torch::Tensor const& index) {
  if (!host_floats(values)) return values.index_select(0, index);
  auto const from = values.contiguous();
  auto const count = index.numel(), width = from.size(0) > 0 ? from.numel() / from.size(0) : 0;
  auto result = at::empty(shape_with(from, count), from.options());
  auto const* which = index.const_data_ptr<std::int64_t>();
  float const* source = from.const_data_ptr<float>();
  float* to = result.data_ptr<float>();
  for (std::int64_t i = 0; i < count; ++i)
    std::memcpy(to + i * width, source + which[i] * width,
                static_cast<std::size_t>(width) * sizeof(float));
  return result;
}

/// row_sums() of other numbers or in other memory: the kernels' sums with weights of 1.
torch::Tensor row_sums_by_kernels(torch::Tensor const& rows, torch::Tensor const& begin,
                                  torch::Tensor const& order) {
  auto const count = begin.numel() - 1, edges = rows.size(0);
  if (rows.numel() == 0) return at::zeros(shape_with(rows, count), rows.options());
  auto const width = rows.numel() / edges;
  auto const which = order.numel() > 0 ? order : at::arange(edges, begin.options());
  auto const ones = at::ones({edges, 1}, rows.options());
  auto const result = at::empty(shape_with(rows, count), rows.options());
  bridge::sum_neighbours({array_of(begin), {}, array_of(which)}, array_of(ones),
                         array_of(rows.view({edges, width})),
                         array_of(result.view({count, 1, width})));
  return result;
}

/// Row i of the result is the sum of rows order[begin[i]] to order[begin[i + 1] - 1], or of those
/// numbers themselves where `order` is empty.
torch::Tensor row_sums(torch::Tensor const& values, torch::Tensor const& begin,
                       torch::Tensor const& order) {
  auto const rows = values.contiguous();
  if (!host_floats(rows)) return row_sums_by_kernels(rows, begin, order);
  auto const count = begin.numel() - 1, width = rows.size(0) > 0 ? rows.numel() / rows.size(0) : 0;
  auto result = at::zeros(shape_with(rows, count), rows.options());
  auto const* first = begin.const_data_ptr<std::int64_t>();
  auto const* which = order.numel() > 0 ? order.const_data_ptr<std::int64_t>() : nullptr;
  float const* from = rows.const_data_ptr<float>();
  float* to = result.data_ptr<float>();
  for (std::int64_t i = 0; i < count; ++i)
    for (auto e = first[i]; e < first[i + 1]; ++e) {
      float const* row = from + (which != nullptr ? which[e] : e) * width;
      for (std::int64_t k = 0; k < width; ++k) to[i * width + k] += row[k];
    }
  return result;
}

/// One end of all edges: the node of each edge, and the edges of each node as row_sums() reads
/// them.
struct Ends {
  torch::Tensor node, begin, order;

  explicit Ends(torch::autograd::AutogradContext* context) {
    auto const kept = context->get_saved_variables();
    node = kept[0];
    begin = kept[1];
    order = kept[2];
  }
  Ends(GraphEdges const& edges, EdgeEnd end)
      : node(end == EdgeEnd::node ? edges.node : edges.source),
        begin(end == EdgeEnd::node ? edges.reverse_begin : edges.begin),
        // Edges lie by their source, so those of a node are neighbours and need no order.
        order(end == EdgeEnd::node ? edges.reverse_edge : at::empty({0}, edges.begin.options())) {}
  void keep(torch::autograd::AutogradContext* context) const {
    context->save_for_backward({node, begin, order});
  }
};

struct ToEdges : torch::autograd::Function<ToEdges> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               torch::Tensor const& nodes, Ends const& ends) {
    ends.keep(context);
    return rows_at(nodes, ends.node);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& gradients);
};

struct SumEdges : torch::autograd::Function<SumEdges> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, torch::Tensor const& rows,
                               Ends const& ends) {
    ends.keep(context);
    return row_sums(rows, ends.begin, ends.order);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& gradients) {
    return {ToEdges::apply(gradients[0], Ends(context)), {}};
  }
};

torch::autograd::variable_list ToEdges::backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list const& gradients) {
  return {SumEdges::apply(gradients[0], Ends(context)), {}};
}

}  // namespace

torch::Tensor to_edges(torch::Tensor const& nodes, GraphEdges const& edges, EdgeEnd end) {
  return ToEdges::apply(nodes, Ends(edges, end));
}

torch::Tensor sum_edges(torch::Tensor const& rows, GraphEdges const& edges) {
  return SumEdges::apply(rows, Ends(edges, EdgeEnd::source));
}

}  // namespace shearwater::learn
