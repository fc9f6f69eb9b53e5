// SPDX-License-Identifier: BSD-3-Clause
// Elementary functions in float32 without branches, calls or tables: a plain loop over them is
// vectorised by the compiler (AVX2, AVX-512, NEON), and one element computed alone has the same
// bits, because every operation is a single IEEE one (contraction is off). libm's scalar functions
// would cost more than the maps. The accuracies stated are measured in tests/unit/core.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace shearwater::core {

/// a b + c: with one rounding where the processor has a fused instruction, else with two.
inline float multiply_add(float a, float b, float c) {
#ifdef __FP_FAST_FMAF
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

/// ln x for normal x > 0, within 1.2e-7 relative or 1e-7 absolute (Cephes logf, Moshier 1989).
inline float fast_log(float x) {
  // x = 2^e m with m in [sqrt(1/2), sqrt(2)): the integer subtraction does both at once.
  std::int32_t const bits = std::bit_cast<std::int32_t>(x) - 0x3f3504f3;
  float const e = static_cast<float>(bits >> 23);
  float const m = std::bit_cast<float>((bits & 0x007fffff) + 0x3f3504f3) - 1.0F;
  float p = 7.0376836292e-2F;
  p = multiply_add(p, m, -1.1514610310e-1F);
  p = multiply_add(p, m, 1.1676998740e-1F);
  p = multiply_add(p, m, -1.2420140846e-1F);
  p = multiply_add(p, m, 1.4249322787e-1F);
  p = multiply_add(p, m, -1.6668057665e-1F);
  p = multiply_add(p, m, 2.0000714765e-1F);
  p = multiply_add(p, m, -2.4999993993e-1F);
  p = multiply_add(p, m, 3.3333331174e-1F);
  float const square = m * m;
  float r = p * m * square;
  r = multiply_add(e, -2.12194440e-4F, r);
  r = multiply_add(square, -0.5F, r);
  return multiply_add(e, 0.693359375F, m + r);
}

/// e^x within 2e-7 relative; x is held in [-87, 88], so that the result is finite and positive.
inline float fast_exp(float x) {
  x = x < -87.0F ? -87.0F : x;
  x = x > 88.0F ? 88.0F : x;
  // Adding and subtracting 1.5 2^23 rounds to the nearest integer.
  float const shifted = multiply_add(x, 1.44269504088896341F, 12582912.0F);
  float const n = shifted - 12582912.0F;
  float r = multiply_add(n, -0.693359375F, x);
  r = multiply_add(n, 2.12194440e-4F, r);
  float p = 1.9875691500e-4F;
  p = multiply_add(p, r, 1.3981999507e-3F);
  p = multiply_add(p, r, 8.3334519073e-3F);
  p = multiply_add(p, r, 4.1665795894e-2F);
  p = multiply_add(p, r, 1.6666665459e-1F);
  p = multiply_add(p, r, 5.0000001201e-1F);
  float const value = multiply_add(p, r * r, r) + 1.0F;
  std::int32_t const power = (std::bit_cast<std::int32_t>(shifted) - 0x4b400000 + 127) << 23;
  return value * std::bit_cast<float>(power);
}

/// sin and cos of an angle that is uniform for uniform bits, within 1.5e-7: the two highest bits
/// choose the quadrant q, the others, as a signed number, the angle in [-pi/4, pi/4) about q pi/2.
struct SineCosine {
  float sine, cosine;
};
inline SineCosine fast_sincos(std::uint32_t bits) {
  std::int32_t const within = static_cast<std::int32_t>(bits << 2);
  float const x = static_cast<float>(within) * (1.57079632679F * 0x1p-32F);
  float const square = x * x;
  float s = -1.9515295891e-4F;
  s = multiply_add(s, square, 8.3321608736e-3F);
  s = multiply_add(s, square, -1.6666654611e-1F);
  s = multiply_add(s * square, x, x);
  float c = 2.443315711809948e-5F;
  c = multiply_add(c, square, -1.388731625493765e-3F);
  c = multiply_add(c, square, 4.166664568298827e-2F);
  c = multiply_add(c * square, square, multiply_add(square, -0.5F, 1.0F));
  std::uint32_t const swap = (bits >> 30) & 1U;
  std::uint32_t const sine_sign = bits & 0x80000000U;
  std::uint32_t const cosine_sign = (bits ^ (bits << 1)) & 0x80000000U;
  float const a = swap != 0 ? c : s;
  float const b = swap != 0 ? s : c;
  return {std::bit_cast<float>(std::bit_cast<std::uint32_t>(a) ^ sine_sign),
          std::bit_cast<float>(std::bit_cast<std::uint32_t>(b) ^ cosine_sign)};
}

/// Two independent normals (Box and Muller) from two words of 32 bits; |value| <= 6.7.
struct NormalPair {
  float first, second;
};
inline NormalPair normal_pair(std::uint32_t a, std::uint32_t b) {
  // (a / 2 + 1/2) / 2^31 lies in (0, 1]: the logarithm is finite and not positive.
  float const u =
      multiply_add(static_cast<float>(static_cast<std::int32_t>(a >> 1)), 0x1p-31F, 0x1p-32F);
  float const log_u = fast_log(u);
  float const radius = __builtin_sqrtf(log_u < 0.0F ? -2.0F * log_u : 0.0F);
  SineCosine const angle = fast_sincos(b);
  return {radius * angle.cosine, radius * angle.sine};
}

/// Several floats that one instruction works on, where a loop would not keep them in registers.
#if defined(__AVX512F__)
constexpr std::size_t kFloatLanes = 16;
#elif defined(__AVX__)
constexpr std::size_t kFloatLanes = 8;
#else
constexpr std::size_t kFloatLanes = 4;
#endif
using FloatLanes [[gnu::vector_size(4 * kFloatLanes)]] = float;

/// a b + c in each lane, rounded as the scalar multiply_add.
inline FloatLanes multiply_add(FloatLanes a, FloatLanes b, FloatLanes c) {
#if defined(__AVX512F__)
  return (FloatLanes)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX__) && defined(__FMA__)
  return (FloatLanes)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__FP_FAST_FMAF)
  for (std::size_t i = 0; i < kFloatLanes; ++i) c[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return c;
#else
  return a * b + c;
#endif
}

