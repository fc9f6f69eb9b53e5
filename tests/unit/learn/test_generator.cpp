// SPDX-License-Identifier: BSD-3-Clause
// Generators of orientations: symmetries, independence of a galaxy from the others, checkpoints,
// models and errors.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "catch.hpp"
#include "generator_fixture.hpp"
#include "generator_task.hpp"
#include "mixture_task.hpp"
#include "orientation_paths.hpp"
#include "orientation_starts.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/learn/predictor.hpp"
#include "support.hpp"

namespace {

using namespace shearwater;
using test::message_of;

void turn(bridge::Batch& batch, char const* name, learn::Frame const& rotation) {
  auto const& from = batch.at(name);
  auto to = bridge::allocate(from.type, from.extents);
  float const* v = bridge::host_data<float>(from);
  float* w = bridge::host_data<float>(to);
  for (std::int64_t i = 0; i < from.size(); i += 3)
    for (std::size_t a = 0; a < 3; ++a)
      w[i + static_cast<std::int64_t>(a)] = static_cast<float>(
          rotation[a][0] * v[i] + rotation[a][1] * v[i + 1] + rotation[a][2] * v[i + 2]);
  batch[name] = to;
}

void flip_axes(bridge::Batch& batch, char const* name) {
  auto const& from = batch.at(name);
  auto to = bridge::allocate(from.type, from.extents);
  float const* v = bridge::host_data<float>(from);
  for (std::int64_t i = 0; i < from.size(); ++i)
    bridge::host_data<float>(to)[i] = (i / 3) % 2 == 0 ? -v[i] : v[i];
  batch[name] = to;
}

/// Largest difference between two arrays of axes, as the sine of the angle.
double largest_angle(bridge::ArrayRef const& a, bridge::ArrayRef const& b) {
  float const *x = bridge::host_data<float>(a), *y = bridge::host_data<float>(b);
  double largest = 0;
  for (std::int64_t i = 0; i < a.size(); i += 3) {
    double const cosine =
        double(x[i]) * y[i] + double(x[i + 1]) * y[i + 1] + double(x[i + 2]) * y[i + 2];
    largest = std::max(largest, std::sqrt(std::max(0.0, 1 - cosine * cosine)));
  }
  return largest;
}

struct FreshGenerator {
  test::SmallGenerator small;
  std::unique_ptr<learn::GeneratorTask> task;
  bridge::Batch batch;

  explicit FreshGenerator(bool frames, std::string const& layer = "equivariant") {
    small.kind.frames = frames;
    small.generator.layer = layer;
    learn::prepare_torch(1, "cpu");
    auto const source = small.source();
    task = learn::make_orientation_flow(small.generator, source.graph_shape(), 3);
    // Fresh velocities are small: larger ones make what is tested visible.
    for (auto const& array : task->arrays())
      if (array.name == "velocity.out.weight")
        for (auto& weight : task->weights().subspan(static_cast<std::size_t>(array.offset),
                                                    static_cast<std::size_t>(array.size)))
          weight *= 2;
    learn::InputStatistics scales;
    scales.scalars = {{13, 0.2F}, {0.6F, 0.4F}};
    scales.distance = {{-0.5F}, {0.7F}};
    scales.ratios = {{1.5F, 1.0F}, {0.9F, 0.7F}};
    task->set_input_statistics(scales);
    batch = source.examples(200, 12);
    learn::add_starts(batch, 11, 0);
  }
  char const* label() const { return small.kind.frames ? "frames" : "major"; }
};

class IgnoreGradients : public learn::GradientSink {
 public:
  explicit IgnoreGradients(std::size_t size) : values(size) {}
  float* gradients() override { return values.data(); }
  void ready(std::size_t) override {}
  std::vector<float> values;
};

bridge::Batch gathered(bridge::GraphSource const& source, std::vector<std::int64_t> const& which) {
  return source.pick(which);
}

}  // namespace

TEST_CASE("samples turn with their graphs, and signs of axes mean nothing", "[learn][unit]") {
  auto const rotation = learn::random_frame(0.3, 0.7, 0.2);
  for (bool const frames : {false, true}) {
    FreshGenerator fresh(frames);
    auto const before = fresh.task->sample(fresh.batch);
    // The starts alone are not the answer.
    auto const& starts = fresh.batch.at("start_frames");
    if (frames) CHECK(largest_angle(before.at("frames"), starts) > 0.1);

    auto turned = fresh.batch;
    for (auto const* name : {"positions", "axes", "start_frames"}) turn(turned, name, rotation);
    auto const after = fresh.task->sample(turned);
    auto expected = before;
    turn(expected, fresh.label(), rotation);
    CHECK(largest_angle(after.at(fresh.label()), expected.at(fresh.label())) < 2e-3);
    CHECK(largest_angle(after.at(fresh.label()), before.at(fresh.label())) > 0.5);

    auto flipped = fresh.batch;
    flip_axes(flipped, "axes");
    auto const same = fresh.task->sample(flipped);
    CHECK(std::memcmp(same.at(fresh.label()).data, before.at(fresh.label()).data,
                      static_cast<std::size_t>(before.at(fresh.label()).size()) * 4) == 0);
  }
}

