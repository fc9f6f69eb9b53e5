// SPDX-License-Identifier: BSD-3-Clause
// The task of learning a posterior: loss -ln q(u | x) in the prior's unbounded coordinates.
#pragma once

#include <memory>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/learn/network_config.hpp"
#include "shearwater/statistics/prior.hpp"
#include "task.hpp"

namespace shearwater::learn {

/// What the trainer needs, and predictions.
class PosteriorTask : public Task {
 public:
  /// Mixtures of n rows with the present weights: weights (n, K), means (n, K, P), scale_tril
  /// (n, K, P, P), as Predictor::predict says.
  virtual void predict(bridge::Batch const& rows, double* weights, double* means,
                       double* scale_tril) = 0;
};

struct MixtureTaskConfig {
  NetworkConfig network;
  bridge::ExampleShape shape;
  std::uint64_t seed = 1;  ///< of the initial weights
  bool bfloat16 = false;
};

/// A posterior network with fresh weights. `prior` must outlive the task and may be null where only
/// predictions are wanted.
std::unique_ptr<PosteriorTask> make_mixture_task(MixtureTaskConfig const& config,
                                                 statistics::Prior const* prior);

/// Sets torch's threads of this process and refuses a device that is not there. Throws InputError.
void prepare_torch(std::int64_t threads, std::string const& device);

}  // namespace shearwater::learn
