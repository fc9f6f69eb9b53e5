// SPDX-License-Identifier: BSD-3-Clause
// Levels of graphs and the flow of values, on grids whose values are ramps.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <span>

#include "alignment_rows.hpp"
#include "catch.hpp"
#include "gan_noise.hpp"
#include "generator_fixture.hpp"
#include "generator_task.hpp"
#include "graph_levels.hpp"
#include "mixture_task.hpp"
#include "ramp_graphs.hpp"
#include "support.hpp"
#include "training_fixture.hpp"

namespace {

using namespace shearwater;

/// Keeps one shard's gradients.
class Kept : public learn::GradientSink {
 public:
  explicit Kept(std::size_t size) : values(size, 7.0F) {}
  float* gradients() override { return values.data(); }
  void ready(std::size_t /*index*/) override { ++arrays; }
  std::vector<float> values;
  std::size_t arrays = 0;
};

learn::GeneratorConfig small_flow(std::string const& layer = "directional") {
  learn::GeneratorConfig config;
  config.layer = layer;
  config.label = "values";
  config.features = 12;
  config.directions = 4;
  config.blocks = {1, 1};
  config.condition_units = 12;
  return config;
}

/// A training of it on grids of five by five nodes.
struct SmallFlow : test::SmallGenerator {
  bool half = false;
  std::int64_t neighbours = 6;
  SmallFlow() {
    generator = small_flow();
    train.shards = 2;
    train.shard_size = 16;
  }
  bridge::GraphSource ramps() const {
    bridge::GraphsConfig config;
    config.neighbours = neighbours;
    return {test::ramp_graphs(200, 5, half), config, train.held_out, 1};
  }
  void run_on_ramps(std::string const& folder, bool resume = false,
                    core::RunControl const& control = core::RunControl()) const {
    learn::train_generator(test::world(), generator, train, ramps(), {}, control,
                           {folder, resume, ""});
  }
};

/// Slope of a grid's values along x and along y.
std::pair<double, double> slopes(float const* values, int side) {
  double x = 0, y = 0;
  for (int i = 0; i < side * side; ++i) {
    x += (i % side - 0.5 * (side - 1)) * static_cast<double>(values[i]);
    y += (i / side - 0.5 * (side - 1)) * static_cast<double>(values[i]);
  }
  return {x, y};
}

std::span<std::int64_t const> links_of(learn::NodeLinks const& links, std::size_t node) {
  return std::span(links.node)
      .subspan(static_cast<std::size_t>(links.begin[node]),
               static_cast<std::size_t>(links.begin[node + 1] - links.begin[node]));
}

}  // namespace

TEST_CASE("a coarser level is a quarter of the nodes, evenly spread, with its nearest",
          "[learn][unit]") {
  auto const graphs = test::ramp_graphs(3, 8);
  auto const levels = learn::coarser_levels(graphs.begin, graphs.position, 5, 2);
  REQUIRE(levels.size() == 2);
  CHECK(levels[0].graph_begin == std::vector<std::int64_t>{0, 16, 32, 48});
  CHECK(levels[1].graph_begin == std::vector<std::int64_t>{0, 4, 8, 12});
  auto const place = [](std::vector<float> const& at, std::size_t node) {
    return std::array{at[3 * node], at[3 * node + 1]};
  };
  auto const square = [](auto const& a, auto const& b) {
    return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);
  };
  // Sixteen of 64 grid points of spacing 1: none is farther than two diagonals from one of them.
  double farthest = 0, closest = 1e9;
  for (std::size_t i = 0; i < 64; ++i) {
    double nearest = 1e9;
    for (std::size_t j = 0; j < 16; ++j)
      nearest = std::min<double>(nearest,
                                 square(place(graphs.position, i), place(levels[0].positions, j)));
    farthest = std::max(farthest, nearest);
  }
  for (std::size_t i = 0; i < 16; ++i)
    for (std::size_t j = 0; j < i; ++j)
      closest = std::min<double>(
          closest, square(place(levels[0].positions, i), place(levels[0].positions, j)));
  CHECK(farthest <= 4);
  CHECK(closest >= 2);
  // Links of the second graph lead to the nearest of the second graph.
  for (std::size_t i = 64; i < 128; ++i) {
    auto const up = links_of(levels[0].up, i);
    REQUIRE(up.size() == 5);
    std::vector<double> all;
    for (std::size_t j = 16; j < 32; ++j)
      all.push_back(square(place(graphs.position, i), place(levels[0].positions, j)));
    std::ranges::sort(all);
    for (std::size_t k = 0; k < 5; ++k) {
      CHECK((16 <= up[k] && up[k] < 32));
      CHECK(square(place(graphs.position, i),
                   place(levels[0].positions, static_cast<std::size_t>(up[k]))) == all[k]);
    }
  }
  for (std::size_t i = 16; i < 32; ++i) {
    auto const same = links_of(levels[0].same, i);
    CHECK(same.size() == 5);
    CHECK(std::ranges::find(same, static_cast<std::int64_t>(i)) == same.end());
    auto const down = links_of(levels[0].down, i);
    // A chosen node is its own nearest at the finer level.
    CHECK(place(graphs.position, static_cast<std::size_t>(down[0])) ==
          place(levels[0].positions, i));
  }
}

