// SPDX-License-Identifier: BSD-3-Clause
// Ragged batches as tensors.
#pragma once

#include "context_network.hpp"
#include "shearwater/bridge/array_ref.hpp"

namespace shearwater::learn {

/// The inputs of the graphs, copied to memory aligned like torch's own. Throws InputError for a
/// missing array or one whose rows do not fit `shape`.
GraphInput graph_input(bridge::GraphShape const& shape, bridge::Batch const& graphs);

/// A float32 array of the batch as a tensor of its own.
torch::Tensor float_tensor(bridge::ArrayRef const& array);
/// Values (row-major) as a tensor of that shape.
torch::Tensor float_tensor(std::vector<float> const& values,
                           std::vector<std::int64_t> const& shape);

/// A float32 array that owns a copy of the tensor's values.
bridge::ArrayRef float_array(torch::Tensor const& values);

}  // namespace shearwater::learn
