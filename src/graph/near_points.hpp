// SPDX-License-Identifier: BSD-3-Clause
// Sixteen points or boxes at a time beside one: vectors where the CPU has them, scalars elsewhere.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#if defined(__AVX512F__)
#include <immintrin.h>
#define SHEARWATER_POINT_VECTORS
#endif

namespace shearwater::graph {

inline constexpr std::uint32_t lanes = 16;
inline constexpr float infinite = std::numeric_limits<float>::infinity();

/// Squared distances of 16 points (3, 16) from q into `squared`; bits of those at most `bound`.
inline std::uint32_t near_points_scalar(float const* points, float const* q, float bound,
                                        float* squared) {
  std::uint32_t bits = 0;
  for (std::uint32_t i = 0; i < lanes; ++i) {
    float const dx = points[i] - q[0], dy = points[lanes + i] - q[1],
                dz = points[2 * lanes + i] - q[2];
    squared[i] = dx * dx + dy * dy + dz * dz;
    bits |= static_cast<std::uint32_t>(squared[i] <= bound) << i;
  }
  return bits;
}

/// Lower and upper faces of boxes: six arrays.
struct Boxes {
  float const *low[3], *high[3];
};

/// Bits of those of 16 boxes, from `first` on, that are at most sqrt(bound) from the box low..high.
inline std::uint32_t near_boxes_scalar(Boxes const& boxes, std::size_t first, float const* low,
                                       float const* high, float bound) {
  std::uint32_t bits = 0;
  for (std::uint32_t i = 0; i < lanes; ++i) {
    float sum = 0;
    for (int a = 0; a < 3; ++a) {
      float const d = std::max(
          0.0F, std::max(boxes.low[a][first + i] - high[a], low[a] - boxes.high[a][first + i]));
      sum += d * d;
    }
    bits |= static_cast<std::uint32_t>(sum <= bound) << i;
  }
  return bits;
}

/// The smallest `keep` of the numbers offered.
class SmallestScalar {
 public:
  explicit SmallestScalar(std::size_t keep) : kept_(keep) { clear(); }
  void clear() { std::ranges::fill(kept_, infinite); }
  float largest() const { return kept_.back(); }
  void offer(float value) {
    if (!(value < kept_.back())) return;
    auto const place = std::ranges::upper_bound(kept_, value);
    std::move_backward(place, kept_.end() - 1, kept_.end());
    *place = value;
  }
  /// Those of 16 values whose bits are set.
  void offer(std::uint32_t bits, float const* values) {
    for (; bits != 0; bits &= bits - 1) offer(values[std::countr_zero(bits)]);
  }

 private:
  std::vector<float> kept_;
};

#ifdef SHEARWATER_POINT_VECTORS

inline std::uint32_t near_points(float const* points, float const* q, float bound, float* squared) {
  __m512 const dx = _mm512_sub_ps(_mm512_loadu_ps(points), _mm512_set1_ps(q[0]));
  __m512 const dy = _mm512_sub_ps(_mm512_loadu_ps(points + lanes), _mm512_set1_ps(q[1]));
  __m512 const dz = _mm512_sub_ps(_mm512_loadu_ps(points + 2 * lanes), _mm512_set1_ps(q[2]));
  __m512 const sum = _mm512_fmadd_ps(dz, dz, _mm512_fmadd_ps(dy, dy, _mm512_mul_ps(dx, dx)));
  _mm512_storeu_ps(squared, sum);
  return _mm512_cmp_ps_mask(sum, _mm512_set1_ps(bound), _CMP_LE_OQ);
}

inline std::uint32_t near_boxes(Boxes const& boxes, std::size_t first, float const* low,
                                float const* high, float bound) {
  __m512 sum = _mm512_setzero_ps();
  for (int a = 0; a < 3; ++a) {
    __m512 const below =
        _mm512_sub_ps(_mm512_loadu_ps(boxes.low[a] + first), _mm512_set1_ps(high[a]));
    __m512 const above =
        _mm512_sub_ps(_mm512_set1_ps(low[a]), _mm512_loadu_ps(boxes.high[a] + first));
    __m512 const d = _mm512_max_ps(_mm512_setzero_ps(), _mm512_max_ps(below, above));
    sum = _mm512_fmadd_ps(d, d, sum);
  }
  return _mm512_cmp_ps_mask(sum, _mm512_set1_ps(bound), _CMP_LE_OQ);
}

/// The chosen of 16 consecutive numbers from `first`, and of 16 values, packed to the front.
/// Sixteen of each are written.
inline void pack(std::uint32_t bits, std::uint32_t first, float const* values,
                 std::uint32_t* packed_numbers, float* packed_values) {
  __m512i const step = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m512i const number = _mm512_add_epi32(step, _mm512_set1_epi32(static_cast<int>(first)));
  auto const mask = static_cast<__mmask16>(bits);
  _mm512_storeu_si512(packed_numbers, _mm512_maskz_compress_epi32(mask, number));
  _mm512_storeu_ps(packed_values, _mm512_maskz_compress_ps(mask, _mm512_loadu_ps(values)));
}

/// The numbers whose values are at most `bound`, packed; room for 15 more is needed behind all
/// arrays. Returns how many there are.
inline std::size_t pack_near(std::uint32_t const* numbers, float const* values, std::size_t count,
                             float bound, std::uint32_t* packed) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; i += lanes) {
    auto const valid = count - i < lanes ? (1U << (count - i)) - 1 : 0xffffU;
    auto const near =
        _mm512_mask_cmp_ps_mask(static_cast<__mmask16>(valid), _mm512_loadu_ps(values + i),
                                _mm512_set1_ps(bound), _CMP_LE_OQ);
    _mm512_storeu_si512(packed + found,
                        _mm512_maskz_compress_epi32(near, _mm512_loadu_si512(numbers + i)));
    found += static_cast<std::size_t>(std::popcount(static_cast<std::uint32_t>(near)));
  }
  return found;
}

