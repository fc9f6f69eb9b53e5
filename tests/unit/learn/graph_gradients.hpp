// SPDX-License-Identifier: BSD-3-Clause
// Random graphs and numbers as tensors, and derivatives of functions of them.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>
#include <vector>

#include "graph_operations.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::test {

using torch::Tensor;

inline Tensor normals(std::vector<std::int64_t> const& shape, std::uint64_t index,
                      at::ScalarType type = torch::kFloat64) {
  auto result = at::empty(shape, torch::kFloat64);
  core::Stream stream(5, core::Purpose::observation, index);
  for (std::int64_t i = 0; i < result.numel(); ++i) result.data_ptr<double>()[i] = stream.normal();
  return result.to(type);
}

inline Tensor integers(std::vector<std::int64_t> const& values) {
  return at::tensor(values, torch::kInt64);
}

inline learn::GraphEdges random_graph(std::int64_t nodes, std::int64_t degree) {
  std::vector<std::int64_t> begin = {0}, node;
  core::Stream stream(9, core::Purpose::observation, 0);
  for (std::int64_t i = 0; i < nodes; ++i) {
    auto const count = stream.below(static_cast<std::uint64_t>(2 * degree + 1));
    for (std::uint64_t k = 0; k < count; ++k)
      node.push_back(static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(nodes))));
    begin.push_back(static_cast<std::int64_t>(node.size()));
  }
  return learn::make_graph_edges(integers(begin), integers(node));
}

using Function = std::function<Tensor(std::vector<Tensor> const&)>;

/// First derivatives of a scalar, which can be differentiated again.
inline std::vector<Tensor> gradients(Function const& function, std::vector<Tensor> const& inputs) {
  auto result = torch::autograd::grad({function(inputs)}, inputs, {}, true, true, true);
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (!result[k].defined()) result[k] = at::zeros_like(inputs[k]);
  return result;
}

/// A scalar that depends on all first derivatives of `function`.
inline Function gradient_scalar(Function const& function) {
  return [function](std::vector<Tensor> const& inputs) {
    Tensor sum = at::zeros({}, inputs[0].options());
    auto const first = gradients(function, inputs);
    for (std::size_t k = 0; k < first.size(); ++k)
      sum =
          sum + (first[k] * normals(first[k].sizes().vec(), 100 + k).to(first[k].options())).sum();
    return sum;
  };
}

/// A sum of squares with weights.
inline Function weighted(std::function<Tensor(std::vector<Tensor> const&)> const& function) {
  return [function](std::vector<Tensor> const& inputs) {
    auto const value = function(inputs);
    // A square, so that second derivatives do not vanish.
    return (value.square() * normals(value.sizes().vec(), 50).to(value.options())).sum();
  };
}

}  // namespace shearwater::test