TEST_CASE("a convolution with directions does not turn with the graph: the test can tell",
          "[learn][unit]") {
  FreshGenerator fresh(false, "directional");
  auto const rotation = learn::random_frame(0.3, 0.7, 0.2);
  auto expected = fresh.task->sample(fresh.batch);
  turn(expected, "major", rotation);
  auto turned = fresh.batch;
  for (auto const* name : {"positions", "axes", "start_frames"}) turn(turned, name, rotation);
  CHECK(largest_angle(fresh.task->sample(turned).at("major"), expected.at("major")) > 0.05);
}

TEST_CASE("flipping axes of the labels changes neither loss nor gradient", "[learn][unit]") {
  for (bool const frames : {false, true}) {
    FreshGenerator fresh(frames);
    IgnoreGradients first(fresh.task->weights().size()), second(first.values.size());
    fresh.task->begin_step(4);
    double const loss = fresh.task->shard_loss(fresh.batch, first, {});
    flip_axes(fresh.batch, fresh.label());
    CHECK(fresh.task->shard_loss(fresh.batch, second, {}) == loss);
    CHECK(first.values == second.values);
    fresh.task->begin_step(5);
    CHECK(fresh.task->shard_loss(fresh.batch, second, {}) != loss);
  }
}

TEST_CASE("gradients of a generator are those of finite differences", "[learn][unit]") {
  for (bool const frames : {false, true}) {
    FreshGenerator fresh(frames);
    fresh.task->begin_step(0);
    IgnoreGradients sink(fresh.task->weights().size()), unused(sink.values.size());
    std::size_t compared = 0;
    fresh.task->shard_loss(fresh.batch, sink, {});
    for (auto const& array : fresh.task->arrays()) {
      // Along the gradient of one array.
      double square = 0;
      auto const weights = fresh.task->weights();
      auto const before = std::vector<float>(weights.begin(), weights.end());
      auto const gradient = [&](std::int64_t i) {
        return sink.values[static_cast<std::size_t>(array.offset + i)];
      };
      for (std::int64_t i = 0; i < array.size; ++i) square += double(gradient(i)) * gradient(i);
      if (square < 1e-8) continue;
      ++compared;
      double const step = 2e-3 / std::sqrt(square);
      double loss[2];
      for (int side = 0; side < 2; ++side) {
        for (std::int64_t i = 0; i < array.size; ++i) {
          auto const at = static_cast<std::size_t>(array.offset + i);
          weights[at] = static_cast<float>(before[at] + (side == 0 ? -step : step) * gradient(i));
        }
        loss[side] = fresh.task->shard_loss(fresh.batch, unused, {});
      }
      std::ranges::copy(before, weights.begin());
      INFO(array.name);
      CHECK((loss[1] - loss[0]) / (2 * step) == Approx(square).epsilon(0.02));
    }
    CHECK(compared == fresh.task->arrays().size());
  }
}

