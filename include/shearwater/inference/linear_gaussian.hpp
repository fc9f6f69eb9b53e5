// SPDX-License-Identifier: BSD-3-Clause
// A task whose posterior is known exactly: theta ~ N(0, 0.1 I) in ten dimensions, x ~ N(theta, 0.1
// I) (gaussian_linear of sbibm, Lueckmann et al. 2021; 0.1 is a variance). The posterior is N(x /
// 2, 0.05 I), the mutual information 5 ln 2 nats, the best mean loss -0.789 nats.
#pragma once

#include <cstdint>
#include <span>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/inference/mixture_posterior.hpp"

namespace shearwater::inference {

/// Examples of the task: "parameters" (n, 10) and "summaries" (n, 10), the data x; no maps.
class LinearGaussian : public bridge::ExampleSource {
 public:
  static constexpr std::int64_t dimension = 10;
  static constexpr double prior_variance = 0.1, noise_variance = 0.1;

  explicit LinearGaussian(std::uint64_t seed) : seed_(seed) {}

  /// Parameters "theta_0" ... "theta_9".
  static statistics::Prior prior();
  /// Pair number `index`: theta (10) from the prior and x (10) given theta.
  void simulate(std::uint64_t index, std::span<double> theta, std::span<double> x) const;
  /// The exact posteriors of data x (n, 10), as mixtures of one component.
  static MixturePosterior exact_posterior(std::span<double const> x);
  /// E[-ln p(theta | x)] = 5 (ln 2 pi + 1 + ln 0.05) = -0.789 nats: no estimator has a lower loss.
  static double best_loss();
  /// I(theta; x) = 5 ln 2 nats.
  static double information();

  bridge::ExampleShape shape() const override;
  std::int64_t size() const override { return 0; }
  bridge::Batch examples(std::uint64_t first, std::int64_t count) const override;

 private:
  std::uint64_t seed_;
};

}  // namespace shearwater::inference
