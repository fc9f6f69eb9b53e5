// SPDX-License-Identifier: BSD-3-Clause
#include "even_transform.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "shearwater/core/vector_math.hpp"

namespace shearwater::fields {
namespace {

using core::FloatLanes;
using core::multiply_add;

constexpr std::size_t kLanes = core::kFloatLanes;

FloatLanes load(float const* x) {
  FloatLanes v;
  std::memcpy(&v, x, sizeof(v));
  return v;
}
void store(float* x, FloatLanes v) { std::memcpy(x, &v, sizeof(v)); }
// Subtracting zero changes no value, not even the sign of zero, and compiles to nothing.
FloatLanes fill(float value) { return value - FloatLanes{}; }

/// cos(pi p / q) with the argument reduced in integers, so that large ones lose no digits.
double cosine(std::size_t p, std::size_t q) {
  return std::cos(std::numbers::pi * static_cast<double>(p % (2 * q)) / static_cast<double>(q));
}

/// Transposes 8 x 8 floats: eight rows `in_stride` apart to eight rows `out_stride` apart.
void transpose8(float const* in, std::size_t in_stride, float* out, std::size_t out_stride) {
  FloatLanes r[8], t[8];
  for (std::size_t i = 0; i < 8; ++i) r[i] = load(in + i * in_stride);
  for (std::size_t i = 0; i < 8; i += 2) {
    t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (std::size_t i = 0; i < 8; i += 4) {
    for (std::size_t j = 0; j < 2; ++j) {
      r[i + 2 * j] = __builtin_shufflevector(t[i + j], t[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      r[i + 2 * j + 1] =
          __builtin_shufflevector(t[i + j], t[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    store(out + i * out_stride, __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11));
    store(out + (i + 4) * out_stride,
          __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15));
  }
}

}  // namespace

template <class Function>
EvenTransform::Dense EvenTransform::Dense::make(std::size_t rows, std::size_t columns,
                                                Function&& entry) {
  Dense dense{rows, columns, std::vector<float>((rows + 3) / 4 * 4 * columns, 0.0F)};
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c)
      dense.factors[(r / 4 * columns + c) * 4 + r % 4] = static_cast<float>(entry(r, c));
  return dense;
}

void EvenTransform::Dense::apply(float const* x, float* y) const {
  for (std::size_t first = 0; first < rows; first += 4) {
    float const* factor = factors.data() + first * columns;
    FloatLanes sum[4][2] = {};
    for (std::size_t c = 0; c < columns; ++c, factor += 4) {
      FloatLanes const x0 = load(x + c * kBlock), x1 = load(x + c * kBlock + kLanes);
      for (std::size_t r = 0; r < 4; ++r) {
        FloatLanes const f = fill(factor[r]);
        sum[r][0] = multiply_add(f, x0, sum[r][0]);
        sum[r][1] = multiply_add(f, x1, sum[r][1]);
      }
    }
    for (std::size_t r = 0; r < std::min<std::size_t>(4, rows - first); ++r) {
      store(y + (first + r) * kBlock, sum[r][0]);
      store(y + (first + r) * kBlock + kLanes, sum[r][1]);
    }
  }
}

EvenTransform::EvenTransform(std::size_t n) : n_(n), stride_((n + 16) / 16 * 16) {
  while (length(last_) % 2 == 0 && length(last_) > 4) ++last_;
  std::size_t const m = length(last_);
  type1_ = Dense::make(m + 1, m + 1, [m](std::size_t j, std::size_t i) {
    return (i == 0 || i == m ? 1.0 : 2.0) * cosine(j * i, m);
  });
  type3_ = Dense::make(m, m, [m](std::size_t j, std::size_t i) {
    return (i == 0 ? 1.0 : 2.0) * cosine((2 * j + 1) * i, 2 * m);
  });
  for (std::size_t level = 0; level <= last_; ++level) {
    std::size_t const k = length(level);
    type4_.push_back(Dense::make(k, k, [k](std::size_t j, std::size_t i) {
      return 2.0 * cosine((2 * j + 1) * (2 * i + 1), 4 * k);
    }));
  }
}

/// y(j) = x(0) + 2 sum_{i=1}^{m-1} x(i) cos(pi (2 j + 1) i / (2 m)), 16 columns in place.
void EvenTransform::type3(std::size_t level, float* x, float* scratch) const {
  std::size_t const m = length(level), half = m / 2;
  if (level == last_) {
    type3_.apply(x, scratch);
    std::memcpy(x, scratch, m * kBlock * sizeof(float));
    return;
  }
  float* even = scratch;
  float* odd = even + half * kBlock;
  float* odd_result = odd + half * kBlock;
  for (std::size_t i = 0; i < half; ++i) {
    std::memcpy(even + i * kBlock, x + 2 * i * kBlock, kBlock * sizeof(float));
    std::memcpy(odd + i * kBlock, x + (2 * i + 1) * kBlock, kBlock * sizeof(float));
  }
  type4_[level + 1].apply(odd, odd_result);
  type3(level + 1, even, odd_result + half * kBlock);
  for (std::size_t j = 0; j < half; ++j) {
    for (std::size_t c = 0; c < kBlock; c += kLanes) {
      FloatLanes const e = load(even + j * kBlock + c), o = load(odd_result + j * kBlock + c);
      store(x + j * kBlock + c, e + o);
      store(x + (m - 1 - j) * kBlock + c, e - o);
    }
  }
}

/// The transform of the class's description, 16 columns in place.
void EvenTransform::type1(std::size_t level, float* x, float* scratch) const {
  std::size_t const n = length(level), half = n / 2;
  if (level == last_) {
    type1_.apply(x, scratch);
    std::memcpy(x, scratch, (n + 1) * kBlock * sizeof(float));
    return;
  }
  float* sum = scratch;
  float* difference = sum + (half + 1) * kBlock;
  for (std::size_t i = 0; i < half; ++i) {
    for (std::size_t c = 0; c < kBlock; c += kLanes) {
      FloatLanes const a = load(x + i * kBlock + c), b = load(x + (n - i) * kBlock + c);
      store(sum + i * kBlock + c, a + b);
      store(difference + i * kBlock + c, a - b);
    }
  }
  for (std::size_t c = 0; c < kBlock; ++c) sum[half * kBlock + c] = 2.0F * x[half * kBlock + c];
  float* rest = difference + half * kBlock;
  type1(level + 1, sum, rest);
  type3(level + 1, difference, rest);
  for (std::size_t j = 0; j < half; ++j) {
    std::memcpy(x + 2 * j * kBlock, sum + j * kBlock, kBlock * sizeof(float));
    std::memcpy(x + (2 * j + 1) * kBlock, difference + j * kBlock, kBlock * sizeof(float));
  }
  std::memcpy(x + n * kBlock, sum + half * kBlock, kBlock * sizeof(float));
}

void EvenTransform::columns_transposed(float const* in, float* out, float* scratch) const {
  // Rows are padded to whole blocks, so that the transposition needs no special edge.
  std::size_t const padded = stride_;
  float* block = scratch;
  for (std::size_t first = 0; first <= n_; first += kBlock) {
    for (std::size_t i = 0; i <= n_; ++i)
      std::memcpy(block + i * kBlock, in + i * stride_ + first, kBlock * sizeof(float));
    std::memset(block + (n_ + 1) * kBlock, 0, (padded - n_ - 1) * kBlock * sizeof(float));
    type1(0, block, block + padded * kBlock);
    float tail[8 * 8];
    for (std::size_t c = 0; c < kBlock && first + c <= n_; c += 8) {
      for (std::size_t i = 0; i < padded; i += 8) {
        if (first + c + 8 <= n_ + 1) {
          transpose8(block + i * kBlock + c, kBlock, out + (first + c) * stride_ + i, stride_);
          continue;
        }
        transpose8(block + i * kBlock + c, kBlock, tail, 8);
        for (std::size_t r = 0; first + c + r <= n_; ++r)
          std::memcpy(out + (first + c + r) * stride_ + i, tail + 8 * r, 8 * sizeof(float));
      }
    }
  }
}

void EvenTransform::apply(float* plane, float* scratch) const {
  float* rest = scratch + plane_size();
  columns_transposed(plane, scratch, rest);
  columns_transposed(scratch, plane, rest);
}

}  // namespace shearwater::fields
