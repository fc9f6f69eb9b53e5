// SPDX-License-Identifier: BSD-3-Clause
// From torch's backward pass to the gradients that the ranks add.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>
#include <utility>
#include <vector>

#include "task.hpp"
#include "tensors.hpp"

namespace shearwater::learn {

/// Copies a finished gradient into the sink and frees it, so that the next shard starts from none.
class HandOver : public torch::autograd::PostAccumulateGradHook {
 public:
  HandOver(WeightArray array, std::size_t index, GradientSink** sink)
      : array_(std::move(array)), index_(index), sink_(sink) {}
  void operator()(torch::Tensor const& weight) override {
    auto const flat =
        torch::from_blob((*sink_)->gradients(), {array_.offset + array_.size}, torch::kFloat32);
    array_view(flat, array_).copy_(weight.grad());
    weight.mutable_grad().reset();
    (*sink_)->ready(index_);
  }

 private:
  WeightArray array_;
  std::size_t index_;
  GradientSink** sink_;
};

/// Hooks for all of a network's weights; `sink` names where the present shard's gradients go.
inline void hand_over_gradients(std::vector<torch::Tensor> const& weights,
                                std::vector<WeightArray> const& arrays, GradientSink** sink) {
  for (std::size_t i = 0; i < weights.size(); ++i)
    torch::autograd::impl::set_post_acc_grad_hooks(weights[i],
                                                   std::make_unique<HandOver>(arrays[i], i, sink));
}

}  // namespace shearwater::learn
