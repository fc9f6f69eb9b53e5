// SPDX-License-Identifier: BSD-3-Clause
// The networks of a GAN that turns with the halo: symmetries of what is made and of its score.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <memory>
#include <vector>

#include "catch.hpp"
#include "gan_networks.hpp"
#include "shearwater/core/random.hpp"

namespace {

using namespace shearwater;
using torch::Tensor;

Tensor gaussians(std::vector<std::int64_t> const& shape, std::uint64_t index) {
  auto result = at::empty(shape, torch::kFloat64);
  core::Stream stream(9, core::Purpose::observation, index);
  for (std::int64_t i = 0; i < result.numel(); ++i) result.data_ptr<double>()[i] = stream.normal();
  return result.to(torch::kFloat32);
}

learn::GeneratorConfig gan_config(bool frames) {
  learn::GeneratorConfig config;
  config.kind = "gan";
  config.features = 12;
  config.tensors = 4;
  config.message = 16;
  config.velocity_tensors = 3;
  config.velocity_units = 16;
  config.noise = frames ? 12 : 8;
  config.shared_noise = 4;
  return config;
}

bridge::GraphShape gan_shape(bool frames) {
  bridge::GraphShape shape;
  shape.scalar_names = {"mass", "central"};
  shape.axis_names = {"host"};
  shape.frames = shape.axis_ratios = frames;
  shape.major = !frames;
  shape.nodes_per_graph = 5;
  return shape;
}

/// Two complete graphs of four and six nodes.
struct Halos {
  learn::GanNetworks::Input input;
  Tensor graph_of_node;
  static constexpr std::int64_t count = 2, nodes = 10;

  Halos() {
    std::vector<std::int64_t> begin = {0}, to;
    std::vector<std::int64_t> graph;
    for (std::int64_t i = 0; i < nodes; ++i) {
      std::int64_t const first = i < 4 ? 0 : 4, last = i < 4 ? 4 : nodes;
      for (auto j = first; j < last; ++j)
        if (j != i) to.push_back(j);
      begin.push_back(static_cast<std::int64_t>(to.size()));
      graph.push_back(i < 4 ? 0 : 1);
    }
    graph_of_node = at::tensor(graph, torch::kInt64);
    input.graph = {
        gaussians({nodes, 3}, 1), gaussians({nodes, 2}, 2),
        learn::unit_vectors(gaussians({nodes, 1, 3}, 3)),
        learn::make_graph_edges(at::tensor(begin, torch::kInt64), at::tensor(to, torch::kInt64))};
  }
};

Tensor rotation() { return learn::frames_from(gaussians({1, 6}, 4))[0]; }

/// Rows (..., 3) turned.
Tensor turned(Tensor const& vectors, Tensor const& turn) { return at::matmul(vectors, turn.t()); }

learn::GanNetworks::Input turned(learn::GanNetworks::Input input, Tensor const& turn) {
  input.graph.positions = turned(input.graph.positions, turn);
  input.graph.axes = turned(input.graph.axes, turn);
  return input;
}

/// The vectors among the random numbers are turned, the others stay.
Tensor turned_noise(Tensor const& noise, bool frames, std::int64_t own, Tensor const& turn) {
  auto result = noise.clone();
  for (auto const column :
       frames ? std::vector<std::int64_t>{0, 3, own} : std::vector<std::int64_t>{0, own})
    result.narrow(1, column, 3).copy_(turned(noise.narrow(1, column, 3), turn));
  return result;
}

std::shared_ptr<learn::GanNetworks> fresh_networks(bool frames) {
  auto networks = learn::make_gan_networks(gan_config(frames), gan_shape(frames));
  networks->initialise(7);
  torch::NoGradGuard const no_grad;
  // Fresh velocities are small: larger ones make what is tested visible.
  for (auto const& item : networks->named_parameters())
    if (item.key() == "generator.velocity.out.weight") item.value().mul_(5);
  return networks;
}

learn::GraphLabels random_labels(bool frames) {
  learn::GraphLabels labels;
  if (!frames) {
    labels.axes = learn::unit_vectors(gaussians({Halos::nodes, 1, 3}, 5));
    return labels;
  }
  labels.axes = learn::frames_from(gaussians({Halos::nodes, 6}, 5));
  labels.ratios = gaussians({Halos::nodes, 2}, 6);
  return labels;
}

Tensor score_of(learn::GanNetworks& networks, Halos const& halos,
                learn::GanNetworks::Input const& input, learn::GraphLabels const& labels) {
  return networks.criticise(input, networks.prepare_critic(input), learn::label_features(labels),
                            halos.graph_of_node, Halos::count);
}

double largest(Tensor const& difference) { return difference.abs().max().item<double>(); }

}  // namespace

