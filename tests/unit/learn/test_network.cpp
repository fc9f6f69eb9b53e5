// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "mixture_task.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/learn/network_config.hpp"
#include "toy_source.hpp"

namespace {

using namespace shearwater;

/// Keeps one shard's gradients.
class Keep : public learn::GradientSink {
 public:
  explicit Keep(std::size_t size) : values(size, 0.0F) {}
  float* gradients() override { return values.data(); }
  void ready(std::size_t index) override { order.push_back(index); }
  std::vector<float> values;
  std::vector<std::size_t> order;
};

learn::NetworkConfig small_network(std::string const& norm) {
  learn::prepare_torch(1, "cpu");
  learn::NetworkConfig config;
  config.stem_channels = 4;
  config.stem_stride = 1;
  config.stage_channels = {4, 8};
  config.stage_blocks = {1, 2};
  config.norm = norm;
  config.norm_groups = 2;
  config.activation = "silu";
  config.mask_channel = config.noise_channel = true;
  config.summary_layers = {8};
  config.layers = {16};
  config.components = 2;
  return config;
}

double mean_loss(learn::Task& task, bridge::Batch const& rows) {
  std::vector<float> statistics(task.running().size());
  Keep sink(task.weights().size());
  return task.shard_loss(rows, sink, statistics);
}

}  // namespace

TEST_CASE("every weight's gradient equals finite differences and arrives once", "[learn][unit]") {
  test::ToyMapSource const source;
  auto const prior = test::normal_prior(2, 1.0);
  auto const rows = source.examples(0, 8);
  for (std::string const norm : {"group", "batch", "none"}) {
    auto const task =
        learn::make_mixture_task({small_network(norm), source.shape(), 11, false}, &prior);
    Keep sink(task->weights().size());
    std::vector<float> statistics(task->running().size());
    task->shard_loss(rows, sink, statistics);
    auto order = sink.order;
    std::sort(order.begin(), order.end());
    REQUIRE(order.size() == task->arrays().size());
    CHECK(std::adjacent_find(order.begin(), order.end()) == order.end());
    CHECK(sink.order.front() > sink.order.back());  // the last layers' gradients come first
    // float32 losses of about 3 with a step of 2e-2: differences are good to about 1e-4.
    for (auto const& array : task->arrays()) {
      auto const i = static_cast<std::size_t>(array.offset + array.size / 2);
      auto weights = task->weights();
      float const before = weights[i], h = 2e-2F;
      weights[i] = before + h;
      double const up = mean_loss(*task, rows);
      weights[i] = before - h;
      double const down = mean_loss(*task, rows);
      weights[i] = before;
      INFO(norm << " " << array.name);
      CHECK_THAT(static_cast<double>(sink.values[i]), WithinAbs((up - down) / (2 * h), 2e-3));
    }
  }
}

TEST_CASE("initial weights are a function of the seed", "[learn][unit]") {
  test::ToyMapSource const source;
  auto weights_of = [&](std::uint64_t seed) {
    auto const task =
        learn::make_mixture_task({small_network("group"), source.shape(), seed, false}, nullptr);
    auto const weights = task->weights();
    return std::vector<float>(weights.begin(), weights.end());
  };
  CHECK(weights_of(1) == weights_of(1));
  CHECK(weights_of(1) != weights_of(2));
}

TEST_CASE("with circular padding a shifted map gives the same features", "[learn][unit]") {
  test::ToyMapSource const source(16);
  auto const prior = test::normal_prior(2, 1.0);
  auto config = small_network("group");
  config.mask_channel = config.noise_channel = config.use_summaries = false;
  auto const task = learn::make_mixture_task({config, source.shape(), 11, false}, &prior);
  auto rows = source.examples(0, 1), shifted = source.examples(0, 1);
  float const* from = bridge::host_data<float>(rows.at("maps"));
  float* to = bridge::host_data<float>(shifted.at("maps"));
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 16; ++j) to[(i + 4) % 16 * 16 + (j + 10) % 16] = from[i * 16 + j];
  double loss = 0, loss_shifted = 0;
  task->losses(rows, {&loss, 1});
  task->losses(shifted, {&loss_shifted, 1});
  // One stage halves the resolution, so shifts by multiples of 2 are exact symmetries.
  CHECK_THAT(loss_shifted, WithinAbs(loss, 1e-5));
}

TEST_CASE("contradicting network keys are refused with the remedy", "[learn][unit]") {
  test::ToyMapSource const source;
  auto message = [&](auto&& change) -> std::string {
    learn::NetworkConfig config;
    change(config);
    try {
      config.check(source.shape());
    } catch (core::InputError const& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message([](auto&) {}).empty());
  CHECK_THAT(message([](auto& c) { c.use_maps = c.use_summaries = false; }),
             ContainsSubstring("would see nothing"));
  CHECK_THAT(message([](auto& c) { c.stage_blocks = {1}; }), ContainsSubstring("3 stages"));
  CHECK_THAT(message([](auto& c) { c.stem_kernel = 4; }), ContainsSubstring("odd"));
  CHECK_THAT(message([](auto& c) { c.norm = "group", c.norm_groups = 7; }),
             ContainsSubstring("norm_groups = 7"));
  learn::NetworkConfig maps_only;
  maps_only.use_summaries = false;
  CHECK_THROWS_AS(maps_only.check(test::LinearGaussianSource().shape()), core::InputError);
}
