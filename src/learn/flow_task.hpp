// SPDX-License-Identifier: BSD-3-Clause
// What all flows have in common: weights, the loss of a shard from that of its nodes.
#pragma once

#include <utility>

#include "generator_task.hpp"
#include "posterior_network.hpp"

namespace shearwater::learn {

class FlowTask : public GeneratorTask {
 public:
  std::vector<WeightArray> const& arrays() const override { return arrays_; }
  std::span<float> weights() override {
    return {flat_.data_ptr<float>(), static_cast<std::size_t>(flat_.numel())};
  }
  std::span<float> running() override { return {}; }
  void begin_step(std::int64_t step) override { step_ = static_cast<std::uint32_t>(step) + 1; }
  double shard_loss(bridge::Batch const& shard, GradientSink& sink,
                    std::span<float> batch_statistics) override;
  void update_running(std::span<float const> /*batch_statistics*/) override {}
  void losses(bridge::Batch const& rows, std::span<double> loss) override;

 protected:
  FlowTask(GeneratorConfig config, bridge::GraphShape shape, std::uint64_t seed)
      : config_(std::move(config)), shape_(std::move(shape)), seed_(seed) {}
  FlowTask(FlowTask const&) = delete;
  FlowTask& operator=(FlowTask const&) = delete;
  /// Makes the weights of `network` one list, whose gradients go to the sink of shard_loss().
  void own_weights(torch::nn::Module& network);

  /// Squared error of the velocity at each node: (n). Step 0 is that of the held-out losses.
  virtual torch::Tensor node_losses(bridge::Batch const& graphs, std::uint32_t step) = 0;
  /// A shard as it is trained on in a step.
  virtual bridge::Batch augmented(bridge::Batch const& shard, std::uint32_t /*step*/) {
    return shard;
  }

  GeneratorConfig config_;
  bridge::GraphShape shape_;
  std::uint64_t seed_;

 private:
  torch::Tensor flat_;
  std::vector<WeightArray> arrays_;
  std::uint32_t step_ = 1;
  GradientSink* sink_ = nullptr;
};

}  // namespace shearwater::learn
