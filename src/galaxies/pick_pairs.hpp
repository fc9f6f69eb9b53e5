// SPDX-License-Identifier: BSD-3-Clause
// Those of many distances that are within the bins, put one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace shearwater::galaxies {

/// Where the picked go: differences of the places, squares, and numbers from `first` on. Each has
/// room for `count` (pick_pairs) more.
struct Picked {
  double *x, *y, *z, *square;
  std::uint32_t* row;
};

/// The squares in [low, high) of `count`, with what belongs to them; returns how many there are.
inline std::size_t pick_pairs_scalar(double const* x, double const* y, double const* z,
                                     double const* square, std::size_t count, double low,
                                     double high, std::uint32_t first, Picked const& to) {
  std::size_t hits = 0;
  for (std::size_t j = 0; j < count; ++j) {
    double const s = square[j];
    to.x[hits] = x[j];
    to.y[hits] = y[j];
    to.z[hits] = z[j];
    to.square[hits] = s;
    to.row[hits] = first + static_cast<std::uint32_t>(j);
    hits += static_cast<std::size_t>(s >= low) & static_cast<std::size_t>(s < high);
  }
  return hits;
}

/// The same, eight at a time where there are instructions for it.
inline std::size_t pick_pairs(double const* x, double const* y, double const* z,
                              double const* square, std::size_t count, double low, double high,
                              std::uint32_t first, Picked const& to) {
#if defined(__AVX512F__)
  std::size_t hits = 0, j = 0;
  __m512d const lowest = _mm512_set1_pd(low), highest = _mm512_set1_pd(high);
  __m512i rows =
      _mm512_add_epi64(_mm512_set1_epi64(first), _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7));
  for (; j + 8 <= count; j += 8) {
    __m512d const s = _mm512_loadu_pd(square + j);
    __mmask8 const above = _mm512_cmp_pd_mask(s, lowest, _CMP_GE_OQ);
    __mmask8 const within = _mm512_mask_cmp_pd_mask(above, s, highest, _CMP_LT_OQ);
    if (within != 0) {
      // Compressed in a register: to memory it is far slower on some processors.
      auto const put = [&](double* out, __m512d values) {
        _mm512_storeu_pd(out + hits, _mm512_maskz_compress_pd(within, values));
      };
      put(to.square, s);
      put(to.x, _mm512_loadu_pd(x + j));
      put(to.y, _mm512_loadu_pd(y + j));
      put(to.z, _mm512_loadu_pd(z + j));
      __m512i const numbers = _mm512_maskz_compress_epi64(within, rows);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to.row + hits),
                          _mm512_cvtepi64_epi32(numbers));
      hits += static_cast<std::size_t>(__builtin_popcount(within));
    }
    rows = _mm512_add_epi64(rows, _mm512_set1_epi64(8));
  }
  Picked const rest{to.x + hits, to.y + hits, to.z + hits, to.square + hits, to.row + hits};
  return hits + pick_pairs_scalar(x + j, y + j, z + j, square + j, count - j, low, high,
                                  first + static_cast<std::uint32_t>(j), rest);
#else
  return pick_pairs_scalar(x, y, z, square, count, low, high, first, to);
#endif
}

}  // namespace shearwater::galaxies
