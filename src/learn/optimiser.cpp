// SPDX-License-Identifier: BSD-3-Clause
#include "optimiser.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace shearwater::learn {

double learning_rate(TrainConfig const& config, std::int64_t step, std::int64_t total) {
  if (step < config.warmup_steps)
    return config.learning_rate * static_cast<double>(step + 1) /
           static_cast<double>(config.warmup_steps);
  if (config.schedule == "constant") return config.learning_rate;
  auto const after = step - config.warmup_steps;
  if (config.schedule == "step")
    return config.learning_rate *
           std::pow(config.decay_factor, static_cast<double>(after / config.decay_every));
  auto const length = std::max<std::int64_t>(1, total - config.warmup_steps);
  double const wave =
      0.5 *
      (1 + std::cos(std::numbers::pi * static_cast<double>(after) / static_cast<double>(length)));
  return config.learning_rate * (config.final_fraction + (1 - config.final_fraction) * wave);
}

double average_decay(TrainConfig const& config, std::int64_t step) {
  auto const t = static_cast<double>(step);
  return std::min(config.ema, (1 + t) / (10 + t));
}

double norm(std::span<float const> values) {
  constexpr std::size_t lanes = 16;
  std::array<double, lanes> sums{};
  auto const whole = values.size() / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      auto const value = static_cast<double>(values[i + lane]);
      sums[lane] += value * value;
    }
  for (std::size_t i = whole; i < values.size(); ++i)
    sums[i - whole] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  double total = 0;
  for (auto const sum : sums) total += sum;
  return std::sqrt(total);
}

OptimiserState initial_state(std::span<float const> weights) {
  return {{weights.begin(), weights.end()},
          std::vector<float>(weights.size(), 0.0F),
          std::vector<float>(weights.size(), 0.0F)};
}

void update(TrainConfig const& config, std::vector<WeightArray> const& arrays, std::int64_t step,
            std::int64_t total, double gradient_norm, std::span<float const> gradients,
            std::span<float> weights, OptimiserState& state, std::optional<Turn> turn) {
  bool const clips = config.clip_norm > 0 && gradient_norm > config.clip_norm;
  auto const scale = static_cast<float>(clips ? config.clip_norm / gradient_norm : 1.0);
  auto const b1 = static_cast<float>(config.beta1), b2 = static_cast<float>(config.beta2);
  auto const past = turn ? turn->past : step;
  auto const count = static_cast<double>(past + 1);
  double const rate = learning_rate(config, step, total);
  auto const size = static_cast<float>(rate / (1 - std::pow(config.beta1, count)));
  auto const root_bias = static_cast<float>(1 / std::sqrt(1 - std::pow(config.beta2, count)));
  auto const epsilon = static_cast<float>(config.epsilon);
  auto const follow = static_cast<float>(1 - average_decay(config, past));
  for (auto const& array : arrays) {
    if (turn && array.group != turn->group) continue;
    auto const shrink = static_cast<float>(array.decays ? 1 - rate * config.weight_decay : 1.0);
    float const* g = gradients.data() + array.offset;
    float* w = weights.data() + array.offset;
    float* m = state.first.data() + array.offset;
    float* v = state.second.data() + array.offset;
    float* a = state.average.data() + array.offset;
    for (std::int64_t i = 0; i < array.size; ++i) {
      float const gradient = g[i] * scale;
      m[i] = b1 * m[i] + (1 - b1) * gradient;
      v[i] = b2 * v[i] + (1 - b2) * gradient * gradient;
      w[i] = w[i] * shrink - size * m[i] / (std::sqrt(v[i]) * root_bias + epsilon);
      a[i] += follow * (w[i] - a[i]);
    }
  }
}

}  // namespace shearwater::learn
