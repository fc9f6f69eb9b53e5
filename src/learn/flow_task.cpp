// SPDX-License-Identifier: BSD-3-Clause
#include "flow_task.hpp"

#include "gradient_hand_over.hpp"

namespace shearwater::learn {

void FlowTask::own_weights(torch::nn::Module& network) {
  flat_ = flatten_weights(network, arrays_);
  hand_over_gradients(network.parameters(), arrays_, &sink_);
}

double FlowTask::shard_loss(bridge::Batch const& shard, GradientSink& sink,
                            std::span<float> /*batch_statistics*/) {
  sink_ = &sink;
  auto const nodes = static_cast<double>(bridge::graph_count(shard)) * shape_.nodes_per_graph;
  auto const loss = node_losses(augmented(shard, step_), step_).sum() / nodes;
  loss.backward();
  sink_ = nullptr;
  return loss.item<double>();
}

void FlowTask::losses(bridge::Batch const& rows, std::span<double> loss) {
  torch::NoGradGuard const no_grad;
  auto const nodes = node_losses(rows, 0).to(torch::kFloat64);
  double const* value = nodes.const_data_ptr<double>();
  auto const* begin = bridge::host_data<std::int64_t>(rows.at("graph_begin"));
  for (std::size_t g = 0; g < loss.size(); ++g) {
    loss[g] = 0;
    for (auto node = begin[g]; node < begin[g + 1]; ++node) loss[g] += value[node];
    loss[g] /= shape_.held_out_nodes;
  }
}

}  // namespace shearwater::learn
