// SPDX-License-Identifier: BSD-3-Clause
// Which class a graph is of: a network on graphs that all have the same nodes, such as pictures on
// one set of sensors, and the features that it sees them by.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shearwater/bridge/graph_source.hpp"
#include "shearwater/core/run_control.hpp"
#include "shearwater/learn/lineage.hpp"
#include "shearwater/learn/train.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::learn {

/// Table [classifier].
struct ClassifierConfig {
  std::string layer = "directional";
  std::int64_t directions = 6;
  std::vector<std::int64_t> layers = {16, 16};
  std::int64_t channels = 8;
  std::int64_t features = 64;

  void describe(core::Fields& field);
};

/// The table [model] of a classifier's model.toml.
struct ClassifierCard {
  std::int64_t format_version = 1;
  std::string program;
  std::vector<std::string> values;  ///< names of what it reads of a node
  std::int64_t nodes = 0;           ///< of each graph
  std::int64_t classes = 0;
  std::int64_t neighbours = 0;  ///< edges of each node; 0: all of its graph
  std::int64_t graphs = 0;      ///< trained on
  Lineage lineage;
  std::int64_t held_out = 0;  ///< graphs that the next two numbers are of
  double held_out_loss = 0;   ///< cross entropy [nats]
  double accuracy = 0;        ///< share of them that is given its own class
  std::int64_t steps = 0, weights = 0;
  std::string weights_hash;

  void describe(core::Fields& field);
};

/// Trains a classifier of the graphs' values, whose classes are the numbers 0, 1, ... in `host`,
/// and writes the model folder as train_generator() does, with the table [model.classifier].
///
/// Network: graph convolutions (directional_convolution) with leaky ReLU and a linear layer at each
/// node; the nodes of a graph side by side -> fully connected -> leaky ReLU: the features -> fully
/// connected -> softmax. Loss: cross entropy [nats]. `lineage` is that of fresh weights: those of
/// the model that train.start_from names are added.
///
/// Collective over comm. Weights have the same bits on every number of ranks that divides
/// config.shards. Throws as train() does; InputError also for graphs without values, of different
/// sizes, with classes that are not numbered from 0, or of one class only.
TrainResult train_classifier(parallel::Communicator const& comm, ClassifierConfig const& classifier,
                             TrainConfig const& config, bridge::GraphSource const& source,
                             Lineage const& lineage, core::RunControl const& control,
                             TrainOutput const& output);

/// A trained classifier.
class GraphClassifier {
 public:
  /// Throws IoError when a file is missing or damaged, InputError when the folder holds a model of
  /// another kind, a newer format, or weights that do not fit. `threads`: torch threads of this
  /// rank.
  explicit GraphClassifier(std::string const& folder, std::int64_t threads = 1);
  ~GraphClassifier();
  GraphClassifier(GraphClassifier&&) noexcept;
  GraphClassifier& operator=(GraphClassifier&&) noexcept;

  /// Of each graph of a ragged batch (graph_source.hpp) with "graph_begin", "positions" and
  /// "values": float32 "features" (g, features) and "probabilities" (g, classes), which sum to 1.
  /// Edges are made here. A graph's bits do not depend on what is beside it. Throws InputError for
  /// a missing array, another number of nodes or a value that is not finite.
  bridge::Batch classify(bridge::Batch const& graphs) const;

  ClassifierCard const& card() const;
  ClassifierConfig const& config() const;
  /// The whole text of model.toml, for core::Config::from_text.
  std::string const& description() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace shearwater::learn
