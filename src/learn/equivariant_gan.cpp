// SPDX-License-Identifier: BSD-3-Clause
// A GAN whose networks turn with the halo.
#include <cmath>
#include <numbers>

#include "gan_networks.hpp"
#include "velocity_network.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t pooled_tensors = 4;  // of each axis of the label, in a critic

std::int64_t axis_count(GeneratorConfig const& config, bridge::GraphShape const& shape) {
  return config.resolved_label(shape) == "frames" ? 3 : 1;
}

/// Random numbers of a node that its start takes: one vector or two, and the ratios.
std::int64_t start_numbers(GeneratorConfig const& config, bridge::GraphShape const& shape) {
  return (axis_count(config, shape) == 3 ? 6 : 3) + (config.has_ratios(shape) ? 2 : 0);
}

/// The inputs of the generator: beside those of the graphs the numbers of a node's noise that the
/// start leaves, and of four shared ones a direction and a number.
bridge::GraphShape with_noise(GeneratorConfig const& config, bridge::GraphShape shape) {
  auto const numbers = config.noise - start_numbers(config, shape) + config.shared_noise / 4;
  shape.scalar_names.resize(shape.scalar_names.size() + static_cast<std::size_t>(numbers), "noise");
  shape.axis_names.resize(
      shape.axis_names.size() + static_cast<std::size_t>(config.shared_noise / 4), "noise");
  return shape;
}

/// A start and its velocity, followed for the time 1: what an axis or a frame is made of.
class EquivariantGeneratorImpl : public torch::nn::Module {
 public:
  EquivariantGeneratorImpl(GeneratorConfig const& config, bridge::GraphShape const& shape)
      : config_(config),
        frames_(axis_count(config, shape) == 3),
        ratios_(config.has_ratios(shape)),
        start_(start_numbers(config, shape)),
        context(register_module("context", ContextNetwork(config, with_noise(config, shape)))),
        velocity(register_module("velocity", VelocityNetwork(config, frames_, ratios_))) {}
  GraphLabels forward(GraphInput input, torch::Tensor const& noise);
  double operations(double neighbours) const {
    return context->operations(neighbours) + velocity->prepare_operations() +
           velocity->operations();
  }

 private:
  GeneratorConfig config_;
  bool frames_, ratios_;
  std::int64_t start_;

 public:
  ContextNetwork context;
  VelocityNetwork velocity;
};
TORCH_MODULE(EquivariantGenerator);

GraphLabels EquivariantGeneratorImpl::forward(GraphInput input, torch::Tensor const& noise) {
  auto const n = noise.size(0), shared = config_.shared_noise / 4;
  std::vector<torch::Tensor> scalars = {input.scalars,
                                        noise.narrow(1, start_, config_.noise - start_)};
  if (shared > 0) {
    auto const vectors = noise.narrow(1, config_.noise, 3 * shared).reshape({n, shared, 3});
    input.axes = at::cat({input.axes, unit_vectors(vectors)}, 1);
    scalars.push_back(noise.narrow(1, config_.noise + 3 * shared, shared));
  }
  input.scalars = at::cat(scalars, 1);
  auto const start = frames_ ? frames_from(noise.narrow(1, 0, 6))
                             : unit_vectors(noise.narrow(1, 0, 3)).unsqueeze(1);
  OrientationState state{start.permute({1, 2, 0}).contiguous(), {}};
  if (ratios_) state.ratios = noise.narrow(1, frames_ ? 6 : 3, 2).t().contiguous();
  auto const known = velocity->prepare(context(input));
  auto moved = velocity(known, state, at::zeros({1, n}, noise.options()));
  // The nearest sign of an axis is never farther than a right angle.
  auto const speed = at::sqrt(moved.axes.square().sum(0, true) + 1e-12);
  moved.axes = moved.axes * (std::numbers::pi / 2 * at::tanh(speed) / speed);
  state = advance(state, moved, 1);
  GraphLabels labels;
  labels.axes = state.axes.permute({2, 0, 1});
  if (ratios_) labels.ratios = state.ratios.t();
  return labels;
}

/// The score of a graph: the sum over its nodes of functions of
///   h_i, tr(T_ik X_ia), tr(Q_ica X_ia), the ratios;  Q_ica = 1/n sum_{j != i} g_c(h_j) X_ja
/// with X = n n^T - 1/3 of each axis a of the label, over the mean number of nodes of a graph.
class EquivariantCriticImpl : public torch::nn::Module {
 public:
  EquivariantCriticImpl(GeneratorConfig const& config, bridge::GraphShape const& shape)
      : axes_(axis_count(config, shape)),
        tensors_(config.tensors),
        ratios_(config.has_ratios(shape)),
        context(register_module("context", ContextNetwork(config, shape))),
        units_(config.features, config.velocity_units, true),
        gates_(config.features, pooled_tensors, true),
        input_(axes_ * (tensors_ + pooled_tensors) + (ratios_ ? 2 : 0), config.velocity_units,
               false),
        hidden_(config.velocity_units, config.velocity_units, true),
        out_(config.velocity_units, 1, true) {
    register_module("units", units_);
    register_module("gates", gates_);
    register_module("input", input_);
    register_module("hidden", hidden_);
    register_module("out", out_);
  }
  /// units, tensors with the metric of matrices, gates.
  std::vector<torch::Tensor> prepare(GraphInput const& input);
  /// Of each node: (n, 1).
  torch::Tensor forward(std::vector<torch::Tensor> const& prepared, torch::Tensor const& labels,
                        torch::Tensor const& graph_of_node, std::int64_t graphs);

