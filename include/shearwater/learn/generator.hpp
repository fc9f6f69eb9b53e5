// SPDX-License-Identifier: BSD-3-Clause
// Orientations of galaxies given their halo graph: training and sampling of a learned generator.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shearwater/bridge/graph_source.hpp"
#include "shearwater/core/run_control.hpp"
#include "shearwater/learn/generator_config.hpp"
#include "shearwater/learn/lineage.hpp"
#include "shearwater/learn/train.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::learn {

/// Who made a generator of what: the table [model] of its model.toml.
struct GeneratorCard {
  std::int64_t format_version = 1;
  std::string program;
  std::string label;                            ///< "frames", "major" or "values"
  bool axis_ratios = false;                     ///< are generated too
  std::vector<std::string> values;              ///< names of the labels "values"
  std::vector<std::string> scalars, axes;       ///< names of the inputs, in their order
  std::vector<double> scalar_low, scalar_high;  ///< their range in the training
  std::int64_t neighbours = 0;                  ///< edges of each node; 0: all of its graph
  std::int64_t graphs = 0, nodes = 0;           ///< trained on
  Lineage lineage;
  double redshift = -1;    ///< of the training data; -1: not known
  double resolution = -1;  ///< mass of a particle there [Msun/h]; -1: not known
  std::int64_t steps = 0, weights = 0;
  double held_out_loss = 0;  ///< of a flow [radian^2; 1]; of a GAN minus its critic's estimate
  std::string weights_hash;

  void describe(core::Fields& field);
};

/// Trains a generator and writes the model folder: model.safetensors and model.toml ([model]: the
/// card, [model.generator], [model.train], then the resolved input) on rank 0.
///
/// Flow (Lipman et al. 2022, Chen & Lipman 2023): a start x_0 is drawn uniformly on the manifold of
/// headless axes (RP^2) or frames (SO(3) modulo the flips of axes, D_2), and moved to the datum
/// along the geodesic to its nearest representative, x_t, at constant velocity u; the network is
/// fitted to u at x_t by mean squared error. Plain values of all nodes of a graph, scaled to [-1,
/// 1], go together along straight lines from normal noise, x_t = (1 - t) x_0 + t x_1, with one time
/// for a graph; their network sees all nodes. Axis ratios go along as straight lines in logit(q),
/// logit(s / q). The loss is that mean over all nodes, in radian^2 (and squared standard
/// deviations).
///
/// GAN (Arjovsky et al. 2017, Gulrajani et al. 2017): a generator makes the labels of all nodes
/// from noise, a critic tells them from the data; after critic_steps steps of the critic comes one
/// of the generator, and steps count both. A headless axis n goes to the critic as n n^T. layer =
/// "equivariant" and "none": the start, a random axis or frame, follows one velocity of the flow's
/// network for the time 1; the critic is a sum over nodes. "directional" and "isotropic": graph
/// convolutions, mean pooling. The loss of the curve is the critic's, the held-out one minus its
/// estimate of the Wasserstein distance. Use train.beta1 = 0, beta2 = 0.9, weight_decay = 0.
///
/// Shards are dealt out of graphs of all sizes. Weights have the same bits on every number of ranks
/// that divides config.shards; resuming changes nothing. train.start_from names a model folder
/// whose weights and scaling of the inputs the training starts with: a generator of the same kind,
/// labels and inputs.
///
/// Of `facts` it takes the lineage, as if its weights were fresh, the redshift and the resolution;
/// the rest it finds out.
///
/// Collective over comm. Throws as train() does; InputError also when the graphs lack what the
/// generator needs, or train.examples or bfloat16 is given.
TrainResult train_generator(parallel::Communicator const& comm, GeneratorConfig const& generator,
                            TrainConfig const& config, bridge::GraphSource const& source,
                            GeneratorCard const& facts, core::RunControl const& control,
                            TrainOutput const& output);

/// A trained generator.
class GeneratorModel {
 public:
  /// Throws IoError when a file is missing or damaged, InputError when the folder holds a model of
  /// another kind, a newer format, or weights that do not fit. `threads`: torch threads of this
  /// rank.
  explicit GeneratorModel(std::string const& folder, std::int64_t threads = 1);
  ~GeneratorModel();
  GeneratorModel(GeneratorModel&&) noexcept;
  GeneratorModel& operator=(GeneratorModel&&) noexcept;

  /// One draw of the shapes of all nodes of `graphs`, a ragged batch (graph_source.hpp) with
  /// "graph_begin", "id", "positions" and, as the card names them, "scalars" and "axes". Edges are
  /// made here. Returns float32 "frames" (n, 3, 3): major, middle, minor axis, right-handed; or
  /// "major" (n, 3); or "values" (n, V); and "axis_ratios" (n, 2) q = b/a, s = c/a with 0 < s <= q
  /// <= 1 where the generator makes them. Axes are headless: their signs mean nothing.
  ///
  /// Of a flow of orientations, galaxies of one graph are independent given its inputs. What a node
  /// gets is a function of (model, its graph, seed, id, draw) alone: graphs are computed in padded
  /// blocks of one fixed size, those too large for a block alone. Throws InputError for a missing
  /// array, a wrong shape or a value that is not finite.
  bridge::Batch sample(bridge::Batch const& graphs, std::uint64_t seed, std::int64_t draw) const;

  GeneratorCard const& card() const;
  GeneratorConfig const& config() const;
  /// The whole text of model.toml, for core::Config::from_text.
  std::string const& description() const;
  /// Multiplications and additions that a galaxy with as many neighbours as the model takes costs.
  double operations_per_galaxy() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace shearwater::learn
