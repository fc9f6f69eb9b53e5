// SPDX-License-Identifier: BSD-3-Clause
// The task of a Wasserstein GAN on graphs with a gradient penalty (Gulrajani et al. 2017).
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "gan_networks.hpp"
#include "gan_noise.hpp"
#include "generator_task.hpp"
#include "orientation_paths.hpp"
#include "orientation_starts.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

class GanTask : public GeneratorTask {
 public:
  GanTask(GeneratorConfig const& config, bridge::GraphShape const& shape, std::uint64_t seed)
      : config_(config),
        shape_(shape),
        label_(config.resolved_label(shape)),
        seed_(seed),
        networks_(make_gan_networks(config, shape)) {
    networks_->initialise(seed);
    flat_ = flatten_weights(*networks_, arrays_);
    for (auto& array : arrays_) array.group = array.name.starts_with("generator.") ? 1 : 0;
  }

  std::vector<WeightArray> const& arrays() const override { return arrays_; }
  std::span<float> weights() override {
    return {flat_.data_ptr<float>(), static_cast<std::size_t>(flat_.numel())};
  }
  std::span<float> running() override { return {}; }
  void set_input_statistics(InputStatistics const& statistics) override {
    ratio_scale_ = statistics.ratios;
    networks_->set_input_statistics(statistics);
  }
  Turn turn(std::int64_t step) const override {
    auto const cycle = config_.critic_steps + 1, place = step % cycle;
    if (place == config_.critic_steps) return {1, step / cycle};
    return {0, step / cycle * config_.critic_steps + place};
  }
  void begin_step(std::int64_t step) override {
    step_ = static_cast<std::uint64_t>(step) + 1;  // 0 is that of the held-out losses
    group_ = turn(step).group;
  }

  double shard_loss(bridge::Batch const& shard, GradientSink& sink,
                    std::span<float> batch_statistics) override;
  void update_running(std::span<float const> /*batch_statistics*/) override {}
  void losses(bridge::Batch const& rows, std::span<double> loss) override;
  bridge::Batch sample(bridge::Batch const& graphs) override;
  double operations_per_galaxy(double neighbours) const override {
    return networks_->generator_operations(neighbours);
  }

 private:
  /// A batch as the networks read it.
  struct Graphs {
    GanNetworks::Input input;
    torch::Tensor real;           // label features
    torch::Tensor graph_of_node;  // (n)
    std::int64_t count = 0;
  };
  Graphs read(bridge::Batch const& batch) const;
  GraphLabels true_labels(bridge::Batch const& batch) const;
  torch::Tensor fake(bridge::Batch const& batch, Graphs const& graphs, std::uint64_t step);
  torch::Tensor critic_loss(bridge::Batch const& batch, Graphs const& graphs);
  torch::Tensor generator_loss(bridge::Batch const& batch, Graphs const& graphs);
  void hand_over(torch::Tensor const& loss, GradientSink& sink) const;

  GeneratorConfig config_;
  bridge::GraphShape shape_;
  std::string label_;
  std::uint64_t seed_, step_ = 1;
  int group_ = 0;
  std::shared_ptr<GanNetworks> networks_;
  torch::Tensor flat_;
  std::vector<WeightArray> arrays_;
  InputStatistics::Moments ratio_scale_;
};

GraphLabels GanTask::true_labels(bridge::Batch const& batch) const {
  GraphLabels labels;
  if (label_ == "values") {
    labels.values = plain_values(batch);
    return labels;
  }
  if (batch.contains("frames"))
    labels.axes = float_tensor(batch.at("frames")).narrow(1, 0, label_ == "frames" ? 3 : 1);
  else
    labels.axes = float_tensor(batch.at("major")).unsqueeze(1);
  if (!config_.has_ratios(shape_)) return labels;
  labels.ratios = float_tensor(batch.at("axis_ratios"));
  float* value = labels.ratios.data_ptr<float>();
  for (std::int64_t i = 0; i < labels.ratios.size(0); ++i, value += 2) {
    auto const y = ratio_coordinates(value[0], value[1]);
    for (std::size_t k = 0; k < 2; ++k)
      value[k] = (static_cast<float>(y[k]) - ratio_scale_.mean[k]) / ratio_scale_.sd[k];
  }
  return labels;
}

GanTask::Graphs GanTask::read(bridge::Batch const& batch) const {
  Graphs graphs{
      networks_->read(batch), label_features(true_labels(batch)), {}, bridge::graph_count(batch)};
  auto const* begin = bridge::host_data<std::int64_t>(batch.at("graph_begin"));
  graphs.graph_of_node = at::empty({graphs.real.size(0)}, torch::kInt64);
  auto* graph = graphs.graph_of_node.data_ptr<std::int64_t>();
  for (std::int64_t g = 0; g < graphs.count; ++g)
    std::fill(graph + begin[g], graph + begin[g + 1], g);
  return graphs;
}

torch::Tensor GanTask::fake(bridge::Batch const& batch, Graphs const& graphs, std::uint64_t step) {
  auto const noise =
      float_tensor(node_noise(batch, "row", {seed_, step, config_.noise, config_.shared_noise}));
  return label_features(networks_->generate(graphs.input, noise));
}

