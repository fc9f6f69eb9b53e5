// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "alignment_rows.hpp"
#include "catch.hpp"
#include "gan_noise.hpp"
#include "generator_task.hpp"
#include "mixture_task.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/learn/generator.hpp"
#include "support.hpp"
#include "watson_graphs.hpp"

namespace {

using namespace shearwater;

/// Keeps one shard's gradients.
class Gradients : public learn::GradientSink {
 public:
  explicit Gradients(std::size_t size) : values(size, 7.0F) {}
  float* gradients() override { return values.data(); }
  void ready(std::size_t index) override { order.push_back(index); }
  std::vector<float> values;
  std::vector<std::size_t> order;
};

learn::GeneratorConfig small_gan(std::string const& layer = "directional") {
  learn::GeneratorConfig config;
  config.kind = "gan";
  config.layer = layer;
  config.generator_layers = {12, 8};
  config.critic_layers = {12, 8};
  config.directions = 3;
  config.noise = 8;
  config.shared_noise = 4;
  config.critic_steps = 2;
  config.rounds = 1;
  config.features = 10;
  config.tensors = 4;
  config.message = 12;
  config.velocity_tensors = 3;
  config.velocity_units = 12;
  return config;
}

bridge::GraphShape shape_of(graph::HaloGraphs const& graphs) {
  return bridge::GraphSource(graphs, {}, 0, 1).graph_shape();
}

std::unique_ptr<learn::GeneratorTask> make_task(learn::GeneratorConfig const& config,
                                                graph::HaloGraphs const& graphs) {
  learn::prepare_torch(1, "cpu");
  auto task = learn::make_gan_task(config, shape_of(graphs), 5);
  learn::InputStatistics statistics;
  if (!graphs.scalar_names.empty()) statistics.scalars = {{13.0F, 0.2F}, {0.6F, 0.4F}};
  statistics.distance = {{-0.7F}, {0.5F}};
  statistics.ratios = {{1.5F, 1.0F}, {1.0F, 0.7F}};
  task->set_input_statistics(statistics);
  return task;
}

double loss_of(learn::Task& task, bridge::Batch const& graphs) {
  Gradients sink(task.weights().size());
  return task.shard_loss(graphs, sink, {});
}

/// Central difference of the loss by weight i.
double difference(learn::Task& task, bridge::Batch const& graphs, std::size_t i, float h) {
  auto weights = task.weights();
  float const before = weights[i];
  weights[i] = before + h;
  double const up = loss_of(task, graphs);
  weights[i] = before - h;
  double const down = loss_of(task, graphs);
  weights[i] = before;
  return (up - down) / (2 * static_cast<double>(h));
}

/// Twelve digits of nine pixels: a grid whose value is a ramp with a random direction.
graph::HaloGraphs ramps() {
  graph::HaloGraphs graphs;
  graphs.value_names = {"pixel"};
  for (int g = 0; g < 12; ++g) {
    core::Stream random(3, core::Purpose::observation, static_cast<std::uint64_t>(g));
    double const angle = 6.28 * random.uniform();
    for (int i = 0; i < 9; ++i) {
      double const x = i % 3 - 1, y = i / 3 - 1;
      for (double const v : {x, y, 0.0}) graphs.position.push_back(static_cast<float>(v));
      graphs.values.push_back(
          static_cast<float>(0.5 + 0.3 * (x * std::cos(angle) + y * std::sin(angle))));
    }
    graphs.begin.push_back(graphs.begin.back() + 9);
  }
  return graphs;
}

}  // namespace

TEST_CASE("a GAN's critic and generator take turns", "[learn][unit]") {
  auto const task = make_task(small_gan(), test::WatsonGraphs().make(0, 4));
  std::vector<int> groups;
  std::vector<std::int64_t> past;
  for (std::int64_t step = 0; step < 7; ++step) {
    groups.push_back(task->turn(step).group);
    past.push_back(task->turn(step).past);
  }
  CHECK(groups == std::vector<int>{0, 0, 1, 0, 0, 1, 0});
  CHECK(past == std::vector<std::int64_t>{0, 1, 0, 2, 3, 1, 4});
}

