// SPDX-License-Identifier: BSD-3-Clause
// Adam with decoupled weight decay, gradient clipping, learning-rate schedule and the moving
// average of the weights, on flat vectors. Every rank computes the same update from the same mean
// gradient.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "shearwater/learn/train_config.hpp"
#include "task.hpp"

namespace shearwater::learn {

/// Learning rate of `step` (from 0) of `total`: a linear rise over warmup_steps, then constant,
/// half a cosine from 1 to final_fraction, or a factor decay_factor after every decay_every steps.
double learning_rate(TrainConfig const& config, std::int64_t step, std::int64_t total);

/// Decay of the moving average at `step`: min(ema, (1 + step) / (10 + step)), so that the first
/// weights are forgotten and no bias needs dividing out.
double average_decay(TrainConfig const& config, std::int64_t step);

/// Square root of the sum of squares, in double, over fixed blocks in the order of the vector.
double norm(std::span<float const> values);

/// What a checkpoint keeps of the optimiser.
struct OptimiserState {
  std::vector<float> average;        ///< moving average of the weights
  std::vector<float> first, second;  ///< Adam's moments
};

OptimiserState initial_state(std::span<float const> weights);

/// One step (Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019 for the decay): gradients are
/// scaled by min(1, clip_norm / gradient_norm) first, and the moving average follows the new
/// weights. `step` of `total` decides the learning rate; where groups of weights are trained in
/// turns, only those of `turn` are moved, and their moments and average count their own steps.
void update(TrainConfig const& config, std::vector<WeightArray> const& arrays, std::int64_t step,
            std::int64_t total, double gradient_norm, std::span<float const> gradients,
            std::span<float> weights, OptimiserState& state, std::optional<Turn> turn = {});

}  // namespace shearwater::learn