/// Mean over the graphs of D(fake) - D(real) + lambda (|grad D(mixed)| - gradient_norm)^2 + drift
/// D(real)^2, where each graph is mixed in a proportion of its own.
torch::Tensor GanTask::critic_loss(bridge::Batch const& batch, Graphs const& graphs) {
  torch::Tensor made;
  {
    torch::NoGradGuard const no_grad;
    made = fake(batch, graphs, step_);
  }
  auto const weights = networks_->prepare_critic(graphs.input);
  auto const score = [&](torch::Tensor const& labels) {
    return networks_->criticise(graphs.input, weights, labels, graphs.graph_of_node, graphs.count);
  };
  auto const share = float_tensor(graph_uniforms(batch, seed_, step_))
                         .index_select(0, graphs.graph_of_node)
                         .unsqueeze(1);
  auto const mixed = (graphs.real + share * (made - graphs.real)).set_requires_grad(true);
  auto const slope = torch::autograd::grad({score(mixed).sum()}, {mixed}, {}, true, true)[0];
  auto const excess = networks_->excess(slope, graphs.graph_of_node, graphs.count);
  auto const real = score(graphs.real);
  return (score(made) - real).mean() + config_.gradient_penalty * excess.mean() +
         config_.drift * real.square().mean();
}

torch::Tensor GanTask::generator_loss(bridge::Batch const& batch, Graphs const& graphs) {
  auto const made = fake(batch, graphs, step_);
  return -networks_
              ->criticise(graphs.input, networks_->prepare_critic(graphs.input), made,
                          graphs.graph_of_node, graphs.count)
              .mean();
}

/// Gradients of the group whose turn it is, zeros for the other; from the last array on, the order
/// in which the sink sends them.
void GanTask::hand_over(torch::Tensor const& loss, GradientSink& sink) const {
  auto const parameters = networks_->parameters();
  std::vector<torch::Tensor> trained;
  for (std::size_t i = 0; i < arrays_.size(); ++i)
    if (arrays_[i].group == group_) trained.push_back(parameters[i]);
  auto const gradients = torch::autograd::grad({loss}, trained, {}, false, false, true);
  auto next = gradients.size();
  for (auto i = arrays_.size(); i-- > 0;) {
    auto const& array = arrays_[i];
    auto const flat =
        torch::from_blob(sink.gradients(), {array.offset + array.size}, torch::kFloat32);
    auto view = array_view(flat, array);
    bool const known = array.group == group_ && gradients[--next].defined();
    if (known)
      view.copy_(gradients[next]);
    else
      view.zero_();
    sink.ready(i);
  }
}

double GanTask::shard_loss(bridge::Batch const& shard, GradientSink& sink,
                           std::span<float> /*batch_statistics*/) {
  bool const turns = config_.augment && label_ != "values";
  auto const batch =
      turns ? randomly_turned(shard, seed_, static_cast<std::uint32_t>(step_)) : shard;
  auto const graphs = read(batch);
  auto const loss = group_ == 0 ? critic_loss(batch, graphs) : generator_loss(batch, graphs);
  hand_over(loss, sink);
  return loss.item<double>();
}

/// Minus the critic's estimate of the Wasserstein distance: D(fake) - D(real) of each graph.
void GanTask::losses(bridge::Batch const& rows, std::span<double> loss) {
  torch::NoGradGuard const no_grad;
  auto const graphs = read(rows);
  auto const weights = networks_->prepare_critic(graphs.input);
  auto const score = [&](torch::Tensor const& labels) {
    return networks_->criticise(graphs.input, weights, labels, graphs.graph_of_node, graphs.count);
  };
  auto const difference =
      (score(fake(rows, graphs, 0)) - score(graphs.real)).to(torch::kFloat64).contiguous();
  std::copy_n(difference.const_data_ptr<double>(), loss.size(), loss.data());
}

bridge::Batch GanTask::sample(bridge::Batch const& graphs) {
  torch::NoGradGuard const no_grad;
  auto const labels =
      networks_->generate(networks_->read(graphs), float_tensor(graphs.at("start_noise")));
  bridge::Batch result;
  if (labels.values.defined()) result["values"] = float_array(labels.values);
  if (labels.axes.defined() && label_ == "frames") result["frames"] = float_array(labels.axes);
  if (labels.axes.defined() && label_ == "major")
    result["major"] = float_array(labels.axes.select(1, 0));
  if (!labels.ratios.defined()) return result;
  auto ratios = float_array(labels.ratios);
  float* value = bridge::host_data<float>(ratios);
  for (std::int64_t i = 0; i < ratios.extents[0]; ++i, value += 2) {
    auto const pair = ratios_of(ratio_scale_.mean[0] + ratio_scale_.sd[0] * value[0],
                                ratio_scale_.mean[1] + ratio_scale_.sd[1] * value[1]);
    value[0] = static_cast<float>(pair[0]);
    value[1] = std::min(value[0], static_cast<float>(pair[1]));
  }
  result["axis_ratios"] = ratios;
  return result;
}

}  // namespace

std::unique_ptr<GeneratorTask> make_gan_task(GeneratorConfig const& config,
                                             bridge::GraphShape const& shape, std::uint64_t seed) {
  return std::make_unique<GanTask>(config, shape, seed);
}

}  // namespace shearwater::learn