 private:
  std::int64_t axes_, tensors_;
  bool ratios_;

 public:
  ContextNetwork context;

 private:
  Affine units_, gates_, input_, hidden_, out_;
};
TORCH_MODULE(EquivariantCritic);

std::vector<torch::Tensor> EquivariantCriticImpl::prepare(GraphInput const& input) {
  auto const known = context(input);
  double const twice = std::sqrt(2.0);
  auto const metric = at::tensor({1.0, 1.0, 1.0, twice, twice, twice}, known.tensors.options());
  return {units_(known.scalars), known.tensors * metric.view({1, 6, 1}), gates_(known.scalars)};
}

torch::Tensor EquivariantCriticImpl::forward(std::vector<torch::Tensor> const& prepared,
                                             torch::Tensor const& labels,
                                             torch::Tensor const& graph_of_node,
                                             std::int64_t graphs) {
  auto const n = labels.size(0);
  auto const axes = labels.narrow(1, 0, 6 * axes_).reshape({n, axes_, 6});
  auto const own = prepared[2].view({n, pooled_tensors, 1, 1}) * axes.unsqueeze(1);
  auto const nodes = graph_sums(at::ones({n, 1}, labels.options()), graph_of_node, graphs)
                         .clamp_min(1)
                         .index_select(0, graph_of_node);
  auto const all = graph_sums(own.flatten(1), graph_of_node, graphs).index_select(0, graph_of_node);
  auto const others = ((all - own.flatten(1)) / nodes).view_as(own);
  std::vector<torch::Tensor> known = {at::bmm(axes, prepared[1]).flatten(1),
                                      (others * axes.unsqueeze(1)).sum(-1).flatten(1)};
  if (ratios_) known.push_back(labels.narrow(1, 6 * axes_, 2));
  auto const first = at::silu(input_(at::cat(known, 1)) + prepared[0]);
  return out_(at::silu(hidden_(first)));
}

class EquivariantGan : public GanNetworks {
 public:
  EquivariantGan(GeneratorConfig const& config, bridge::GraphShape const& shape)
      : config_(config),
        shape_(shape),
        critic_(register_module("critic", EquivariantCritic(config, shape))),
        generator_(register_module("generator", EquivariantGenerator(config, shape))) {}

  void initialise(std::uint64_t seed) override { initialise_weights(*this, seed, 0); }
  void set_input_statistics(InputStatistics const& statistics) override {
    critic_->context->set_input_statistics(statistics);
    auto extended = statistics;
    auto const scalars = with_noise(config_, shape_).scalar_names.size();
    extended.scalars.mean.resize(scalars, 0.0F);
    extended.scalars.sd.resize(scalars, 1.0F);
    generator_->context->set_input_statistics(extended);
  }
  Input read(bridge::Batch const& graphs) const override {
    return {graph_input(shape_, graphs), {}, {}};
  }
  GraphLabels generate(Input const& input, torch::Tensor const& noise) override {
    return generator_(input.graph, noise);
  }
  std::vector<torch::Tensor> prepare_critic(Input const& input) override {
    return critic_->prepare(input.graph);
  }
  torch::Tensor criticise(Input const& /*input*/, std::vector<torch::Tensor> const& prepared,
                          torch::Tensor const& labels, torch::Tensor const& graph_of_node,
                          std::int64_t graphs) override {
    auto const scores = critic_(prepared, labels, graph_of_node, graphs);
    return graph_sums(scores, graph_of_node, graphs).squeeze(1) / shape_.nodes_per_graph;
  }
  /// The mean over nodes of that of each: a Wasserstein distance whose metric adds up what the
  /// nodes are moved, so that one that is learned leaves the others their slope of 1.
  torch::Tensor excess(torch::Tensor const& slope, torch::Tensor const& graph_of_node,
                       std::int64_t graphs) const override {
    auto const nodes = shape_.nodes_per_graph;
    auto const norm = at::sqrt(slope.square().sum(1, true) * (nodes * nodes) + 1e-8);
    auto const rows = (norm - config_.gradient_norm).square();
    return graph_sums(rows, graph_of_node, graphs).squeeze(1) / nodes;
  }
  double generator_operations(double neighbours) const override {
    return generator_->operations(neighbours);
  }

 private:
  GeneratorConfig config_;
  bridge::GraphShape shape_;
  EquivariantCritic critic_;
  EquivariantGenerator generator_;
};

}  // namespace

std::shared_ptr<GanNetworks> make_equivariant_gan(GeneratorConfig const& config,
                                                  bridge::GraphShape const& shape) {
  return std::make_shared<EquivariantGan>(config, shape);
}

}  // namespace shearwater::learn
