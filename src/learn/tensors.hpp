// SPDX-License-Identifier: BSD-3-Clause
// Arrays of a batch as tensors.
#pragma once

#include <cstdint>
#include <span>

#include "posterior_network.hpp"
#include "shearwater/bridge/array_ref.hpp"
#include "task.hpp"

namespace shearwater::learn {

/// What the network reads of a batch, copied to memory aligned like torch's own, since vector code
/// gives other bits on other alignments; maps as channels_last. Throws InputError for a missing
/// array or a wrong shape.
NetworkInput network_input(NetworkConfig const& config, bridge::ExampleShape const& shape,
                           bridge::Batch const& batch);

/// Moves the weights of `network` into one flat tensor (returned): each array starts at a multiple
/// of 64 bytes, convolutions lie channels_last. `arrays` says where what lies; batch norms' running
/// moments are not weights.
torch::Tensor flatten_weights(torch::nn::Module& network, std::vector<WeightArray>& arrays);

/// View of a weight array of the network's own shape inside flat memory laid out like the weights.
torch::Tensor array_view(torch::Tensor const& flat, WeightArray const& array);

}  // namespace shearwater::learn
