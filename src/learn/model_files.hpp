// SPDX-License-Identifier: BSD-3-Clause
// The model folder: model.safetensors and model.toml.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "input_statistics.hpp"
#include "shearwater/bridge/example_source.hpp"
#include "shearwater/core/config.hpp"
#include "shearwater/learn/network_config.hpp"
#include "shearwater/learn/train_config.hpp"
#include "task.hpp"

namespace shearwater::learn {

/// The table [model] of model.toml.
struct ModelFacts {
  std::int64_t format_version = 1;
  std::string program;
  std::vector<std::string> parameters;
  std::int64_t channels = 0, pixels = 0, summaries = 0;
  bool mask = false, noise = false;
  std::string precision = "float32";
  std::int64_t steps = 0, weights = 0;
  double held_out_loss = 0, held_out_loss_theta = 0;
  std::string start_hash;  ///< of the weights that the training started from; empty: fresh ones
  std::string examples_digest;  ///< of the file of its examples; empty: they were simulated
  std::string weights_hash;

  void describe(core::Fields& field);
  bridge::ExampleShape shape() const;
};

ModelFacts facts_of(bridge::ExampleShape const& shape);

/// "[table]\nkey = value\n..." of a configuration.
template <class T>
std::string toml_of(std::string const& table, T config) {
  core::Fields fields;
  config.describe(fields);
  std::string text = "[" + table + "]\n";
  for (auto const& field : fields.specs())
    text += field->key() + " = " + field->value_text() + "\n";
  return text;
}

struct ModelWeights {
  std::vector<float> weights;  ///< flat, as the task lays them out
  std::vector<float> running;
  InputStatistics inputs;
};

/// Writes both files into `folder` (made when missing), replacing older ones; call on one rank.
/// `text` gives model.toml for the hash of the weights, which must be in it. Throws IoError.
void write_model(std::string const& folder, std::vector<WeightArray> const& arrays,
                 ModelWeights const& model,
                 std::function<std::string(std::string const& weights_hash)> const& text);

/// The same for a posterior network; facts.weights_hash is filled in.
void write_model(std::string const& folder, ModelFacts facts, NetworkConfig const& network,
                 TrainConfig const& train, std::string const& resolved_input,
                 std::vector<WeightArray> const& arrays, ModelWeights const& model);

/// Text of model.toml. Throws IoError when it is missing.
std::string read_model_text(std::string const& folder);

/// Throws InputError naming `folder` for a format that this program does not know.
void require_known_format(std::string const& folder, std::int64_t format_version);

/// The hash of the weights that the text of a model.toml, of any kind of model, names. Throws
/// InputError for a newer format.
std::string stored_hash(std::string const& folder, std::string const& text);

/// Lengths of the inputs' scales that a network of such examples has.
InputStatistics scales_of(ModelFacts const& facts);

/// Weights laid out as `arrays`; `running` and `inputs` must have their final lengths. Throws
/// IoError for a missing or damaged file (also when its hash is not `weights_hash`), InputError
/// when an array is missing or has another shape.
void read_model_weights(std::string const& folder, std::string const& weights_hash,
                        std::vector<WeightArray> const& arrays, ModelWeights& model);

}  // namespace shearwater::learn