/// As SmallestScalar: sorted vectors, into which a number is shifted without a branch.
class Smallest {
 public:
  explicit Smallest(std::size_t keep) : kept_((keep + lanes - 1) / lanes * lanes), last_(keep - 1) {
    clear();
  }
  void clear() { std::ranges::fill(kept_, infinite); }
  float largest() const { return kept_[last_]; }
  void offer(std::uint32_t bits, float const* values) {
    if (kept_.size() > lanes) {
      for (; bits != 0; bits &= bits - 1) shift_in(values[std::countr_zero(bits)]);
      return;
    }
    __m512 kept = _mm512_loadu_ps(kept_.data());
    for (; bits != 0; bits &= bits - 1)
      kept = with(kept, _mm512_set1_ps(-infinite), _mm512_set1_ps(values[std::countr_zero(bits)]));
    _mm512_storeu_ps(kept_.data(), kept);
  }

 private:
  /// Sorted numbers with one more among them; `before` are those in front.
  static __m512 with(__m512 old, __m512 before, __m512 value) {
    // One further, with the last of the vector before in front.
    __m512 const moved = _mm512_castsi512_ps(
        _mm512_alignr_epi32(_mm512_castps_si512(old), _mm512_castps_si512(before), 15));
    return _mm512_min_ps(old, _mm512_max_ps(moved, value));
  }
  void shift_in(float value) {
    __m512 before = _mm512_set1_ps(-infinite);
    for (std::size_t v = 0; v < kept_.size(); v += lanes) {
      __m512 const old = _mm512_loadu_ps(&kept_[v]);
      _mm512_storeu_ps(&kept_[v], with(old, before, _mm512_set1_ps(value)));
      before = old;
    }
  }

  std::vector<float> kept_;
  std::size_t last_;
};

#else

inline std::uint32_t near_points(float const* points, float const* q, float bound, float* squared) {
  return near_points_scalar(points, q, bound, squared);
}
inline std::uint32_t near_boxes(Boxes const& boxes, std::size_t first, float const* low,
                                float const* high, float bound) {
  return near_boxes_scalar(boxes, first, low, high, bound);
}
inline void pack(std::uint32_t bits, std::uint32_t first, float const* values,
                 std::uint32_t* packed_numbers, float* packed_values) {
  for (; bits != 0; bits &= bits - 1) {
    auto const lane = static_cast<std::uint32_t>(std::countr_zero(bits));
    *packed_numbers++ = first + lane;
    *packed_values++ = values[lane];
  }
}
inline std::size_t pack_near(std::uint32_t const* numbers, float const* values, std::size_t count,
                             float bound, std::uint32_t* packed) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (values[i] <= bound) packed[found++] = numbers[i];
  return found;
}
using Smallest = SmallestScalar;

#endif

}  // namespace shearwater::graph
