// SPDX-License-Identifier: BSD-3-Clause
// What a GAN on graphs and a flow of values draw: functions of (seed, key, draw) alone. Plain host
// code.
#pragma once

#include <cstdint>

#include "shearwater/bridge/array_ref.hpp"

namespace shearwater::learn {

/// Training and samples share no draw, whatever their seeds and keys.
enum class NoiseKind { training, sample };

struct NoiseRequest {
  std::uint64_t seed = 0, draw = 0;
  std::int64_t own = 32;    ///< normals of each node, a multiple of 4
  std::int64_t shared = 0;  ///< normals that all nodes of a graph share, a multiple of 4
  NoiseKind kind = NoiseKind::training;
};

/// Normals of a node that a flow of `width` values draws: a multiple of 4, the first ones count.
constexpr std::int64_t flow_noise(std::int64_t width) { return (width + 3) / 4 * 4; }

/// Normals (n, own + shared) of the nodes of a ragged batch; a node's own are keyed by the array
/// `key` ("row" or "id"), those of a graph by its first node. Throws InputError when `draw` is too
/// large for the counter.
bridge::ArrayRef node_noise(bridge::Batch const& graphs, char const* key,
                            NoiseRequest const& request);

/// A number in (0, 1) for each graph (g), keyed by the "row" of its first node.
bridge::ArrayRef graph_uniforms(bridge::Batch const& graphs, std::uint64_t seed,
                                std::uint64_t draw);

}  // namespace shearwater::learn
