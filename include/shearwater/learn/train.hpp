// SPDX-License-Identifier: BSD-3-Clause
// Data-parallel training of a posterior network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/core/run_control.hpp"
#include "shearwater/learn/network_config.hpp"
#include "shearwater/learn/train_config.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::statistics {
class Prior;
}

namespace shearwater::learn {

/// Where a training lives and what it keeps beside the weights.
struct TrainOutput {
  std::string folder;  ///< of the model; checkpoints go to folder/checkpoints
  bool resume = false;
  /// TOML stored in model.toml after the tables [model], [model.network] and [model.train]: the
  /// resolved input, so that a model says by which simulator, summaries and prior it was made.
  std::string resolved_input;
  /// Digest of the file that the examples are read from; empty: they are simulated.
  std::string examples_digest = {};
  bool overwrite = false;  ///< what was trained there before gives way, once the input is checked
};

/// One point of the training curve; also a row of folder/training.csv.
struct CurvePoint {
  std::int64_t step = 0;
  double loss = 0;           ///< mean over the steps since the last point [nats]
  double held_out = 0;       ///< of the averaged weights [nats]
  double learning_rate = 0;  ///< at this step
  double steps_per_second = 0;
};

struct TrainResult {
  std::int64_t steps = 0, total_steps = 0;
  bool stopped = false;          ///< ended early by RunControl
  bool checkpoint = false;       ///< what was stopped left one
  bool converged_early = false;  ///< ended by early stopping
  double held_out = 0;           ///< of the saved weights [nats]
  double held_out_theta = 0;     ///< the same for the density in theta: + mean log |d theta / d u|
  double seconds = 0, steps_per_second = 0;
  double exposed_seconds = 0;  ///< waiting for other ranks' gradients after the backward passes
  std::int64_t weights = 0;    ///< number of trained weights
  std::string precision;       ///< resolved
  std::string unit = "nats";   ///< of the losses, for a log
  std::vector<CurvePoint> curve;
};

/// Trains a network on `source` and writes the model folder (see predictor.hpp) on rank 0.
///
/// Loss: the mean of -ln q(u | x) over a step, with u the prior's unbounded standardised
/// coordinates [nats]. As the prior of u is N(0, I) whatever the prior of theta, losses of
/// different priors compare: P/2 (1 + ln 2 pi) - loss is the information gained, in nats.
///
/// A step is config.shards shards of config.shard_size examples. Sample i of shard s of step t is
/// example held_out + (t * shards + s) * shard_size + i of a source without end; of a finite one,
/// the blocks of shard_size examples after the held-out ones in an order drawn anew each epoch.
/// Examples [0, held_out) are held out. Weights have the same bits on every number of ranks that
/// divides shards, for equal build, CPU type, precision and threads; resuming changes nothing.
///
/// Collective over comm. Throws InputError for contradicting keys, a number of ranks that does not
/// divide shards or an absent device; NumericsError naming step and seed when the loss is not
/// finite; IoError when the model or a checkpoint cannot be written. An error on one rank is thrown
/// on all.
TrainResult train(parallel::Communicator const& comm, NetworkConfig const& network,
                  TrainConfig const& config, statistics::Prior const& prior,
                  bridge::ExampleSource const& source, core::RunControl const& control,
                  TrainOutput const& output);

}  // namespace shearwater::learn
