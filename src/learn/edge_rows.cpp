// SPDX-License-Identifier: BSD-3-Clause
#include "edge_rows.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <cstring>

namespace shearwater::learn {

namespace {

std::vector<std::int64_t> shape_with(torch::Tensor const& rows, std::int64_t count) {
  auto shape = rows.sizes().vec();
  shape[0] = count;
  return shape;
}

torch::Tensor rows_at(torch::Tensor const& values, torch::Tensor const& index) {
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

/// Row i of the result is the sum of rows order[begin[i]] to order[begin[i + 1] - 1], or of those
/// numbers themselves where `order` is empty.
torch::Tensor row_sums(torch::Tensor const& values, torch::Tensor const& begin,
                       torch::Tensor const& order) {
  auto const rows = values.contiguous();
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

class ToEdges : public torch::autograd::Function<ToEdges> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, torch::Tensor nodes,
                               torch::Tensor index, torch::Tensor begin, torch::Tensor order) {
    context->saved_data["begin"] = begin;
    context->saved_data["order"] = order;
    return rows_at(nodes, index);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {row_sums(gradients[0], context->saved_data["begin"].toTensor(),
                     context->saved_data["order"].toTensor()),
            {},
            {},
            {}};
  }
};

class SumEdges : public torch::autograd::Function<SumEdges> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, torch::Tensor rows,
                               torch::Tensor begin, torch::Tensor source) {
    context->saved_data["source"] = source;
    return row_sums(rows, begin, at::empty({0}, at::kLong));
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {rows_at(gradients[0], context->saved_data["source"].toTensor()), {}, {}};
  }
};

}  // namespace

torch::Tensor to_edges(torch::Tensor const& nodes, GraphEdges const& edges, EdgeEnd end) {
  // Edges lie by their source, so those of a node are neighbours in memory and need no order.
  if (end == EdgeEnd::node)
    return ToEdges::apply(nodes, edges.node, edges.reverse_begin, edges.reverse_edge);
  return ToEdges::apply(nodes, edges.source, edges.begin, at::empty({0}, at::kLong));
}

torch::Tensor sum_edges(torch::Tensor const& rows, GraphEdges const& edges) {
  return SumEdges::apply(rows, edges.begin, edges.source);
}

}  // namespace shearwater::learn
