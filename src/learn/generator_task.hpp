// SPDX-License-Identifier: BSD-3-Clause
// The tasks of learning generators of what the nodes of graphs are like.
#pragma once

#include <cstdint>
#include <memory>

#include "shearwater/bridge/graph_source.hpp"
#include "shearwater/learn/generator_config.hpp"
#include "task.hpp"

namespace shearwater::learn {

/// What the trainer needs, and samples. The loss of a row of a flow is that of one graph: the sum
/// over its nodes, divided by the mean number of nodes of the graphs (in training those trained on,
/// of losses() those held out), so that every node counts alike.
class GeneratorTask : public Task {
 public:
  /// Labels for all nodes of a ragged batch with edges and starts (add_starts) or, of a GAN and of
  /// a flow of values, "start_noise" (node_noise): as GeneratorModel::sample says.
  virtual bridge::Batch sample(bridge::Batch const& graphs) = 0;
  /// Multiplications and additions of one galaxy with that many neighbours.
  virtual double operations_per_galaxy(double neighbours) const = 0;
};

/// Generators with fresh weights from `seed`.
std::unique_ptr<GeneratorTask> make_orientation_flow(GeneratorConfig const& config,
                                                     bridge::GraphShape const& shape,
                                                     std::uint64_t seed);
std::unique_ptr<GeneratorTask> make_value_flow(GeneratorConfig const& config,
                                               bridge::GraphShape const& shape, std::uint64_t seed);
std::unique_ptr<GeneratorTask> make_gan_task(GeneratorConfig const& config,
                                             bridge::GraphShape const& shape, std::uint64_t seed);

/// The one that config.kind and the label name.
inline std::unique_ptr<GeneratorTask> make_generator_task(GeneratorConfig const& config,
                                                          bridge::GraphShape const& shape,
                                                          std::uint64_t seed) {
  if (config.kind == "gan") return make_gan_task(config, shape, seed);
  return config.resolved_label(shape) == "values" ? make_value_flow(config, shape, seed)
                                                  : make_orientation_flow(config, shape, seed);
}

}  // namespace shearwater::learn
