// SPDX-License-Identifier: BSD-3-Clause
#include "gan_noise.hpp"

#include <algorithm>
#include <span>
#include <string>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::learn {

bridge::ArrayRef node_noise(bridge::Batch const& graphs, char const* key,
                            NoiseRequest const& request) {
  auto const* id = bridge::host_data<std::int64_t>(graphs.at(key));
  auto const* begin = bridge::host_data<std::int64_t>(graphs.at("graph_begin"));
  auto const count = graphs.at("graph_begin").extents[0] - 1;
  auto const width = request.own + request.shared;
  // The counter has 2^32 blocks of four numbers, the upper half of them for samples.
  auto const most = (std::uint64_t{1} << 31U) /
                    static_cast<std::uint64_t>(std::max<std::int64_t>(1, (width + 3) / 4));
  auto const first = request.kind == NoiseKind::sample ? std::uint64_t{1} << 33U : 0;
  if (request.draw >= most)
    throw core::InputError("draw " + std::to_string(request.draw) + " of " + std::to_string(width) +
                           " numbers: there are " + std::to_string(most) +
                           " draws at most; use another seed");
  auto noise = bridge::allocate(bridge::ElementType::float32, {begin[count], width});
  float* to = bridge::host_data<float>(noise);
  auto const fill = [&](std::uint64_t index, std::int64_t numbers, float* out) {
    core::fill_normals(request.seed, core::Purpose::generator, index,
                       first + request.draw * static_cast<std::uint64_t>(numbers),
                       std::span(out, static_cast<std::size_t>(numbers)));
  };
  for (std::int64_t g = 0; g < count; ++g)
    for (auto node = begin[g]; node < begin[g + 1]; ++node) {
      float* row = to + node * width;
      fill(static_cast<std::uint64_t>(id[node]), request.own, row);
      if (node > begin[g])
        std::copy_n(to + begin[g] * width + request.own, request.shared, row + request.own);
      else  // the upper half of the keys, which no node has
        fill(~static_cast<std::uint64_t>(id[node]), request.shared, row + request.own);
    }
  return noise;
}

bridge::ArrayRef graph_uniforms(bridge::Batch const& graphs, std::uint64_t seed,
                                std::uint64_t draw) {
  auto const* row = bridge::host_data<std::int64_t>(graphs.at("row"));
  auto const* begin = bridge::host_data<std::int64_t>(graphs.at("graph_begin"));
  auto const count = graphs.at("graph_begin").extents[0] - 1;
  auto uniforms = bridge::allocate(bridge::ElementType::float32, {count});
  float* to = bridge::host_data<float>(uniforms);
  for (std::int64_t g = 0; g < count; ++g) {
    auto const key = static_cast<std::uint64_t>(begin[g] < begin[g + 1] ? row[begin[g]] : 0);
    // No graph has noise of this purpose.
    auto const words =
        core::philox(seed, core::Purpose::noise, key, static_cast<std::uint32_t>(draw));
    to[g] = (static_cast<float>(words[0] >> 8U) + 0.5F) * 0x1p-24F;
  }
  return uniforms;
}

}  // namespace shearwater::learn
