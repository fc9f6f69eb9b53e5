// SPDX-License-Identifier: BSD-3-Clause
#include "column_fft.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "shearwater/core/vector_math.hpp"

namespace shearwater::fields {
namespace {

using core::FloatLanes;
using core::load_lanes;
using core::multiply_add;
using core::store_lanes;

constexpr std::size_t kLanes = core::kFloatLanes;

/// Complex numbers of as many columns as a vector has lanes.
struct Complex {
  FloatLanes re, im;

  static Complex load(float const* row) {
    return {load_lanes(row), load_lanes(row + ColumnFft::kBlock)};
  }
  void store(float* row) const {
    store_lanes(row, re);
    store_lanes(row + ColumnFft::kBlock, im);
  }
  friend Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
  friend Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
  friend Complex operator*(Complex a, std::complex<float> factor) {
    FloatLanes const c = core::fill_lanes(factor.real()), s = core::fill_lanes(factor.imag());
    return {multiply_add(a.re, c, -(a.im * s)), multiply_add(a.re, s, a.im * c)};
  }
};

/// Output k of a transform of `length` that was split by remainders modulo 4, then 4 or 2, ...
std::size_t split_position(std::size_t k, std::size_t length) {
  std::size_t position = 0;
  while (length > 1) {
    std::size_t const radix = std::min<std::size_t>(4, length);
    length /= radix;
    position += k % radix * length;
    k /= radix;
  }
  return position;
}

}  // namespace

ColumnFft::ColumnFft(std::size_t length) : position_(length) {
  for (std::size_t k = 0; k < length; ++k) position_[k] = split_position(k, length);
  for (std::size_t span = length; span >= 4; span /= 4) {
    auto& factors = factors_.emplace_back();
    for (std::size_t j = 0; j < span / 4; ++j)
      for (std::size_t power = 1; power < 4; ++power) {
        double const angle = 2 * std::numbers::pi * static_cast<double>(j * power % span) /
                             static_cast<double>(span);
        factors.emplace_back(static_cast<float>(std::cos(angle)),
                             static_cast<float>(std::sin(angle)));
      }
  }
}

/// One step of splitting (decimation in frequency, radix 4) of every part of length `span`.
void ColumnFft::pass(float* block, std::size_t span) const {
  std::size_t const step = span / 4 * kRow;
  std::size_t level = 0;
  for (std::size_t s = length(); s > span; s /= 4) ++level;
  std::complex<float> const* const factors = factors_[level].data();
  for (std::size_t first = 0; first < length(); first += span) {
    for (std::size_t j = 0; j < span / 4; ++j) {
      for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
        float* const x = block + (first + j) * kRow + lane;
        Complex const x0 = Complex::load(x), x1 = Complex::load(x + step);
        Complex const x2 = Complex::load(x + 2 * step), x3 = Complex::load(x + 3 * step);
        Complex const a = x0 + x2, b = x0 - x2, c = x1 + x3, d = x1 - x3;
        Complex const turned{-d.im, d.re};
        (a + c).store(x);
        ((b + turned) * factors[3 * j]).store(x + step);
        ((a - c) * factors[3 * j + 1]).store(x + 2 * step);
        ((b - turned) * factors[3 * j + 2]).store(x + 3 * step);
      }
    }
  }
}

void ColumnFft::apply(float* block) const {
  std::size_t span = length();
  for (; span >= 4; span /= 4) pass(block, span);
  if (span != 2) return;
  for (std::size_t first = 0; first < length(); first += 2) {
    for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
      float* const x = block + first * kRow + lane;
      Complex const a = Complex::load(x), b = Complex::load(x + kRow);
      (a + b).store(x);
      (a - b).store(x + kRow);
    }
  }
}

void ColumnFft::apply_half_spectrum(std::complex<float>* modes, std::size_t columns,
                                    float* scratch) const {
  std::size_t const rows = length(), last = columns - 1;
  auto* const data = reinterpret_cast<float*>(modes);
  // The transforms of the first and the last column are real: together they make one column.
  for (std::size_t k = 0; k < rows; ++k) {
    std::complex<float>* const row = modes + k * columns;
    row[0] += std::complex<float>(-row[last].imag(), row[last].real());
  }
  for (std::size_t first = 0; first < last; first += kBlock) {
    std::size_t const width = std::min(kBlock, last - first);
    for (std::size_t k = 0; k < rows; ++k) {
      float const* const in = data + 2 * (k * columns + first);
      float* const out = scratch + k * kRow;
      if (width == kBlock) {
        for (std::size_t lane = 0; lane < kBlock; lane += kLanes)
          core::load_interleaved(in + 2 * lane, out + lane, out + kBlock + lane);
        continue;
      }
      for (std::size_t c = 0; c < kBlock; ++c) {
        out[c] = c < width ? in[2 * c] : 0.0F;
        out[kBlock + c] = c < width ? in[2 * c + 1] : 0.0F;
      }
    }
    apply(scratch);
    for (std::size_t k = 0; k < rows; ++k) {
      float const* const in = scratch + position_[k] * kRow;
      float* const out = data + 2 * (k * columns + first);
      if (width == kBlock) {
        for (std::size_t lane = 0; lane < kBlock; lane += kLanes)
          core::store_interleaved(out + 2 * lane, load_lanes(in + lane),
                                  load_lanes(in + kBlock + lane));
        continue;
      }
      for (std::size_t c = 0; c < width; ++c) {
        out[2 * c] = in[c];
        out[2 * c + 1] = in[kBlock + c];
      }
    }
  }
  for (std::size_t k = 0; k < rows; ++k) {
    std::complex<float>* const row = modes + k * columns;
    row[last] = row[0].imag();
    row[0] = row[0].real();
  }
}

}  // namespace shearwater::fields