TEST_CASE("a galaxy's sample has the same bits whatever is beside its graph", "[learn][unit]") {
  auto const [kind, layer] = GENERATE(table<std::string, std::string>({{"flow", "equivariant"},
                                                                       {"flow", "directional"},
                                                                       {"gan", "directional"},
                                                                       {"gan", "isotropic"}}));
  INFO(kind << ", " << layer);
  test::ScratchFolder const scratch;
  test::SmallGenerator small;
  small.kind.frames = true;
  small.generator.kind = kind;
  small.generator.layer = layer;
  small.generator.noise = 8;
  small.generator.shared_noise = 4;
  small.generator.generator_layers = small.generator.critic_layers = {8, 8};
  small.run(test::world(), scratch.file("model"));
  learn::GeneratorModel const model(scratch.file("model"));
  auto const source = small.source();
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < 300; ++i) all.push_back(i);
  auto const whole = model.sample(gathered(source, all), 5, 2);
  REQUIRE(whole.at("frames").extents[1] == 3);
  std::vector<std::int64_t> begin = {0};
  for (auto const example : all) {
    auto const g = static_cast<std::size_t>(source.graph_of(example));
    begin.push_back(begin.back() + source.graphs().begin[g + 1] - source.graphs().begin[g]);
  }
  auto const check = [&](std::vector<std::int64_t> const& which) {
    auto const part = model.sample(gathered(source, which), 5, 2);
    std::int64_t node = 0;
    for (auto const example : which) {
      auto const first = begin[static_cast<std::size_t>(example)];
      auto const count = begin[static_cast<std::size_t>(example) + 1] - first;
      for (auto const& [name, width] : {std::pair{"frames", 9}, {"axis_ratios", 2}})
        CHECK(std::memcmp(bridge::host_data<float>(part.at(name)) + node * width,
                          bridge::host_data<float>(whole.at(name)) + first * width,
                          static_cast<std::size_t>(count * width) * 4) == 0);
      node += count;
    }
  };
  check({17});
  check({299, 3, 120});
  auto reversed = all;
  std::ranges::reverse(reversed);
  check(reversed);

  auto const other = model.sample(gathered(source, {17}), 5, 3);
  CHECK(largest_angle(other.at("frames"), model.sample(gathered(source, {17}), 5, 2).at("frames")) >
        0.01);
  float const* ratios = bridge::host_data<float>(whole.at("axis_ratios"));
  for (std::int64_t i = 0; i < whole.at("axis_ratios").extents[0]; ++i)
    CHECK((0 < ratios[2 * i + 1] && ratios[2 * i + 1] <= ratios[2 * i] && ratios[2 * i] <= 1));
}

TEST_CASE("a graph larger than a block is sampled alone", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallGenerator small;
  small.run(test::world(), scratch.file("model"));
  learn::GeneratorModel const model(scratch.file("model"));
  graph::HaloGraphs graphs = small.kind.make(0, 1);
  auto const few = graphs.begin[1];
  for (std::int64_t i = 0; i < 700; ++i) {
    graphs.id.push_back(5000 + i);
    for (std::size_t a = 0; a < 3; ++a)
      graphs.position.push_back(
          static_cast<float>(std::cos(0.1 * static_cast<double>(i * (a + 1)))));
    graphs.scalars.insert(graphs.scalars.end(), {13, i == 0 ? 1.0F : 0.0F});
    graphs.axes.insert(graphs.axes.end(), {1, 0, 0});
    graphs.major.insert(graphs.major.end(), {1, 0, 0});
  }
  graphs.begin.push_back(few + 700);
  graphs.host.push_back(1);
  graphs.box.push_back(0);
  std::vector<std::int64_t> const small_one = {0}, both = {1, 0};
  auto const alone = model.sample(bridge::graph_batch(graphs, small_one, 8), 1, 0);
  auto const after = model.sample(bridge::graph_batch(graphs, both, 8), 1, 0);
  REQUIRE(after.at("major").extents[0] == few + 700);
  CHECK(std::memcmp(bridge::host_data<float>(after.at("major")) + 3 * 700,
                    bridge::host_data<float>(alone.at("major")),
                    static_cast<std::size_t>(3 * few) * 4) == 0);
  for (std::int64_t i = 0; i < after.at("major").size(); ++i)
    CHECK(std::isfinite(bridge::host_data<float>(after.at("major"))[i]));
}

TEST_CASE("coincident galaxies have no direction, and harm nothing", "[learn][unit]") {
  FreshGenerator fresh(true);
  auto& positions = fresh.batch.at("positions");
  std::fill_n(bridge::host_data<float>(positions), positions.size(), 0.25F);
  IgnoreGradients sink(fresh.task->weights().size());
  CHECK(std::isfinite(fresh.task->shard_loss(fresh.batch, sink, {})));
  CHECK(std::ranges::all_of(sink.values, [](float value) { return std::isfinite(value); }));
  auto const result = fresh.task->sample(fresh.batch);
  for (std::int64_t i = 0; i < result.at("frames").size(); ++i)
    CHECK(std::isfinite(bridge::host_data<float>(result.at("frames"))[i]));
}

TEST_CASE("a resumed generator has the bits of one that never stopped", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallGenerator const small;
  auto const whole = scratch.file("whole"), parts = scratch.file("parts");
  REQUIRE(small.run(test::world(), whole).steps == 12);
  int runs = 0;
  for (bool stopped = true; stopped; ++runs) {
    REQUIRE(runs < 20);
    std::filesystem::create_directories(parts);
    if (runs < 3)
      std::ofstream(parts + "/stop") << "";
    else
      std::filesystem::remove(parts + "/stop");
    stopped = small.run(test::world(), parts, runs > 0, core::RunControl(parts)).stopped;
  }
  CHECK(runs == 4);
  CHECK(core::hash_file(whole + "/model.safetensors") ==
        core::hash_file(parts + "/model.safetensors"));
  CHECK(learn::finished_model(whole));
}

