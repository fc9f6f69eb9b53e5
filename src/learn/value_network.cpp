// SPDX-License-Identifier: BSD-3-Clause
#include "value_network.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <string>

#include "shearwater/core/random.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t waves = 16;             // of the time, sine and cosine of each
constexpr double slowest = 0.5, fastest = 30;  // half turns in the time from 0 to 1
constexpr double level_spacing = 2;            // of neighbours of a level and of the next one
constexpr double last_scale = 0.1;             // of a block's last weights: it starts near rest

/// Divided by the root mean square over the features.
torch::Tensor levelled(torch::Tensor const& h) {
  return h * at::rsqrt(h.square().mean(1, true) + 1e-5);
}

/// Rows (g, C) of graphs at their nodes: (n, C).
torch::Tensor at_nodes(torch::Tensor const& rows, GraphEdges const& graph) {
  return aggregate(at::ones({graph.edges(), 1}, rows.options()), rows, graph).squeeze(1);
}

torch::Tensor integers(std::vector<std::int64_t> const& values) {
  return torch::tensor(values, torch::kInt64);
}

GraphEdges edges_of(NodeLinks const& links, std::int64_t far_nodes) {
  return make_graph_edges(integers(links.begin), integers(links.node), far_nodes);
}

/// From each node to its graph.
GraphEdges to_graphs(std::vector<std::int64_t> const& graph_begin) {
  auto const nodes = graph_begin.back(), graphs = std::ssize(graph_begin) - 1;
  auto graph = at::empty({nodes}, torch::kInt64);
  auto* to = graph.data_ptr<std::int64_t>();
  for (std::int64_t g = 0; g < graphs; ++g)
    std::fill(to + graph_begin[static_cast<std::size_t>(g)],
              to + graph_begin[static_cast<std::size_t>(g) + 1], g);
  return make_graph_edges(at::arange(nodes + 1, torch::kInt64), graph, graphs);
}

/// A convolution of a block; distances count by a fixed Gaussian, which all blocks of a level
/// share.
DirectionalConvolutionConfig layer_of(GeneratorConfig const& config) {
  auto layer = convolution_of(config, config.features, config.features);
  layer.radial = "gaussian";
  return layer;
}

DirectionalConvolutionConfig between(DirectionalConvolutionConfig layer) {
  layer.own = false;
  return layer;
}

/// How each graph takes the mean of its nodes of the coarsest level.
void add_members(ValueContext& context, std::vector<std::int64_t> const& graph_begin) {
  std::vector<float> shares;
  for (std::size_t g = 0; g + 1 < graph_begin.size(); ++g) {
    auto const count = graph_begin[g + 1] - graph_begin[g];
    shares.insert(shares.end(), static_cast<std::size_t>(count), 1.0F / static_cast<float>(count));
  }
  auto const nodes = graph_begin.back();
  context.shares = float_tensor(shares, {nodes, 1});
  context.members =
      make_graph_edges(integers(graph_begin), at::arange(nodes, torch::kInt64), nodes);
}

/// Edge weights of convolutions that see the same rays.
std::vector<torch::Tensor> weights_of(std::vector<ValueBlock> const& blocks, EdgeRays const& rays) {
  std::vector<torch::Tensor> weights;
  for (auto const& block : blocks) weights.push_back(block->convolution->edge_weights(rays));
  return weights;
}

}  // namespace

ValueBlockImpl::ValueBlockImpl(DirectionalConvolutionConfig const& layer, std::int64_t condition)
    : convolution(register_module("convolution", DirectionalConvolution(layer))),
      scale_shift_(register_module("scale_shift", Affine(condition, 2 * layer.out, true))),
      mix_(register_module("mix", Affine(layer.out, layer.out, true))) {}

torch::Tensor ValueBlockImpl::forward(torch::Tensor const& h, torch::Tensor const& edge_weights,
                                      GraphEdges const& same, torch::Tensor const& condition,
                                      GraphEdges const& graph) {
  auto const y = convolution->apply_weights(levelled(h), edge_weights, same);
  auto const known = at_nodes(scale_shift_(condition), graph);
  auto const width = h.size(1);
  auto const moved = y * (1 + known.narrow(1, 0, width)) + known.narrow(1, width, width);
  return h + mix_(at::silu(moved));
}

