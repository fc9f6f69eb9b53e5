// SPDX-License-Identifier: BSD-3-Clause
// Posteriors from a trained network.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "shearwater/bridge/array_ref.hpp"
#include "shearwater/bridge/example_source.hpp"
#include "shearwater/learn/network_config.hpp"

namespace shearwater::learn {

/// The text of model.toml where `folder` holds a finished model: both files, and the weights those
/// that the text describes. Throws IoError when a file cannot be read, InputError when the text is
/// none of ours.
std::optional<std::string> finished_model(std::string const& folder);

/// The hash of the weights of the model in `folder`, of any kind, as its model.toml gives it; empty
/// where `folder` is. Throws as finished_model does, and for a newer format.
std::string model_weights_hash(std::string const& folder);

/// A model folder: model.safetensors (float32 weights, averaged over the training, and the measured
/// statistics) and model.toml ([model], [model.network], [model.train], then the resolved input of
/// the training).
class Predictor {
 public:
  /// Throws IoError when a file is missing or damaged, InputError when the format is newer than
  /// this program or the weights do not fit the network. `threads` are torch threads of this rank.
  explicit Predictor(std::string const& folder, std::int64_t threads = 1);
  ~Predictor();
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;

  /// Mixtures of n rows, float64, in the prior's unbounded standardised coordinates u:
  ///   "weights" (n, K), "means" (n, K, P), "scale_tril" (n, K, P, P): lower Cholesky factor of
  ///   each component's covariance.
  /// `rows` holds what the network reads: "maps" (n, channels, pixels, pixels), "summaries" (n, s),
  /// "mask" (n, 1, pixels, pixels), "noise" (n, channels, pixels, pixels), float32. They are
  /// computed in micro-batches of 64 rows, the last one padded, so that a row's result does not
  /// depend on how many others there are. Throws InputError for a missing array, a wrong shape or a
  /// value that is not finite, each with its name.
  bridge::Batch predict(bridge::Batch const& rows) const;

  /// What the network was trained on.
  bridge::ExampleShape const& shape() const;
  NetworkConfig const& network() const;
  /// The whole text of model.toml, for core::Config::from_text.
  std::string const& description() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace shearwater::learn