TEST_CASE("levels of small, empty and coincident graphs", "[learn][unit]") {
  // One node; none; three at one place.
  std::vector<std::int64_t> const begin = {0, 1, 1, 4};
  std::vector<float> const positions(12, 0.5F);
  auto const levels = learn::coarser_levels(begin, positions, 4, 2);
  CHECK(levels[0].graph_begin == std::vector<std::int64_t>{0, 1, 1, 2});
  CHECK(levels[1].graph_begin == std::vector<std::int64_t>{0, 1, 1, 2});
  CHECK(levels[0].same.node.empty());
  CHECK(levels[0].down.node == std::vector<std::int64_t>{0, 1, 2, 3});
  CHECK(levels[0].up.node == std::vector<std::int64_t>{0, 1, 1, 1});
  // All of a graph's nodes where no number of neighbours is given.
  CHECK(learn::coarser_levels(begin, positions, 0, 1)[0].up.node ==
        std::vector<std::int64_t>{0, 1, 1, 1});
}

TEST_CASE("gradients of a flow of values are those of finite differences", "[learn][unit]") {
  auto const graphs = test::ramp_graphs(6, 5);
  auto const batch = test::whole_batch(graphs, 6);
  learn::prepare_torch(1, "cpu");
  auto config = small_flow(GENERATE("directional", "isotropic"));
  config.places = GENERATE(false, true);
  INFO(config.layer << (config.places ? " with places" : ""));
  auto const task =
      learn::make_value_flow(config, bridge::GraphSource(graphs, {}, 0, 1).graph_shape(), 5);
  learn::InputStatistics scales;
  scales.distance = {{0.1F}, {1.0F}};
  task->set_input_statistics(scales);
  task->begin_step(3);
  // The last weights start small: larger ones make all gradients visible.
  for (auto const& array : task->arrays())
    if (array.name == "out.weight" || array.name.ends_with("mix.weight"))
      for (auto& weight : task->weights().subspan(static_cast<std::size_t>(array.offset),
                                                  static_cast<std::size_t>(array.size)))
        weight *= 5;
  auto const loss = [&] {
    Kept sink(task->weights().size());
    return task->shard_loss(batch, sink, {});
  };
  Kept sink(task->weights().size());
  task->shard_loss(batch, sink, {});
  REQUIRE(sink.arrays == task->arrays().size());
  for (auto const& array : task->arrays()) {
    // Along the gradient of the array: what rounding there is in single precision stays small.
    auto const first = static_cast<std::size_t>(array.offset);
    auto const size = static_cast<std::size_t>(array.size);
    double square = 0;
    for (auto i = first; i < first + size; ++i)
      square += static_cast<double>(sink.values[i]) * static_cast<double>(sink.values[i]);
    double const norm = std::sqrt(square);
    INFO(array.name << ", |gradient| " << norm);
    CHECK(norm > 1e-6);
    auto const weights = task->weights();
    std::vector<float> const before(weights.begin() + array.offset,
                                    weights.begin() + array.offset + array.size);
    auto const moved = [&](double by) {
      for (std::size_t i = 0; i < size; ++i)
        weights[first + i] = before[i] + static_cast<float>(by / norm) * sink.values[first + i];
      return loss();
    };
    double closest = 1e9;
    for (double const h : {1e-2, 3e-3})
      closest = std::min(closest, std::abs((moved(h) - moved(-h)) / (2 * h) - norm));
    std::ranges::copy(before, weights.begin() + array.offset);
    CHECK(closest < 3e-4 + 0.02 * norm);
  }
}

TEST_CASE("values outside [0, 1] are refused", "[learn][unit]") {
  auto graphs = test::ramp_graphs(3, 4);
  learn::prepare_torch(1, "cpu");
  auto const task =
      learn::make_value_flow(small_flow(), bridge::GraphSource(graphs, {}, 0, 1).graph_shape(), 5);
  Kept sink(task->weights().size());
  for (float const value : {1.5F, -0.5F, std::numeric_limits<float>::quiet_NaN()}) {
    graphs.values[5] = value;
    CHECK_THROWS_AS(task->shard_loss(test::whole_batch(graphs, 4), sink, {}), core::InputError);
  }
}