std::uint64_t ValueBlockImpl::initialise(std::uint64_t seed, std::uint64_t first) {
  first = convolution->initialise(seed, first);
  fill_affine(scale_shift_, 0.3, seed, first++);
  fill_affine(mix_, last_scale, seed, first++);
  return first;
}

ValueNetworkImpl::ValueNetworkImpl(GeneratorConfig const& config, bridge::GraphShape const& shape)
    : config_(config),
      inputs_(shape, config.places),
      neighbours_(shape.neighbours),
      layer_(layer_of(config)),
      in_(std::ssize(shape.value_names) + inputs_.width(), config.features, true),
      time_(2 * waves, config.condition_units, true),
      time_out_(config.condition_units, config.condition_units, true),
      global_(config.features, config.condition_units, true),
      global_out_(config.condition_units, config.condition_units, true),
      out_(config.features, std::ssize(shape.value_names), true) {
  register_module("in", in_);
  register_module("time", time_);
  register_module("time_out", time_out_);
  auto const levels = config.blocks.size();
  for (std::size_t l = 0; l < levels; ++l) {
    auto const level = std::to_string(l);
    inward_.push_back(make_blocks("inward" + level + "_", config.blocks[l]));
    if (l + 1 == levels) break;
    down_.push_back(register_module("down" + level, DirectionalConvolution(between(layer_))));
  }
  register_module("global", global_);
  register_module("global_out", global_out_);
  up_.resize(levels - 1, nullptr);
  outward_.resize(levels - 1);
  for (auto l = levels - 1; l-- > 0;) {
    auto const level = std::to_string(l);
    up_[l] = register_module("up" + level, DirectionalConvolution(between(layer_)));
    outward_[l] = make_blocks("outward" + level + "_", config.blocks[l]);
  }
  register_module("out", out_);
}

ValueNetworkImpl::Blocks ValueNetworkImpl::make_blocks(std::string const& name,
                                                       std::int64_t count) {
  Blocks blocks;
  for (std::int64_t b = 0; b < count; ++b)
    blocks.push_back(
        register_module(name + std::to_string(b), ValueBlock(layer_, config_.condition_units)));
  return blocks;
}

void ValueNetworkImpl::initialise(std::uint64_t seed) {
  torch::NoGradGuard const no_grad;
  std::uint64_t next = 0;
  for (auto* layer : {&in_, &time_, &time_out_, &global_}) fill_affine(*layer, 1, seed, next++);
  // Features of a node whose inputs are 0 must not vanish: nothing is left of their direction then.
  std::vector<float> offsets(static_cast<std::size_t>(config_.features));
  core::fill_normals(seed, core::Purpose::initial_weights, next++, 0, offsets);
  in_->named_parameters()["bias"].copy_(float_tensor(offsets, {config_.features}));
  fill_affine(global_out_, last_scale, seed, next++);
  fill_affine(out_, last_scale, seed, next++);
  for (auto* ways : {&inward_, &outward_})
    for (auto& blocks : *ways)
      for (auto& block : blocks) next = block->initialise(seed, next);
  for (auto* ways : {&down_, &up_})
    for (auto& convolution : *ways) next = convolution->initialise(seed, next);
}

