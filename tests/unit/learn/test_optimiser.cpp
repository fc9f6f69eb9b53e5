// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "gradient_buffer.hpp"
#include "optimiser.hpp"
#include "shard_maker.hpp"
#include "support.hpp"
#include "toy_source.hpp"

namespace {
using namespace shearwater;
}

TEST_CASE("two steps of Adam equal those computed by hand", "[learn][unit]") {
  learn::TrainConfig config;
  config.learning_rate = 0.1;
  config.schedule = "constant";
  config.warmup_steps = 0;
  config.beta1 = 0.9;
  config.beta2 = 0.99;
  config.weight_decay = 0.5;
  config.clip_norm = 1.0;
  config.ema = 0.998;
  std::vector<learn::WeightArray> const arrays = {{"w", {2}, 0, 2, false, true}};
  std::vector<float> weights(16, 0.0F), gradients(16, 0.0F);
  weights[0] = 1.0F;
  weights[1] = -2.0F;
  auto state = learn::initial_state(weights);
  double w[2] = {1, -2}, m[2] = {0, 0}, v[2] = {0, 0}, a[2] = {1, -2};
  double const raw[2][2] = {{3.0, 4.0}, {0.1, -0.2}};
  for (int step = 0; step < 2; ++step) {
    gradients[0] = static_cast<float>(raw[step][0]);
    gradients[1] = static_cast<float>(raw[step][1]);
    double const length = learn::norm(gradients);
    CHECK_THAT(length, WithinRel(std::hypot(raw[step][0], raw[step][1]), 1e-7));
    learn::update(config, arrays, step, 2, length, gradients, weights, state);
    double const scale = length > 1 ? 1 / length : 1;
    double const follow = 1 - (1.0 + step) / (10.0 + step);
    for (int i = 0; i < 2; ++i) {
      double const g = raw[step][i] * scale;
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.99 * v[i] + 0.01 * g * g;
      double const m_hat = m[i] / (1 - std::pow(0.9, step + 1));
      double const v_hat = v[i] / (1 - std::pow(0.99, step + 1));
      w[i] -= 0.1 * 0.5 * w[i];
      w[i] -= 0.1 * m_hat / (std::sqrt(v_hat) + 1e-8);
      a[i] += follow * (w[i] - a[i]);
      // float32 arithmetic: a few units of 6e-8 in each operation.
      CHECK_THAT(static_cast<double>(weights[static_cast<std::size_t>(i)]), WithinAbs(w[i], 3e-6));
      CHECK_THAT(static_cast<double>(state.average[static_cast<std::size_t>(i)]),
                 WithinAbs(a[i], 3e-6));
    }
  }
}

TEST_CASE("groups trained in turns move as if each were trained alone", "[learn][unit]") {
  learn::TrainConfig config;
  config.schedule = "constant";
  config.warmup_steps = 0;
  std::vector<learn::WeightArray> const both = {{"a", {3}, 0, 3, false, true, 0},
                                                {"b", {2}, 16, 2, false, true, 1}};
  std::vector<float> weights(32, 0.5F), gradients(32, 0.0F);
  auto state = learn::initial_state(weights);
  std::vector<float> alone_weights[2] = {weights, weights};
  learn::OptimiserState alone[2] = {state, state};
  std::int64_t past[2] = {0, 0};
  for (int step = 0; step < 12; ++step) {
    int const group = step % 3 == 2 ? 1 : 0;
    for (std::size_t i = 0; i < 32; ++i)
      gradients[i] = std::sin(static_cast<float>(step) + 0.3F * static_cast<float>(i));
    learn::update(config, both, step, 12, 1.0, gradients, weights, state,
                  learn::Turn{group, past[group]});
    auto const one = static_cast<std::size_t>(group);
    learn::update(config, {both[one]}, past[group]++, 12, 1.0, gradients, alone_weights[one],
                  alone[one]);
  }
  for (std::size_t i = 0; i < 18; ++i) {
    auto const one = static_cast<std::size_t>(i < 16 ? 0 : 1);
    CHECK(weights[i] == alone_weights[one][i]);
    CHECK(state.average[i] == alone[one].average[i]);
  }
  CHECK(weights[0] != 0.5F);
  CHECK(weights[16] != 0.5F);
}

