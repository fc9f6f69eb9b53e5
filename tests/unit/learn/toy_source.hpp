// SPDX-License-Identifier: BSD-3-Clause
// Sources of examples that need no simulator.
#pragma once

#include <cmath>
#include <string>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/prior.hpp"

namespace shearwater::test {

inline statistics::Prior normal_prior(std::int64_t parameters, double variance) {
  std::vector<statistics::ParameterPrior> list;
  for (std::int64_t i = 0; i < parameters; ++i)
    list.push_back({.name = "theta" + std::to_string(i), .sd = std::sqrt(variance)});
  return statistics::Prior(list);
}

/// theta ~ N(0, 0.1 I), x ~ N(theta, 0.1 I) as summaries: task gaussian_linear of sbibm (Lueckmann
/// et al. 2021). The posterior is N(x / 2, 0.05 I).
class LinearGaussianSource : public bridge::ExampleSource {
 public:
  explicit LinearGaussianSource(std::int64_t parameters = 10, std::int64_t size = 0)
      : parameters_(parameters), size_(size) {}
  bridge::ExampleShape shape() const override {
    bridge::ExampleShape shape;
    shape.parameters = shape.summaries = parameters_;
    return shape;
  }
  std::int64_t size() const override { return size_; }
  bridge::Batch examples(std::uint64_t first, std::int64_t count) const override {
    auto theta = bridge::allocate(bridge::ElementType::float64, {count, parameters_});
    auto x = bridge::allocate(bridge::ElementType::float32, {count, parameters_});
    double* t = bridge::host_data<double>(theta);
    float* s = bridge::host_data<float>(x);
    for (std::int64_t row = 0; row < count; ++row) {
      auto const index = first + static_cast<std::uint64_t>(row);
      core::Stream draws(7, core::Purpose::parameters, index);
      core::Stream noise(7, core::Purpose::observation, index);
      for (std::int64_t i = 0; i < parameters_; ++i, ++t, ++s) {
        *t = std::sqrt(0.1) * draws.normal();
        *s = static_cast<float>(*t + std::sqrt(0.1) * noise.normal());
      }
    }
    return {{"parameters", theta}, {"summaries", x}};
  }

 private:
  std::int64_t parameters_, size_;
};

/// White-noise maps whose mean is theta_0 and whose ln variance is theta_1, with a mask and a noise
/// level, and two summaries.
class ToyMapSource : public bridge::ExampleSource {
 public:
  explicit ToyMapSource(std::int64_t pixels = 8) : pixels_(pixels) {}
  bridge::ExampleShape shape() const override {
    bridge::ExampleShape shape;
    shape.parameters = shape.summaries = 2;
    shape.channels = 1;
    shape.pixels = pixels_;
    shape.mask = shape.noise = true;
    return shape;
  }
  std::int64_t size() const override { return 0; }
  bridge::Batch examples(std::uint64_t first, std::int64_t count) const override {
    auto const area = pixels_ * pixels_;
    bridge::Batch batch;
    auto add = [&](char const* name, bridge::ElementType type, std::vector<std::int64_t> extents) {
      return batch.emplace(name, bridge::allocate(type, std::move(extents))).first->second;
    };
    using bridge::ElementType;
    auto* theta = bridge::host_data<double>(add("parameters", ElementType::float64, {count, 2}));
    auto* maps =
        bridge::host_data<float>(add("maps", ElementType::float32, {count, 1, pixels_, pixels_}));
    auto* mask =
        bridge::host_data<float>(add("mask", ElementType::float32, {count, 1, pixels_, pixels_}));
    auto* noise =
        bridge::host_data<float>(add("noise", ElementType::float32, {count, 1, pixels_, pixels_}));
    auto* summaries = bridge::host_data<float>(add("summaries", ElementType::float32, {count, 2}));
    for (std::int64_t row = 0; row < count; ++row) {
      core::Stream draws(3, core::Purpose::observation, first + static_cast<std::uint64_t>(row));
      double const mean = draws.normal(), spread = draws.normal();
      theta[2 * row] = mean;
      theta[2 * row + 1] = spread;
      double sum = 0, squares = 0;
      for (std::int64_t i = 0; i < area; ++i) {
        double const value = mean + std::exp(0.5 * spread) * draws.normal();
        sum += value;
        squares += value * value;
        maps[row * area + i] = static_cast<float>(value);
        mask[row * area + i] = i % 5 == 0 ? 0.0F : 1.0F;
        noise[row * area + i] = 0.1F * static_cast<float>(i % 3);
      }
      summaries[2 * row] = static_cast<float>(sum / static_cast<double>(area));
      summaries[2 * row + 1] = static_cast<float>(std::log(squares / static_cast<double>(area)));
    }
    return batch;
  }

 private:
  std::int64_t pixels_;
};

}  // namespace shearwater::test
