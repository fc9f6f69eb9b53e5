// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/inference/linear_gaussian.hpp"

#include <array>
#include <cmath>
#include <numbers>

#include "shearwater/core/random.hpp"

namespace shearwater::inference {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Product of two Gaussians of equal mean-zero prior and noise: 1 / (1/s^2 + 1/n^2).
constexpr double posterior_variance =
    1 / (1 / LinearGaussian::prior_variance + 1 / LinearGaussian::noise_variance);

}  // namespace

statistics::Prior LinearGaussian::prior() {
  std::vector<statistics::ParameterPrior> parameters;
  for (std::int64_t i = 0; i < dimension; ++i)
    parameters.push_back({"theta_" + std::to_string(i), "normal", 0.0, std::sqrt(prior_variance)});
  return statistics::Prior(std::move(parameters));
}

void LinearGaussian::simulate(std::uint64_t index, std::span<double> theta,
                              std::span<double> x) const {
  core::Stream parameters(seed_, core::Purpose::parameters, index);
  core::Stream noise(seed_, core::Purpose::observation, index);
  for (std::int64_t i = 0; i < dimension; ++i) {
    theta[at(i)] = std::sqrt(prior_variance) * parameters.normal();
    x[at(i)] = theta[at(i)] + std::sqrt(noise_variance) * noise.normal();
  }
}

MixturePosterior LinearGaussian::exact_posterior(std::span<double const> x) {
  auto const maps = static_cast<std::int64_t>(x.size()) / dimension;
  double const sd = std::sqrt(prior_variance), shrink = posterior_variance / noise_variance;
  std::vector<double> means, scale(at(maps * dimension * dimension), 0.0);
  for (double const value : x) means.push_back(shrink * value / sd);
  for (std::int64_t m = 0; m < maps; ++m)
    for (std::int64_t i = 0; i < dimension; ++i)
      scale[at((m * dimension + i) * dimension + i)] = std::sqrt(posterior_variance) / sd;
  return MixturePosterior(prior(), maps, 1, std::vector<double>(at(maps), 1.0), std::move(means),
                          std::move(scale));
}

double LinearGaussian::best_loss() {
  return 0.5 * static_cast<double>(dimension) *
         (std::log(2 * std::numbers::pi) + 1 + std::log(posterior_variance));
}

double LinearGaussian::information() {
  return 0.5 * static_cast<double>(dimension) * std::log(prior_variance / posterior_variance);
}

bridge::ExampleShape LinearGaussian::shape() const {
  bridge::ExampleShape shape;
  shape.parameters = shape.summaries = dimension;
  shape.parameter_names = prior().names();
  return shape;
}

bridge::Batch LinearGaussian::examples(std::uint64_t first, std::int64_t count) const {
  auto const parameters = bridge::allocate(bridge::ElementType::float64, {count, dimension});
  auto const summaries = bridge::allocate(bridge::ElementType::float32, {count, dimension});
  double* theta = bridge::host_data<double>(parameters);
  float* data = bridge::host_data<float>(summaries);
  std::array<double, dimension> x{};
  for (std::int64_t n = 0; n < count; ++n) {
    simulate(first + static_cast<std::uint64_t>(n), {theta + n * dimension, at(dimension)}, x);
    for (std::int64_t i = 0; i < dimension; ++i)
      data[n * dimension + i] = static_cast<float>(x[at(i)]);
  }
  return {{"parameters", parameters}, {"summaries", summaries}};
}

}  // namespace shearwater::inference
