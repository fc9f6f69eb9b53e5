// SPDX-License-Identifier: BSD-3-Clause
// The network as the table [network] describes it: a pre-activation bottleneck ResNet (He et al.
// 2016, arXiv 1603.05027) of the maps, joined with the physics summaries, then fully connected
// layers, then a mixture-density head.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/core/config.hpp"

namespace shearwater::learn {

struct NetworkConfig {
  bool use_maps = true, use_summaries = true;  ///< at least one of them

  std::int64_t stem_channels = 16, stem_kernel = 5, stem_stride = 4;
  std::vector<std::int64_t> stage_channels = {16, 32, 64};
  std::vector<std::int64_t> stage_blocks = {1, 1, 1};
  std::int64_t bottleneck = 2;  ///< a block's inner channels are its channels / bottleneck
  std::string activation = "relu";
  std::string norm = "batch";
  std::int64_t norm_groups = 8;
  std::string padding = "circular";
  bool mask_channel = false, noise_channel = false;
  std::int64_t map_features = 0;  ///< linear projection of the pooled features; 0 leaves them

  double summary_clip = 6.0;
  std::vector<std::int64_t> summary_layers;  ///< fully connected layers of the summaries alone
  std::vector<std::int64_t> layers = {128, 128};
  std::string layer_activation = "silu";
  std::int64_t components = 4;

  void describe(core::Fields& field);
  /// Throws InputError when keys contradict each other or the examples (`shape`) lack what the
  /// network reads.
  void check(bridge::ExampleShape const& shape) const;
};

}  // namespace shearwater::learn