TEST_CASE("a GAN's gradients equal finite differences, those of the penalty too", "[learn][unit]") {
  test::WatsonGraphs kind;
  auto const layer = GENERATE("directional", "equivariant");
  for (bool const frames : {false, true}) {
    kind.frames = frames;
    auto const graphs = kind.make(0, 6);
    auto const batch = test::whole_batch(graphs, 4);
    auto config = small_gan(layer);
    config.critic_units = frames && config.layer == "directional" ? 6 : 0;
    auto const task = make_task(config, graphs);
    for (std::int64_t const step : {0, 2}) {
      task->begin_step(step);
      auto const group = task->turn(step).group;
      Gradients sink(task->weights().size());
      task->shard_loss(batch, sink, {});
      REQUIRE(sink.order.size() == task->arrays().size());
      // Last arrays first: those that the ranks exchange first.
      CHECK(std::ranges::is_sorted(sink.order, std::greater<>{}));
      double largest = 0;
      for (auto const& array : task->arrays()) {
        auto const i = static_cast<std::size_t>(array.offset + array.size / 2);
        INFO(layer << " frames " << frames << " step " << step << " " << array.name);
        if (array.group != group) {
          CHECK(sink.values[i] == 0.0F);
          continue;
        }
        double const slope = static_cast<double>(sink.values[i]);
        largest = std::max(largest, std::abs(slope));
        // float32 losses of up to 10. The penalty jumps where a leaky ReLU's input changes its
        // sign: the closest of three steps, so that one at least meets no jump.
        double closest = 1e9;
        for (float const h : {4e-3F, 2e-3F, 1e-3F})
          closest = std::min(closest, std::abs(slope - difference(*task, batch, i, h)));
        CHECK(closest < 3e-3 + 0.02 * std::abs(slope));
      }
      CHECK(largest > 0.02);
    }
  }
}

TEST_CASE("a GAN does not see the signs of axes", "[learn][unit]") {
  auto const graphs = test::WatsonGraphs().make(0, 6);
  auto turned = graphs;
  for (std::size_t i = 0; i < turned.major.size(); ++i)
    if (i / 3 % 2 == 0) turned.major[i] = -turned.major[i];
  for (std::size_t i = 0; i < turned.axes.size(); ++i)
    if (i / 3 % 3 == 0) turned.axes[i] = -turned.axes[i];
  auto config = small_gan(GENERATE("directional", "equivariant"));
  config.augment = false;
  auto const task = make_task(config, graphs);
  task->begin_step(0);
  CHECK(loss_of(*task, test::whole_batch(graphs, 4)) ==
        loss_of(*task, test::whole_batch(turned, 4)));
  auto other = graphs;
  std::swap(other.major[0], other.major[1]);
  CHECK(loss_of(*task, test::whole_batch(graphs, 4)) !=
        loss_of(*task, test::whole_batch(other, 4)));
}

