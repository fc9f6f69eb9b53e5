// SPDX-License-Identifier: BSD-3-Clause
// Axis ratios, drawn alike by all models.
#pragma once

#include "shearwater/galaxies/orientation.hpp"
#include "shearwater/galaxies/watson.hpp"

namespace shearwater::galaxies {

struct RatioScatter {
  float b_to_a, c_to_a, scatter;

  static RatioScatter of(OrientationConfig const& config) {
    return {static_cast<float>(config.b_to_a), static_cast<float>(config.c_to_a),
            static_cast<float>(config.ratio_scatter)};
  }
};

struct Ratios {
  float q, s;
};
KOKKOS_INLINE_FUNCTION Ratios draw_ratios(RatioScatter const& how, Draws& draws) {
  constexpr float smallest = 0.05F;
  if (how.scatter == 0) return {how.b_to_a, how.c_to_a};
  for (std::uint32_t trial = 0; trial < Draws::for_each_galaxy / 4; ++trial) {
    auto const w = draws.words();
    auto const pair = normals(w.w[0], w.w[1]);
    float const q = how.b_to_a + how.scatter * pair.first;
    float const s = how.c_to_a + how.scatter * pair.second;
    if (q <= 1 && s <= q && s >= smallest) return {q, s};
  }
  return {how.b_to_a, how.c_to_a};  // never: 128 rejections
}

}  // namespace shearwater::galaxies
