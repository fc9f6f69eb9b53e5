// SPDX-License-Identifier: BSD-3-Clause
#include "tensors.hpp"

#include <string>

#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t alignment = 16;  // floats in 64 bytes

std::string extents_text(std::vector<std::int64_t> const& extents) {
  std::string text = "(";
  for (std::size_t i = 0; i < extents.size(); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(extents[i]);
  return text + ")";
}

torch::Tensor tensor_of(bridge::Batch const& batch, std::string const& name,
                        std::vector<std::int64_t> const& row) {
  auto const found = batch.find(name);
  if (found == batch.end())
    throw core::InputError("the network reads '" + name + "', which the batch does not hold");
  auto const& array = found->second;
  if (std::vector<std::int64_t>(array.extents.begin() + 1, array.extents.end()) != row)
    throw core::InputError("'" + name + "' has the shape " + extents_text(array.extents) +
                           ", but the network was made for rows of " + extents_text(row));
  auto const view =
      torch::from_blob(bridge::host_data<float>(array), array.extents, torch::kFloat32);
  return row.size() == 3 ? view.clone(at::MemoryFormat::ChannelsLast) : view.clone();
}

}  // namespace

NetworkInput network_input(NetworkConfig const& config, bridge::ExampleShape const& shape,
                           bridge::Batch const& batch) {
  NetworkInput input;
  auto const side = shape.pixels;
  if (config.use_maps) input.maps = tensor_of(batch, "maps", {shape.channels, side, side});
  if (config.mask_channel) input.mask = tensor_of(batch, "mask", {1, side, side});
  if (config.noise_channel) input.noise = tensor_of(batch, "noise", {shape.channels, side, side});
  if (config.use_summaries) input.summaries = tensor_of(batch, "summaries", {shape.summaries});
  return input;
}

torch::Tensor flatten_weights(torch::nn::Module& network, std::vector<WeightArray>& arrays) {
  torch::NoGradGuard const no_grad;
  arrays.clear();
  std::int64_t end = 0;
  for (auto const& item : network.named_parameters()) {
    auto const& weight = item.value();
    WeightArray array{item.key(),     weight.sizes().vec(), end,
                      weight.numel(), weight.dim() == 4,    weight.dim() > 1};
    end += (array.size + alignment - 1) / alignment * alignment;
    arrays.push_back(std::move(array));
  }
  auto flat = at::zeros({end}, torch::kFloat32);
  auto parameters = network.parameters();
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    auto const view = array_view(flat, arrays[i]);
    view.copy_(parameters[i]);
    parameters[i].set_data(view);
  }
  return flat;
}

torch::Tensor array_view(torch::Tensor const& flat, WeightArray const& array) {
  auto const part = flat.narrow(0, array.offset, array.size);
  auto const& s = array.shape;
  if (!array.channels_last) return part.view(s);
  return part.view({s[0], s[2], s[3], s[1]}).permute({0, 3, 1, 2});
}

}  // namespace shearwater::learn
