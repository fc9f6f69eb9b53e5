// SPDX-License-Identifier: BSD-3-Clause
// Flow matching of the values of all nodes of a graph (Lipman et al. 2022).
#include <cmath>
#include <numbers>

#include "flow_task.hpp"
#include "gan_noise.hpp"
#include "shearwater/core/error.hpp"
#include "value_network.hpp"

namespace shearwater::learn {

namespace {

/// Steps of a sample end at the times (1 - cos(pi i / steps)) / 2: they are short near the noise,
/// where a picture as a whole is decided, and near the data, where its parts are sharp.
double time_after(std::int64_t step, std::int64_t steps) {
  auto const part = static_cast<double>(step) / static_cast<double>(steps);
  return 0.5 - 0.5 * std::cos(std::numbers::pi * part);
}

class ValueFlow : public FlowTask {
 public:
  ValueFlow(GeneratorConfig const& config, bridge::GraphShape const& shape, std::uint64_t seed)
      : FlowTask(config, shape, seed),
        width_(std::ssize(shape.value_names)),
        network_(config, shape) {
    network_->initialise(seed);
    own_weights(*network_);
  }

  void set_input_statistics(InputStatistics const& statistics) override {
    network_->set_input_statistics(statistics);
  }
  bridge::Batch sample(bridge::Batch const& graphs) override;
  double operations_per_galaxy(double neighbours) const override {
    return 2 * static_cast<double>(config_.sample_steps) * network_->operations(neighbours);
  }

 private:
  torch::Tensor node_losses(bridge::Batch const& graphs, std::uint32_t step) override;
  torch::Tensor times(bridge::Batch const& graphs, std::uint32_t step) const;

  std::int64_t width_;
  ValueNetwork network_;
};

/// A time for each graph (g, 1). Those of a shard are spread evenly, from a random one on; a
/// held-out graph has its own, whatever is beside it.
torch::Tensor ValueFlow::times(bridge::Batch const& graphs, std::uint32_t step) const {
  auto time = float_tensor(graph_uniforms(graphs, seed_, step)).unsqueeze(1);
  if (step == 0 || time.numel() == 0) return time;
  auto const places = at::arange(time.size(0), time.options()).unsqueeze(1);
  return at::frac(time[0] + places / static_cast<double>(time.size(0)));
}

/// x_t = (1 - t) x_0 + t x_1 with x_0 normal and x_1 the values, made to lie in [-1, 1].
torch::Tensor ValueFlow::node_losses(bridge::Batch const& graphs, std::uint32_t step) {
  auto const context = network_->prepare(graphs);
  auto const noise = float_tensor(node_noise(graphs, "row", {seed_, step, flow_noise(width_), 0}));
  auto const start = noise.narrow(1, 0, width_), end = 2 * plain_values(graphs) - 1;
  auto const time = times(graphs, step);
  auto const at_node = time.index_select(0, context.levels[0].graph.node);
  auto const velocity = network_(context, at::lerp(start, end, at_node), time);
  return (velocity - (end - start)).square().sum(1);
}

/// Midpoint steps from t = 0 to 1.
bridge::Batch ValueFlow::sample(bridge::Batch const& graphs) {
  torch::NoGradGuard const no_grad;
  auto const context = network_->prepare(graphs);
  auto values = float_tensor(graphs.at("start_noise")).narrow(1, 0, width_).contiguous();
  auto const count = bridge::graph_count(graphs);
  auto const velocity = [&](torch::Tensor const& at_values, double time) {
    return network_(context, at_values, at::full({count, 1}, time, torch::kFloat32));
  };
  for (std::int64_t i = 0; i < config_.sample_steps; ++i) {
    double const time = time_after(i, config_.sample_steps);
    double const length = time_after(i + 1, config_.sample_steps) - time;
    auto const middle = values + length / 2 * velocity(values, time);
    values = values + length * velocity(middle, time + length / 2);
  }
  return {{"values", float_array(((values + 1) / 2).clamp(0, 1))}};
}

}  // namespace

std::unique_ptr<GeneratorTask> make_value_flow(GeneratorConfig const& config,
                                               bridge::GraphShape const& shape,
                                               std::uint64_t seed) {
  return std::make_unique<ValueFlow>(config, shape, seed);
}

}  // namespace shearwater::learn
