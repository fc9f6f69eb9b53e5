// SPDX-License-Identifier: BSD-3-Clause
#include "graph_tensors.hpp"

#include <algorithm>

#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

torch::Tensor integers(bridge::Batch const& graphs, char const* name) {
  auto const& array = graphs.at(name);
  return torch::from_blob(bridge::host_data<std::int64_t>(array), array.extents, torch::kInt64)
      .clone();
}

GraphEdges edges_of(bridge::Batch const& graphs) {
  GraphEdges edges;
  edges.begin = integers(graphs, "edge_begin");
  edges.node = integers(graphs, "edge_node");
  edges.reverse_begin = integers(graphs, "reverse_begin");
  edges.reverse_edge = integers(graphs, "reverse_edge");
  edges.source = at::empty_like(edges.node);
  auto const* begin = edges.begin.const_data_ptr<std::int64_t>();
  auto* source = edges.source.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < edges.nodes(); ++i)
    std::fill(source + begin[i], source + begin[i + 1], i);
  return edges;
}

/// The array `name` of rows of the extents `row`; none is needed where a row holds nothing.
torch::Tensor rows_of(bridge::Batch const& graphs, char const* name, std::int64_t count,
                      std::vector<std::int64_t> const& row) {
  std::vector<std::int64_t> shape = {count};
  shape.insert(shape.end(), row.begin(), row.end());
  if (std::ranges::find(row, 0) != row.end()) return at::empty(shape);
  auto const found = graphs.find(name);
  if (found == graphs.end())
    throw core::InputError(std::string("the generator reads '") + name +
                           "', which the graphs do not hold");
  if (found->second.extents != shape)
    throw core::InputError(std::string("'") + name +
                           "' of the graphs has another shape than the generator was made for: "
                           "give the inputs that the model's card names");
  return float_tensor(found->second);
}

}  // namespace

GraphInput graph_input(bridge::GraphShape const& shape, bridge::Batch const& graphs) {
  auto const n = graphs.at("positions").extents[0];
  return {rows_of(graphs, "positions", n, {3}),
          rows_of(graphs, "scalars", n, {static_cast<std::int64_t>(shape.scalar_names.size())}),
          rows_of(graphs, "axes", n, {static_cast<std::int64_t>(shape.axis_names.size()), 3}),
          edges_of(graphs)};
}

torch::Tensor float_tensor(bridge::ArrayRef const& array) {
  return torch::from_blob(bridge::host_data<float>(array), array.extents, torch::kFloat32).clone();
}

torch::Tensor float_tensor(std::vector<float> const& values,
                           std::vector<std::int64_t> const& shape) {
  auto result = at::empty(shape, torch::kFloat32);
  std::ranges::copy(values, result.data_ptr<float>());
  return result;
}

bridge::ArrayRef float_array(torch::Tensor const& values) {
  auto const from = values.contiguous();
  auto result = bridge::allocate(bridge::ElementType::float32, from.sizes().vec());
  std::copy_n(from.const_data_ptr<float>(), from.numel(), bridge::host_data<float>(result));
  return result;
}

}  // namespace shearwater::learn
