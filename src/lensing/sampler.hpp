// SPDX-License-Identifier: BSD-3-Clause
// Maps between their pixels.
#pragma once

#include "shearwater/core/views.hpp"

namespace shearwater::lensing {

/// Values of several periodic maps (maps, pixels, pixels) between their pixels.
struct Sampler {
  Array3<float const> maps;

  /// Weights of the pixels first ... first + 3 (Keys 1981, a = -1/2).
  struct Axis {
    std::int64_t first;
    double weight[4];
    KOKKOS_INLINE_FUNCTION explicit Axis(double place) {
      double const lower = Kokkos::floor(place - 0.5), t = place - 0.5 - lower;
      first = static_cast<std::int64_t>(lower) - 1;
      weight[0] = t * (-0.5 + t * (1 - 0.5 * t));
      weight[1] = 1 + t * t * (-2.5 + 1.5 * t);
      weight[2] = t * (0.5 + t * (2 - 1.5 * t));
      weight[3] = t * t * (-0.5 + 0.5 * t);
    }
  };
  KOKKOS_INLINE_FUNCTION std::int64_t wrap(std::int64_t i) const {
    auto const n = static_cast<std::int64_t>(maps.extent(1));
    return ((i % n) + n) % n;
  }
  KOKKOS_INLINE_FUNCTION double operator()(int map, Axis const& x, Axis const& y) const {
    double sum = 0;
    for (int j = 0; j < 4; ++j) {
      std::int64_t const row = wrap(y.first + j);
      double of_row = 0;
      for (int i = 0; i < 4; ++i)
        of_row += x.weight[i] * static_cast<double>(maps(map, row, wrap(x.first + i)));
      sum += y.weight[j] * of_row;
    }
    return sum;
  }
};

}  // namespace shearwater::lensing