TEST_CASE("the held-out loss counts the nodes that are held out", "[learn][unit]") {
  // Large graphs held out, small ones trained on: the mean over nodes, not in units of the latter.
  test::SmallGenerator small;
  auto graphs = small.kind.make(0, 40);
  for (std::size_t g = 0; g < graphs.box.size(); ++g)
    graphs.box[g] = graphs.begin[g + 1] - graphs.begin[g] > 4 ? 1 : 0;
  auto const large = std::ranges::count(graphs.box, 1);
  REQUIRE(large > 3);
  REQUIRE(large < 37);
  bridge::GraphsConfig config;
  config.held_out_boxes = {1};
  bridge::GraphSource const source(graphs, config, large, 1);
  learn::prepare_torch(1, "cpu");
  auto const task = learn::make_orientation_flow(small.generator, source.graph_shape(), 3);
  auto const rows = source.examples(0, large);
  std::vector<double> loss(static_cast<std::size_t>(large));
  task->losses(rows, loss);
  auto doubled = source.graph_shape();
  doubled.nodes_per_graph *= 2;
  auto const same = learn::make_orientation_flow(small.generator, doubled, 3);
  std::vector<double> again(loss.size());
  same->losses(rows, again);
  CHECK(loss == again);
  CHECK(source.graph_shape().held_out_nodes ==
        Approx(static_cast<double>(rows.at("id").extents[0]) / static_cast<double>(large)));
}

TEST_CASE("what a generator cannot use is refused by name", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallGenerator small;
  auto const source = small.source();
  auto const folder = scratch.file("model");
  small.run(test::world(), folder);
  CHECK(message_of([&] { learn::Predictor const wrong(folder); }).find("generator") !=
        std::string::npos);
  learn::GeneratorModel const model(folder);
  auto batch = source.examples(0, 3);
  auto const without = [&](char const* name) {
    auto part = batch;
    part.erase(name);
    return message_of([&] { model.sample(part, 1, 0); });
  };
  CHECK(without("scalars").find("'scalars'") != std::string::npos);
  CHECK(without("axes").find("'axes'") != std::string::npos);
  auto const with = [&](char const* name, bridge::ArrayRef const& array) {
    auto part = batch;
    part[name] = array;
    return message_of([&] { model.sample(part, 1, 0); });
  };
  auto const nodes = batch.at("id").extents[0];
  CHECK(with("positions", bridge::allocate(bridge::ElementType::float32, {nodes - 1, 3}))
            .find("'positions' has the shape") != std::string::npos);
  CHECK(with("scalars", bridge::allocate(bridge::ElementType::float32, {nodes, 1}))
            .find("'scalars' has the shape") != std::string::npos);
  CHECK(with("id", bridge::allocate(bridge::ElementType::int64, {nodes + 1})).find("'id'") !=
        std::string::npos);
  auto falling = bridge::allocate(bridge::ElementType::int64, {4});
  std::ranges::copy(std::vector<std::int64_t>{0, nodes, 2, nodes},
                    bridge::host_data<std::int64_t>(falling));
  CHECK(with("graph_begin", falling).find("does not rise") != std::string::npos);
  bridge::host_data<float>(batch.at("scalars"))[2] = std::numeric_limits<float>::quiet_NaN();
  CHECK(message_of([&] { model.sample(batch, 1, 0); }).find("node 1") != std::string::npos);

  auto graphs = small.kind.make(0, 100);
  graphs.major.clear();
  bridge::GraphSource const unlabelled(graphs, {}, 10, 1);
  CHECK_THROWS_AS(learn::train_generator(test::world(), small.generator, small.train, unlabelled,
                                         {}, core::RunControl(), {scratch.file("x"), false, ""}),
                  core::InputError);
  small.generator.label = "frames";
  CHECK(message_of([&] { small.run(test::world(), scratch.file("y")); }).find("generator.label") !=
        std::string::npos);
  small.generator.label = "auto";
  small.train.precision = "bfloat16";
  CHECK(message_of([&] { small.run(test::world(), scratch.file("z")); }).find("train.precision") !=
        std::string::npos);
  small.train.precision = "auto";
  small.train.steps = std::int64_t{1} << 27;
  CHECK(message_of([&] { small.run(test::world(), scratch.file("z")); }).find("train.steps") !=
        std::string::npos);
  small.train.steps = 12;
  small.train.examples = 48;
  CHECK(message_of([&] { small.run(test::world(), scratch.file("z")); }).find("train.examples") !=
        std::string::npos);
}