TEST_CASE("the learning rate rises, then follows its schedule", "[learn][unit]") {
  learn::TrainConfig config;
  config.learning_rate = 1.0;
  config.warmup_steps = 10;
  config.final_fraction = 0.1;
  CHECK_THAT(learn::learning_rate(config, 0, 110), WithinAbs(0.1, 1e-12));
  CHECK_THAT(learn::learning_rate(config, 9, 110), WithinAbs(1.0, 1e-12));
  CHECK_THAT(learn::learning_rate(config, 60, 110), WithinAbs(0.55, 1e-12));
  CHECK_THAT(learn::learning_rate(config, 110, 110), WithinAbs(0.1, 1e-12));
  config.schedule = "step";
  config.decay_every = 20;
  CHECK_THAT(learn::learning_rate(config, 10 + 45, 110), WithinAbs(0.25, 1e-12));
}

TEST_CASE("shards are added as a binary tree whatever the buckets", "[learn][unit]") {
  // Numbers whose float32 sum depends on the order of the additions.
  std::vector<learn::WeightArray> const arrays = {{"a", {3}, 0, 3, false, true},
                                                  {"b", {5}, 16, 5, false, true}};
  float const value[4] = {1e8F, 1.0F, -1e8F, 1.0F};
  float const expected = ((value[0] + value[1]) + (value[2] + value[3])) * 0.25F;
  for (bool const overlap : {true, false}) {
    learn::GradientBuffer buffer(test::world(), arrays, 2, 4, 4, overlap);
    for (int shard = 0; shard < 4; ++shard) {
      buffer.begin_shard();
      for (int i = 0; i < 21; ++i) buffer.gradients()[i] = value[shard];
      for (std::size_t i : {1, 0}) buffer.ready(i);
      for (auto& statistic : buffer.batch_statistics()) statistic = static_cast<float>(shard);
      buffer.end_shard({static_cast<float>(shard), shard == 1 ? 1.0F : 0.0F, 0.0F});
    }
    buffer.finish();
    for (int i : {0, 2, 16, 20})
      CHECK(buffer.mean_gradients()[static_cast<std::size_t>(i)] == expected);
    CHECK(buffer.mean_statistics()[1] == 1.5F);
    CHECK(buffer.numbers().loss == 1.5F);
    CHECK(buffer.numbers().stop > 0);
  }
}

TEST_CASE("every kept or stored example comes once in each epoch", "[learn][unit]") {
  learn::TrainConfig config;
  config.held_out = 10;
  config.shards = 2;
  config.shard_size = 4;
  test::LinearGaussianSource const endless(1), stored(1, 10 + 6 * 8 + 5);
  learn::StreamShards from_file(stored, config);
  learn::BankShards bank(endless, config, 0, 2, {"parameters"});
  for (int i = 0; i < 6; ++i) bank.grow();
  auto const rows = endless.examples(10, 48);
  double const* theta = bridge::host_data<double>(rows.at("parameters"));
  std::vector<double> const wanted(theta, theta + 48);
  for (auto* maker :
       {static_cast<learn::ShardMaker*>(&from_file), static_cast<learn::ShardMaker*>(&bank)}) {
    std::vector<std::vector<double>> epochs(2);
    for (std::int64_t step = 0; step < 12; ++step)
      for (auto const& shard : maker->shards(step, 0, 2)) {
        double const* value = bridge::host_data<double>(shard.at("parameters"));
        auto& epoch = epochs[static_cast<std::size_t>(step / 6)];
        epoch.insert(epoch.end(), value, value + 4);
      }
    CHECK(epochs[0] != epochs[1]);
    for (auto epoch : epochs)
      CHECK(std::is_permutation(epoch.begin(), epoch.end(), wanted.begin()));
  }
}
