// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "flow_task.hpp"
#include "graph_tensors.hpp"
#include "orientation_paths.hpp"
#include "orientation_starts.hpp"
#include "velocity_network.hpp"

namespace shearwater::learn {

namespace {

/// Context and velocity under one roof, so that their weights are one list.
class FlowNetworkImpl : public torch::nn::Module {
 public:
  FlowNetworkImpl(GeneratorConfig const& config, bridge::GraphShape const& shape)
      : context(register_module("context", ContextNetwork(config, shape))),
        velocity(register_module("velocity",
                                 VelocityNetwork(config, config.resolved_label(shape) == "frames",
                                                 config.has_ratios(shape)))) {}
  ContextNetwork context;
  VelocityNetwork velocity;
};
TORCH_MODULE(FlowNetwork);

/// Columns of `values` (..., n), each `times` times in a row.
torch::Tensor repeated(torch::Tensor const& values, std::int64_t times) {
  if (times == 1) return values;
  auto shape = values.sizes().vec();
  shape.push_back(times);
  return values.unsqueeze(-1).expand(shape).flatten(-2);
}

class OrientationFlow : public FlowTask {
 public:
  OrientationFlow(GeneratorConfig const& config, bridge::GraphShape const& shape,
                  std::uint64_t seed)
      : FlowTask(config, shape, seed),
        frames_(config.resolved_label(shape) == "frames"),
        ratios_(config.has_ratios(shape)),
        network_(config, shape) {
    auto const next = initialise_weights(*network_, seed, 0);
    network_->context->initialise_convolutions(seed, next);
    own_weights(*network_);
  }

  void set_input_statistics(InputStatistics const& statistics) override {
    ratio_scale_ = statistics.ratios;
    network_->context->set_input_statistics(statistics);
  }
  bridge::Batch sample(bridge::Batch const& graphs) override;
  double operations_per_galaxy(double neighbours) const override;

 private:
  torch::Tensor node_losses(bridge::Batch const& graphs, std::uint32_t step) override;
  bridge::Batch augmented(bridge::Batch const& shard, std::uint32_t step) override {
    bool const turns = config_.layer == "directional" && config_.augment;
    return turns ? randomly_turned(shard, seed_, step) : shard;
  }
  PathRequest request(std::uint32_t step) const {
    return {frames_, ratios_, config_.noise_draws, seed_, step, ratio_scale_};
  }

  bool frames_, ratios_;
  FlowNetwork network_;
  InputStatistics::Moments ratio_scale_;
};

/// Mean over a node's draws of the squared error of the velocity: (n).
torch::Tensor OrientationFlow::node_losses(bridge::Batch const& graphs, std::uint32_t step) {
  auto const points = path_points(graphs, request(step));
  auto const rows = points.rows, draws = config_.noise_draws;
  auto const known = network_->velocity->prepare(network_->context(graph_input(shape_, graphs)));
  VelocityContext const context{repeated(known.units, draws), repeated(known.tensors, draws)};
  OrientationState state{float_tensor(points.point, {points.axes, 3, rows}), {}};
  if (ratios_) state.ratios = float_tensor(points.ratio_point, {2, rows});
  auto const velocity = network_->velocity(context, state, float_tensor(points.time, {1, rows}));
  auto error = (velocity.axes - float_tensor(points.velocity, {3, rows})).square().sum(0);
  if (ratios_)
    error =
        error + (velocity.ratios - float_tensor(points.ratio_velocity, {2, rows})).square().sum(0);
  return error.view({-1, draws}).mean(1);
}

/// Midpoint steps of equal length from t = 0 to 1.
bridge::Batch OrientationFlow::sample(bridge::Batch const& graphs) {
  torch::NoGradGuard const no_grad;
  auto const context = network_->velocity->prepare(network_->context(graph_input(shape_, graphs)));
  auto const starts = float_tensor(graphs.at("start_frames")).permute({1, 2, 0});
  OrientationState state{(frames_ ? starts : starts.narrow(0, 0, 1)).contiguous(), {}};
  if (ratios_) state.ratios = float_tensor(graphs.at("start_ratios")).t().contiguous();
  auto const rows = starts.size(2);
  double const step = 1.0 / static_cast<double>(config_.sample_steps);
  auto const velocity = [&](OrientationState const& place, double time) {
    return network_->velocity(context, place, at::full({1, rows}, time, torch::kFloat32));
  };
  for (std::int64_t i = 0; i < config_.sample_steps; ++i)
    state = midpoint_step(state, velocity, step * static_cast<double>(i), step);
  bridge::Batch result;
  if (frames_)
    result["frames"] = float_array(state.axes.permute({2, 0, 1}));
  else
    result["major"] = float_array(state.axes.select(0, 0).t());
  if (!ratios_) return result;
  auto ratios = float_array(state.ratios.t());
  float* value = bridge::host_data<float>(ratios);
  for (std::int64_t i = 0; i < rows; ++i, value += 2) {
    auto const pair = ratios_of(ratio_scale_.mean[0] + ratio_scale_.sd[0] * value[0],
                                ratio_scale_.mean[1] + ratio_scale_.sd[1] * value[1]);
    value[0] = static_cast<float>(pair[0]);
    value[1] = std::min(value[0], static_cast<float>(pair[1]));
  }
  result["axis_ratios"] = ratios;
  return result;
}

double OrientationFlow::operations_per_galaxy(double neighbours) const {
  return network_->context->operations(neighbours) + network_->velocity->prepare_operations() +
         2 * static_cast<double>(config_.sample_steps) * network_->velocity->operations();
}

}  // namespace

std::unique_ptr<GeneratorTask> make_orientation_flow(GeneratorConfig const& config,
                                                     bridge::GraphShape const& shape,
                                                     std::uint64_t seed) {
  return std::make_unique<OrientationFlow>(config, shape, seed);
}

}  // namespace shearwater::learn