TEST_CASE("values of a graph alone have the bits that they have among others", "[learn][unit]") {
  test::ScratchFolder const scratch;
  SmallFlow const small;
  small.run_on_ramps(scratch.file("model"));
  learn::GeneratorModel const model(scratch.file("model"));
  CHECK(model.card().label == "values");
  CHECK(model.operations_per_galaxy() > 1000);
  auto const graphs = test::ramp_graphs(6, 5);
  auto const all = model.sample(test::whole_batch(graphs, 6), 5, 1).at("values");
  CHECK(all.extents == std::vector<std::int64_t>{150, 1});
  float const* values = bridge::host_data<float>(all);
  CHECK(std::all_of(values, values + 150, [](float v) { return v >= 0 && v <= 1; }));
  std::vector<std::int64_t> const which = {4, 1};
  auto const part = model.sample(bridge::graph_batch(graphs, which, 6), 5, 1).at("values");
  float const* some = bridge::host_data<float>(part);
  CHECK(std::memcmp(some, values + 100, 100) == 0);
  CHECK(std::memcmp(some + 25, values + 25, 100) == 0);
  auto const next = model.sample(test::whole_batch(graphs, 6), 5, 2).at("values");
  CHECK(std::memcmp(bridge::host_data<float>(next), values, 600) != 0);
}

TEST_CASE("a resumed flow of values has the bits of one that never stopped", "[learn][unit]") {
  test::ScratchFolder const scratch;
  SmallFlow small;
  small.train.checkpoint_every = 5;
  small.run_on_ramps(scratch.file("whole"));
  std::filesystem::create_directories(scratch.file("parts"));
  std::ofstream(scratch.file("parts/stop")) << "";
  small.run_on_ramps(scratch.file("parts"), false, core::RunControl(scratch.file("parts")));
  std::filesystem::remove(scratch.file("parts/stop"));
  small.run_on_ramps(scratch.file("parts"), true);
  CHECK(test::weights_of(scratch.file("parts")) == test::weights_of(scratch.file("whole")));
}

// Isotropic convolutions of complete graphs are blind to a mirror image, so half of their ramps
// rise towards negative x by chance: of 200 samples a share outside 0.35 to 0.65 has a probability
// of 2e-5. (A choice of neighbours or of coarser nodes among equals would tell left from right.)
TEST_CASE("convolutions with directions learn where values rise, isotropic ones cannot",
          "[learn][unit]") {
  test::ScratchFolder const scratch;
  SmallFlow small;
  small.half = true;
  small.neighbours = 0;
  small.generator.blocks = {2};
  small.train.steps = 250;
  small.train.learning_rate = 1e-2;
  small.train.ema = 0.98;
  small.generator.layer = GENERATE("directional", "isotropic");
  INFO(small.generator.layer);
  small.run_on_ramps(scratch.file("model"));
  learn::GeneratorModel const model(scratch.file("model"));
  auto const graphs = test::ramp_graphs(200, 5);
  auto const made = model.sample(test::whole_batch(graphs, 6), 5, 0).at("values");
  double right = 0, length = 0;
  for (int g = 0; g < 200; ++g) {
    auto const [x, y] = slopes(bridge::host_data<float>(made) + 25 * g, 5);
    right += x > 0 ? 1.0 / 200 : 0;
    length += std::hypot(x, y) / 200;
  }
  if (small.generator.layer == "directional") {
    CHECK(right > 0.9);
    CHECK_THAT(length, WithinAbs(7.5, 1.5));  // of true ramps: 0.3 / 2 times 50
  } else {
    CHECK((0.35 < right && right < 0.65));
  }
}

TEST_CASE("what a flow of values cannot use is refused by name", "[learn][unit]") {
  auto const shape = bridge::GraphSource(test::ramp_graphs(3, 4), {}, 0, 1).graph_shape();
  auto config = small_flow();
  CHECK_NOTHROW(config.check(shape));
  CHECK_NOTHROW(config.refuse_unused());
  config.rounds = 3;
  CHECK_THAT(test::message_of([&] { config.refuse_unused(); }), ContainsSubstring("rounds"));
  config = small_flow("equivariant");
  CHECK_THAT(test::message_of([&] { config.check(shape); }), ContainsSubstring("directional"));
  config = small_flow();
  config.blocks = {};
  CHECK_THAT(test::message_of([&] { config.check(shape); }), ContainsSubstring("blocks"));
  learn::GeneratorConfig other;
  other.places = true;
  CHECK_NOTHROW(other.refuse_unused());  // until the graphs say what `auto` means
  CHECK_THAT(test::message_of([&] { other.refuse_unused("major"); }), ContainsSubstring("places"));
  other = small_flow();
  other.label = "auto", other.rounds = 3;
  CHECK_THAT(test::message_of([&] { other.refuse_unused(other.resolved_label(shape)); }),
             ContainsSubstring("rounds"));
}
