// SPDX-License-Identifier: BSD-3-Clause
// Which of many cells may hold a friend of one cell's particles, a vector of them at a time.
#pragma once

#include <cstdint>

#include "cell_list.hpp"
#include "union_find.hpp"

#if defined(__AVX2__) && defined(__FMA__) && !defined(KOKKOS_ENABLE_CUDA)
#include <immintrin.h>
#define SHEARWATER_NEAR_VECTORS
#endif

namespace shearwater::halos {

/// Cells beside one, as bits.
struct NearBits {
  std::uint32_t near;  ///< may hold a friend, which particles decide
  std::uint32_t sure;  ///< do
};

/// Balls about the particles of each cell, in single precision.
struct NearCells {
  float const *x, *y, *z, *radius;
  std::uint32_t const* parent;
  float most;   ///< further apart than this no particles are friends
  float least;  ///< nearer than this they are

  /// The cell_block cells from b on beside cell a, whose root is given: those before `end` and not
  /// of its set. All at once and without branches, because which of them it is cannot be guessed.
  /// The parents may be out of date: then a cell is looked at in vain.
  KOKKOS_INLINE_FUNCTION NearBits operator()(std::uint32_t a, std::uint32_t b, std::uint32_t end,
                                             std::uint32_t root) const {
    Ball const ball{x[a], y[a], z[a], most + radius[a], least - radius[a]};
#ifdef SHEARWATER_NEAR_VECTORS
    NearBits const low = eight(b, ball, root), high = eight(b + 8, ball, root);
    NearBits bits{low.near | high.near << 8, low.sure | high.sure << 8};
#else
    NearBits bits = scalar(b, ball, root);
#endif
    if (end - b < cell_block) bits.near &= (1U << (end - b)) - 1;
    return bits;
  }

  /// Cell a, with the limits for points.
  struct Ball {
    float x, y, z, most, least;
  };

  /// What devices use and a test compares with.
  KOKKOS_INLINE_FUNCTION NearBits scalar(std::uint32_t b, Ball const& a, std::uint32_t root) const {
    NearBits bits{0, 0};
    for (std::uint32_t k = 0; k < cell_block; ++k) {
      float const dx = x[b + k] - a.x, dy = y[b + k] - a.y, dz = z[b + k] - a.z;
      float const square = dx * dx + dy * dy + dz * dz;
      float const outer = a.most + radius[b + k], inner = a.least - radius[b + k];
      bool const near = square <= outer * outer && parent[b + k] != root;
      bits.near |= static_cast<std::uint32_t>(near) << k;
      bits.sure |= static_cast<std::uint32_t>(inner > 0 && square < inner * inner) << k;
    }
    return bits;
  }

#ifdef SHEARWATER_NEAR_VECTORS
  NearBits eight(std::uint32_t b, Ball const& a, std::uint32_t root) const {
    __m256 const dx = _mm256_sub_ps(_mm256_loadu_ps(x + b), _mm256_set1_ps(a.x));
    __m256 const dy = _mm256_sub_ps(_mm256_loadu_ps(y + b), _mm256_set1_ps(a.y));
    __m256 const dz = _mm256_sub_ps(_mm256_loadu_ps(z + b), _mm256_set1_ps(a.z));
    __m256 const square = _mm256_fmadd_ps(dx, dx, _mm256_fmadd_ps(dy, dy, _mm256_mul_ps(dz, dz)));
    __m256 const ball = _mm256_loadu_ps(radius + b);
    __m256 const outer = _mm256_add_ps(_mm256_set1_ps(a.most), ball);
    __m256 const inner =
        _mm256_max_ps(_mm256_sub_ps(_mm256_set1_ps(a.least), ball), _mm256_setzero_ps());
    __m256i const parents = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(parent + b));
    __m256i const same = _mm256_cmpeq_epi32(parents, _mm256_set1_epi32(static_cast<int>(root)));
    __m256 const within = _mm256_cmp_ps(square, _mm256_mul_ps(outer, outer), _CMP_LE_OQ);
    __m256 const inside = _mm256_cmp_ps(square, _mm256_mul_ps(inner, inner), _CMP_LT_OQ);
    auto const near = _mm256_movemask_ps(_mm256_andnot_ps(_mm256_castsi256_ps(same), within));
    return {static_cast<std::uint32_t>(near),
            static_cast<std::uint32_t>(_mm256_movemask_ps(inside))};
  }
#endif
};

static_assert(cell_block == 16, "two vectors of eight");

/// For cells of a grid of this extent. The limits leave room for the rounding of the places, which
/// are relative to the grid, and of what is reckoned with them.
inline NearCells make_near_cells(Array2<float> const& balls, DisjointSets const& sets,
                                 double length, double extent) {
  auto const row = [&](int i) { return &balls(i, 0); };
  double const room = 1e-5 * length + 0x1p-20 * extent;
  return {row(0),
          row(1),
          row(2),
          row(3),
          sets.parent.data(),
          static_cast<float>(length + room),
          static_cast<float>(length - room)};
}

}  // namespace shearwater::halos
