// SPDX-License-Identifier: BSD-3-Clause
// Branch-free exp, log and sin that compilers turn into vector code, good to about 1e-10 (relative
// for exp, absolute for the others): far below the fits they serve. The scalar form is the same
// arithmetic.
#pragma once

#include <bit>
#include <cstdint>

namespace shearwater::cosmology::vector_math {

/// Adding and subtracting 1.5 2^52 rounds to the nearest integer, which the low bits then hold.
inline constexpr double rounder = 6755399441055744.0;

/// e^x; x is held within [-700, 700].
inline double exp(double x) {
  x = x < -700.0 ? -700.0 : x;
  x = x > 700.0 ? 700.0 : x;
  double const t = x * 1.4426950408889634 + rounder;
  double const n = t - rounder;
  double const r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  double const r2 = r * r, r4 = r2 * r2;
  double const low = (1.0 + r) + r2 * (0.5 + r * (1.0 / 6));
  double const high = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
  double const p = low + r4 * (high + r4 * (1.0 / 40320));
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(p) +
                               (std::bit_cast<std::uint64_t>(t) << 52));
}

/// ln x for positive normal x, from ln m = 2 atanh((m - 1)/(m + 1)) with m in [0.707, 1.414).
inline double log(double x) {
  std::uint64_t const bits = std::bit_cast<std::uint64_t>(x);
  std::uint64_t const shifted = bits - 0x3fe6a09e667f3bcdULL + (1023ULL << 52);
  std::uint64_t const biased = shifted >> 52;
  double const m = std::bit_cast<double>(bits - ((biased - 1023ULL) << 52));
  double const exponent =
      std::bit_cast<double>(biased | 0x4330000000000000ULL) - (4503599627370496.0 + 1023.0);
  double const s = (m - 1.0) / (m + 1.0), s2 = s * s, s4 = s2 * s2;
  double const series = (1.0 + s2 * (1.0 / 3)) + s4 * (1.0 / 5 + s2 * (1.0 / 7)) +
                        s4 * s4 * (1.0 / 9 + s2 * (1.0 / 11));
  return exponent * 0.6931471805599453 + 2.0 * s * series;
}

/// sin x for |x| below 1e8, where the reduction by pi loses accuracy gradually.
inline double sin(double x) {
  double const t = x * 0.3183098861837907 + rounder;
  double const n = t - rounder;
  double const r = (x - n * 3.141592653589793116) - n * 1.2246467991473532e-16;
  double const r2 = r * r;
  double const p =
      1.0 +
      r2 * (-1.0 / 6 +
            r2 * (1.0 / 120 +
                  r2 * (-1.0 / 5040 +
                        r2 * (1.0 / 362880 + r2 * (-1.0 / 39916800 + r2 * (1.0 / 6227020800.0))))));
  std::uint64_t const sign = std::bit_cast<std::uint64_t>(t) << 63;
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(r * p) ^ sign);
}

}  // namespace shearwater::cosmology::vector_math
