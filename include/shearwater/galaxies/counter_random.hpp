// SPDX-License-Identifier: BSD-3-Clause
// The numbers of core::philox inside kernels, and draws from distributions made of them. A draw is
// a function of (seed, purpose, key of the halo, number of the galaxy in it) alone.
#pragma once

#include <Kokkos_Core.hpp>
#include <cstdint>

#include "shearwater/core/random.hpp"

namespace shearwater::galaxies {

struct Words {
  std::uint32_t w[4];
};

/// Philox4x32-10 (Salmon et al. 2011), the same words as core::philox.
KOKKOS_INLINE_FUNCTION Words philox(std::uint64_t seed, core::Purpose purpose, std::uint64_t index,
                                    std::uint32_t draw) {
  std::uint32_t c0 = static_cast<std::uint32_t>(index),
                c1 = static_cast<std::uint32_t>(index >> 32);
  std::uint32_t c2 = draw, c3 = static_cast<std::uint32_t>(purpose);
  std::uint32_t k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    std::uint64_t const a = std::uint64_t{0xD2511F53U} * c0, b = std::uint64_t{0xCD9E8D57U} * c2;
    c0 = static_cast<std::uint32_t>(b >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(b);
    c2 = static_cast<std::uint32_t>(a >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(a);
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  return {{c0, c1, c2, c3}};
}

/// In (0, 1), 23 bits: never 0 or 1, so that logarithms are finite.
KOKKOS_INLINE_FUNCTION float uniform(std::uint32_t word) {
  return (static_cast<float>(word >> 9) + 0.5F) * 0x1p-23F;
}
/// In (0, 1), 32 bits.
KOKKOS_INLINE_FUNCTION double uniform32(std::uint32_t word) {
  return (static_cast<double>(word) + 0.5) * 0x1p-32;
}

/// Blocks of four words, one after the other, for one galaxy.
struct Draws {
  /// Draws that one galaxy has to itself; a halo has room for 2^23 galaxies.
  static constexpr std::uint32_t for_each_galaxy = 512;

  std::uint64_t seed, key;
  core::Purpose purpose;
  std::uint32_t next = 0;

  KOKKOS_INLINE_FUNCTION Draws(std::uint64_t seed_, core::Purpose purpose_, std::uint64_t key_,
                               std::uint32_t galaxy)
      : seed(seed_), key(key_), purpose(purpose_), next(galaxy * for_each_galaxy) {}
  KOKKOS_INLINE_FUNCTION Words words() { return galaxies::philox(seed, purpose, key, next++); }
};

/// Two normals (Box & Muller 1958) of two words.
struct NormalPair {
  float first, second;
};
KOKKOS_INLINE_FUNCTION NormalPair normals(std::uint32_t a, std::uint32_t b) {
  float const radius = Kokkos::sqrt(-2.0F * Kokkos::log(uniform(a)));
  float const angle = 6.28318530718F * uniform(b);
  return {radius * Kokkos::cos(angle), radius * Kokkos::sin(angle)};
}

/// A number of mean `mean`: by inversion below 12, above by the transformed rejection of Hoermann
/// (1993), both exact. Nothing for a mean that is not positive.
KOKKOS_INLINE_FUNCTION std::int32_t poisson(double mean, Draws& draws) {
  if (!(mean > 0)) return 0;
  if (mean < 12) {
    auto const w = draws.words();
    double const u = uniform32(w.w[0]) + (uniform32(w.w[1]) - 0.5) * 0x1p-32;
    double term = Kokkos::exp(-mean), sum = term;
    std::int32_t n = 0;
    // Beyond 100 the terms no longer change the sum.
    while (u > sum && n < 100) {
      term *= mean / ++n;
      sum += term;
    }
    return n;
  }
  double const root = Kokkos::sqrt(mean), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
  double const inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
  double const log_mean = Kokkos::log(mean);
  for (std::uint32_t trial = 0; trial < Draws::for_each_galaxy; ++trial) {
    auto const w = draws.words();
    double const u = uniform32(w.w[0]) - 0.5, v = uniform32(w.w[1]);
    double const us = 0.5 - Kokkos::fabs(u);
    double const k = Kokkos::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_r) return static_cast<std::int32_t>(k);
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Kokkos::log(v * inverse_alpha / (a / (us * us) + b)) <=
        k * log_mean - mean - Kokkos::lgamma(k + 1))
      return static_cast<std::int32_t>(k);
  }
  return static_cast<std::int32_t>(mean);  // never in the lifetime of a universe: 512 rejections
}

}  // namespace shearwater::galaxies