TEST_CASE("what a GAN makes are axes, frames, ordered ratios and values", "[learn][unit]") {
  test::WatsonGraphs kind;
  kind.frames = true;
  auto const graphs = kind.make(0, 20);
  auto batch = test::whole_batch(graphs, 0);
  batch["start_noise"] = learn::node_noise(batch, "id", {3, 0, 8, 4});
  auto const made = make_task(small_gan("isotropic"), graphs)->sample(batch);
  float const* f = bridge::host_data<float>(made.at("frames"));
  float const* q = bridge::host_data<float>(made.at("axis_ratios"));
  double worst = 0;
  bool ordered = true;
  for (std::int64_t i = 0; i < graphs.nodes(); ++i, f += 9, q += 2) {
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 3; ++b) {
        double dot = 0;
        for (int c = 0; c < 3; ++c) dot += f[3 * a + c] * f[3 * b + c];
        worst = std::max(worst, std::abs(dot - (a == b ? 1 : 0)));
      }
    double const third = f[0] * f[4] - f[1] * f[3];
    worst = std::max(worst, std::abs(third - f[8]));  // right-handed
    ordered = ordered && 0 < q[1] && q[1] <= q[0] && q[0] <= 1;
  }
  CHECK(worst < 1e-5);
  CHECK(ordered);
  auto const pictures = ramps();
  auto plain = test::whole_batch(pictures, 4);
  plain["start_noise"] = learn::node_noise(plain, "id", {3, 0, 8, 4});
  auto const task = make_task(small_gan(), pictures);
  auto const values = task->sample(plain).at("values");
  CHECK(values.extents == std::vector<std::int64_t>{108, 1});
  float const* v = bridge::host_data<float>(values);
  CHECK(std::all_of(v, v + 108, [](float x) { return x > 0 && x < 1; }));
  CHECK(*std::max_element(v, v + 108) > *std::min_element(v, v + 108) + 0.1F);
  auto outside = pictures;
  outside.values[5] = 1.5F;
  task->begin_step(0);
  CHECK_THROWS_AS(loss_of(*task, test::whole_batch(outside, 4)), core::InputError);
}

TEST_CASE("noise is a function of seed, galaxy and draw", "[learn][unit]") {
  auto const graphs = test::WatsonGraphs().make(0, 5);
  auto const all = test::whole_batch(graphs, 0);
  std::vector<std::int64_t> const one = {3};
  auto const part = bridge::graph_batch(graphs, one, 0);
  auto const whole = learn::node_noise(all, "id", {1, 2, 8, 4});
  auto const alone = learn::node_noise(part, "id", {1, 2, 8, 4});
  float const* from = bridge::host_data<float>(whole) + 12 * graphs.begin[3];
  CHECK(std::equal(from, from + alone.size(), bridge::host_data<float>(alone)));
  CHECK(std::equal(from + 8, from + 12, from + 20));  // shared by the graph
  CHECK_FALSE(std::equal(from, from + 8, from + 12));
  auto const next = learn::node_noise(part, "id", {1, 3, 8, 4});
  CHECK_FALSE(std::equal(from, from + 12, bridge::host_data<float>(next)));
  auto const sample = learn::node_noise(part, "id", {1, 2, 8, 4, learn::NoiseKind::sample});
  for (int i = 0; i < 12; ++i) CHECK(from[i] != bridge::host_data<float>(sample)[i]);
  CHECK_THROWS_AS(learn::node_noise(part, "id", {1, std::uint64_t{1} << 31U, 8, 4}),
                  core::InputError);
}

TEST_CASE("keys that a GAN has no use for are refused", "[learn][unit]") {
  auto const shape = shape_of(test::WatsonGraphs().make(0, 4));
  auto const message = [&](auto&& change) -> std::string {
    auto config = small_gan();
    change(config);
    try {
      config.check(shape);
    } catch (core::InputError const& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message([](auto&) {}).empty());
  CHECK(message([](auto& c) { c.layer = "equivariant"; }).empty());
  auto const equivariant = small_gan("equivariant");
  CHECK_THROWS_AS(equivariant.check(shape_of(ramps())), core::InputError);  // values do not turn
  auto few = small_gan("equivariant");
  few.noise = 4;
  CHECK_NOTHROW(few.check(shape));
  test::WatsonGraphs framed;
  framed.frames = true;
  CHECK_THROWS_AS(few.check(shape_of(framed.make(0, 4))), core::InputError);
  CHECK_THAT(message([](auto& c) { c.noise = 6; }), ContainsSubstring("generator.noise = 6"));
  CHECK_THAT(message([](auto& c) { c.label = "values"; }), ContainsSubstring("neither"));
  auto flow = small_gan("equivariant");
  flow.kind = "flow";
  CHECK_THROWS_AS(flow.check(shape_of(ramps())), core::InputError);
}