ValueContext ValueNetworkImpl::prepare(bridge::Batch const& graphs) {
  auto const input = inputs_.read(graphs);
  auto const& begins = graphs.at("graph_begin");
  auto const* first = bridge::host_data<std::int64_t>(begins);
  std::vector<std::int64_t> graph_begin(first, first + begins.size());
  auto const coarser = coarser_levels(graph_begin,
                                      {bridge::host_data<float>(graphs.at("positions")),
                                       static_cast<std::size_t>(3 * graph_begin.back())},
                                      neighbours_, std::ssize(inward_) - 1);
  ValueContext context;
  context.features = input.features;
  auto places = input.positions;  // in the spacing of the level
  auto same = input.graph.edges;
  for (std::size_t l = 0;; ++l) {
    auto& level = context.levels.emplace_back();
    level.same = same;
    level.graph = to_graphs(graph_begin);
    auto const rays = inward_[l][0]->convolution->rays(places, same);
    level.weights = weights_of(inward_[l], rays);
    if (l == coarser.size()) break;
    std::ranges::move(weights_of(outward_[l], rays), std::back_inserter(level.weights));
    graph_begin = coarser[l].graph_begin;
    auto const count = graph_begin.back();
    auto const next = inputs_.in_spacings(float_tensor(coarser[l].positions, {count, 3})) *
                      std::pow(level_spacing, -static_cast<double>(l));
    level.down = edges_of(coarser[l].down, same.nodes());
    level.down_weights = down_[l]->edge_weights(down_[l]->rays(next, places, level.down));
    places = places / level_spacing;
    level.up = edges_of(coarser[l].up, count);
    level.up_weights = up_[l]->edge_weights(up_[l]->rays(places, next / level_spacing, level.up));
    same = edges_of(coarser[l].same, count);
    places = next / level_spacing;
  }
  add_members(context, graph_begin);
  return context;
}

/// Sines and cosines of the time, at rates from slow to fast, then two layers.
torch::Tensor ValueNetworkImpl::condition_of(torch::Tensor const& time) {
  auto const rates =
      at::exp(at::linspace(std::log(slowest), std::log(fastest), waves, time.options()));
  auto const angles = std::numbers::pi * time * rates;
  return time_out_(at::silu(time_(at::cat({at::sin(angles), at::cos(angles)}, 1))));
}

torch::Tensor ValueNetworkImpl::run(Blocks& blocks, torch::Tensor h, torch::Tensor const& condition,
                                    ValueContext::Level const& level, std::size_t first_weight) {
  for (std::size_t b = 0; b < blocks.size(); ++b)
    h = blocks[b](h, level.weights[first_weight + b], level.same, condition, level.graph);
  return h;
}

torch::Tensor ValueNetworkImpl::forward(ValueContext const& context, torch::Tensor const& values,
                                        torch::Tensor const& time) {
  auto h = in_(at::cat({values, context.features}, 1));
  auto condition = condition_of(time);
  auto known = at::silu(condition);
  std::vector<torch::Tensor> passed;
  for (std::size_t l = 0;; ++l) {
    auto const& level = context.levels[l];
    h = run(inward_[l], h, known, level, 0);
    if (l + 1 == context.levels.size()) break;
    passed.push_back(h);
    h = down_[l]->apply_weights(levelled(h), level.down_weights, level.down);
  }
  auto const mean = aggregate(context.shares, levelled(h), context.members).squeeze(1);
  known = at::silu(condition + global_out_(at::silu(global_(mean))));
  for (auto l = passed.size(); l-- > 0;) {
    auto const& level = context.levels[l];
    h = passed[l] + up_[l]->apply_weights(levelled(h), level.up_weights, level.up);
    h = run(outward_[l], h, known, level, inward_[l].size());
  }
  return out_(levelled(h));
}

double ValueNetworkImpl::operations(double neighbours) const {
  auto const f = static_cast<double>(config_.features);
  auto const m = static_cast<double>(layer_.directions_used());
  double const sums = neighbours * m * (2 * f + 10), products = 2 * f * f;
  double nodes = 1, total = 4 * f;
  for (std::size_t l = 0; l < inward_.size(); ++l) {
    auto const blocks = static_cast<double>(inward_[l].size()) * (l < outward_.size() ? 2 : 1);
    total += nodes * blocks * ((2 + m) * products + sums + 16 * f);
    if (l < outward_.size()) total += nodes * (1 + 1.0 / level_ratio) * (m * products + sums);
    nodes /= level_ratio;
  }
  return total;
}

}  // namespace shearwater::learn