TEST_CASE("what an equivariant GAN makes turns with the halo and its noise", "[learn][unit]") {
  torch::NoGradGuard const no_grad;
  Halos const halos;
  auto const turn = rotation();
  for (bool const frames : {false, true}) {
    auto const networks = fresh_networks(frames);
    auto const own = gan_config(frames).noise;
    auto const noise = gaussians({Halos::nodes, own + 4}, 8);
    auto const made = networks->generate(halos.input, noise);
    auto const after =
        networks->generate(turned(halos.input, turn), turned_noise(noise, frames, own, turn));
    CHECK(largest(after.axes - turned(made.axes, turn)) < 1e-4);
    CHECK(largest(after.axes - made.axes) > 0.5);
    if (frames) CHECK(largest(after.ratios - made.ratios) < 1e-4);
    auto const start = frames ? learn::frames_from(noise.narrow(1, 0, 6))
                              : learn::unit_vectors(noise.narrow(1, 0, 3)).unsqueeze(1);
    CHECK(largest(made.axes - start) > 0.1);  // the start alone is not the answer
    auto const frame = at::matmul(made.axes, made.axes.transpose(1, 2));
    CHECK(largest(frame - at::eye(frames ? 3 : 1)) < 1e-5);

    auto flipped = halos.input;
    flipped.graph.axes = -flipped.graph.axes;
    CHECK(at::equal(networks->generate(flipped, noise).axes, made.axes));
    // A halo that is not turned with its noise makes something else: the test can tell.
    auto const torn = networks->generate(turned(halos.input, turn), noise);
    CHECK(largest(torn.axes - made.axes) > 0.01);
    CHECK(largest(torn.axes - turned(made.axes, turn)) > 0.1);
    // Numbers that a halo's galaxies share reach all of them.
    auto other = noise.clone();
    other.narrow(1, own, 3).copy_(gaussians({1, 3}, 10).expand({Halos::nodes, 3}));
    auto const moved = (networks->generate(halos.input, other).axes - made.axes).flatten(1);
    CHECK(moved.abs().amax(1).min().item<double>() > 1e-5);
  }
}

TEST_CASE("the score of an equivariant critic does not turn, and knows axes of others",
          "[learn][unit]") {
  torch::NoGradGuard const no_grad;
  Halos const halos;
  auto const turn = rotation();
  for (bool const frames : {false, true}) {
    auto const networks = fresh_networks(frames);
    auto labels = random_labels(frames);
    auto const score = score_of(*networks, halos, halos.input, labels);
    auto moved = labels;
    moved.axes = turned(labels.axes, turn);
    CHECK(largest(score_of(*networks, halos, turned(halos.input, turn), moved) - score) < 1e-4);
    CHECK(largest(score_of(*networks, halos, halos.input, moved) - score) > 1e-3);
    moved.axes = -labels.axes;
    CHECK(at::equal(score_of(*networks, halos, halos.input, moved), score));
  }
}

TEST_CASE("what one axis adds to a score depends on the axes beside it", "[learn][unit]") {
  torch::NoGradGuard const no_grad;
  Halos const halos;
  auto const networks = fresh_networks(false);
  // s(a, b) - s(a', b) - s(a, b') + s(a', b') of axes a, b of two nodes is zero where a score is a
  // sum over nodes that know of themselves alone.
  auto const second_difference = [&](std::int64_t first, std::int64_t second) {
    Tensor sum = at::zeros({2});
    for (int const a : {0, 1})
      for (int const b : {0, 1}) {
        auto labels = random_labels(false);
        auto const other = learn::unit_vectors(gaussians({2, 1, 3}, 11));
        if (a == 1) labels.axes[first] = other[0];
        if (b == 1) labels.axes[second] = other[1];
        sum = sum + (a == b ? 1 : -1) * score_of(*networks, halos, halos.input, labels);
      }
    return largest(sum);
  };
  CHECK(second_difference(0, 2) > 1e-4);
  CHECK(second_difference(0, 7) < 1e-6);  // of another halo
}

TEST_CASE("the penalty of an equivariant critic is that of each node's gradient", "[learn][unit]") {
  Halos const halos;
  auto const networks = fresh_networks(false);
  auto slope = at::zeros({Halos::nodes, 6});
  slope.select(1, 2).fill_(0.4);  // times five nodes of a graph: |gradient| = 2
  auto const excess = networks->excess(slope, halos.graph_of_node, Halos::count);
  CHECK(std::abs(excess[0].item<double>() - 4.0 / 5) < 1e-5);
  CHECK(std::abs(excess[1].item<double>() - 6.0 / 5) < 1e-5);
}