inline FloatLanes load_lanes(float const* x) {
  FloatLanes v;
  std::memcpy(&v, x, sizeof(v));
  return v;
}
inline void store_lanes(float* x, FloatLanes v) { std::memcpy(x, &v, sizeof(v)); }
/// `value` in each lane. Subtracting zero changes no value, not even the sign of zero.
inline FloatLanes fill_lanes(float value) { return value - FloatLanes{}; }

/// The root of each lane, rounded correctly.
inline FloatLanes root_lanes(FloatLanes a) {
#if defined(__AVX512F__)
  return (FloatLanes)_mm512_maskz_sqrt_ps(0xffff, (__m512)a);
#elif defined(__AVX__)
  return (FloatLanes)_mm256_sqrt_ps((__m256)a);
#else
  for (std::size_t i = 0; i < kFloatLanes; ++i) a[i] = __builtin_sqrtf(a[i]);
  return a;
#endif
}

/// Whether a > b in any lane.
inline bool any_above(FloatLanes a, FloatLanes b) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_GT_OQ) != 0;
#elif defined(__AVX__)
  return _mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_GT_OQ)) != 0;
#else
  bool any = false;
  for (std::size_t i = 0; i < kFloatLanes; ++i) any = any || a[i] > b[i];
  return any;
#endif
}

/// out = {a[0], b[0], a[1], b[1], ...}: complex numbers of their parts.
inline void store_interleaved(float* out, FloatLanes a, FloatLanes b) {
#if defined(__AVX512F__)
  store_lanes(
      out, __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  store_lanes(out + kFloatLanes, __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,
                                                         13, 29, 14, 30, 15, 31));
#elif defined(__AVX__)
  store_lanes(out, __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11));
  store_lanes(out + kFloatLanes, __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15));
#else
  store_lanes(out, __builtin_shufflevector(a, b, 0, 4, 1, 5));
  store_lanes(out + kFloatLanes, __builtin_shufflevector(a, b, 2, 6, 3, 7));
#endif
}

/// The parts of complex numbers: the opposite of store_interleaved.
inline void load_interleaved(float const* in, float* a, float* b) {
  FloatLanes const low = load_lanes(in), high = load_lanes(in + kFloatLanes);
#if defined(__AVX512F__)
  store_lanes(a, __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24,
                                         26, 28, 30));
  store_lanes(b, __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25,
                                         27, 29, 31));
#elif defined(__AVX__)
  store_lanes(a, __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14));
  store_lanes(b, __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15));
#else
  store_lanes(a, __builtin_shufflevector(low, high, 0, 2, 4, 6));
  store_lanes(b, __builtin_shufflevector(low, high, 1, 3, 5, 7));
#endif
}

/// Sixteen values of a table, linear between its nodes: out[i] lies the fraction weight[i] of the
/// way from table[node[i]] to the next value. Nodes are at most kTableWindow, and the table goes on
/// for kTableWindow + 3 values at least (a window of a longer one): the processor then picks from
/// registers rather than from memory.
constexpr std::int32_t kTableWindow = 30;
inline void interpolate16(float const* table, std::int32_t const* node, float const* weight,
                          float* out) {
#ifdef __AVX512F__
  __m512i const index = _mm512_loadu_si512(node);
  __m512 const low =
      _mm512_permutex2var_ps(_mm512_loadu_ps(table), index, _mm512_loadu_ps(table + 16));
  __m512 const high =
      _mm512_permutex2var_ps(_mm512_loadu_ps(table + 1), index, _mm512_loadu_ps(table + 17));
  __m512 const step = (__m512)((FloatLanes)high - (FloatLanes)low);
  _mm512_storeu_ps(out, _mm512_fmadd_ps(_mm512_loadu_ps(weight), step, low));
#else
  for (std::size_t i = 0; i < 16; ++i) {
    float const low = table[node[i]], high = table[node[i] + 1];
    out[i] = multiply_add(weight[i], high - low, low);
  }
#endif
}

/// Words of 32 bits in the lower halves of 64-bit lanes: the form in which one instruction gives
/// both halves of a product. What is in the upper halves never matters.
#if defined(__AVX512F__)
constexpr std::size_t kWordLanes = 8;
#elif defined(__AVX2__)
constexpr std::size_t kWordLanes = 4;
#else
constexpr std::size_t kWordLanes = 2;
#endif
using WordLanes [[gnu::vector_size(8 * kWordLanes)]] = std::uint64_t;

/// The 64-bit products of the lower halves with `factor`.
inline WordLanes widening_product(WordLanes a, std::uint32_t factor) {
#if defined(__AVX512F__)
  return (WordLanes)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64(factor));
#elif defined(__AVX2__)
  return (WordLanes)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x(factor));
#else
  return (a & 0xffffffffU) * std::uint64_t{factor};
#endif
}

}  // namespace shearwater::core
