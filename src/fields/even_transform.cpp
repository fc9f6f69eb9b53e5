// SPDX-License-Identifier: BSD-3-Clause
#include "even_transform.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>

#include "shearwater/core/vector_math.hpp"

namespace shearwater::fields {
namespace {

using core::fill_lanes;
using core::FloatLanes;
using core::load_lanes;
using core::multiply_add;
using core::store_lanes;

constexpr std::size_t kLanes = core::kFloatLanes;
/// Rows of a dense product that are summed together: eight sums of a vector hide the latency of
/// the additions.
constexpr std::size_t kGroup = kLanes == 16 ? 8 : 4;

/// cos(pi p / q) with the argument reduced in integers, so that large ones lose no digits.
double cosine(std::size_t p, std::size_t q) {
  return std::cos(std::numbers::pi * static_cast<double>(p % (2 * q)) / static_cast<double>(q));
}

using Lanes8 [[gnu::vector_size(32)]] = float;

/// Transposes 8 x 8 floats: eight rows `in_stride` apart to eight rows `out_stride` apart.
void transpose8(float const* in, std::size_t in_stride, float* out, std::size_t out_stride) {
  Lanes8 r[8], t[8];
  for (std::size_t i = 0; i < 8; ++i) std::memcpy(&r[i], in + i * in_stride, sizeof(Lanes8));
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
    Lanes8 const low = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    Lanes8 const high = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    std::memcpy(out + i * out_stride, &low, sizeof(Lanes8));
    std::memcpy(out + (i + 4) * out_stride, &high, sizeof(Lanes8));
  }
}

/// Rows of the group that begins at row `first` of `rows`: small ends go in fours.
std::size_t group_rows(std::size_t first, std::size_t rows) {
  return kGroup > 4 && rows - first > 4 ? kGroup : 4;
}

}  // namespace

template <class Function>
EvenTransform::Dense EvenTransform::Dense::make(std::size_t rows, std::size_t columns,
                                                Function&& entry) {
  Dense dense{rows, columns, {}};
  for (std::size_t first = 0; first < rows; first += group_rows(first, rows))
    for (std::size_t c = 0; c < columns; ++c)
      for (std::size_t r = first; r < first + group_rows(first, rows); ++r)
        dense.factors.push_back(r < rows ? static_cast<float>(entry(r, c)) : 0.0F);
  return dense;
}

template <std::size_t kRows, class Finish>
void EvenTransform::Dense::group(std::size_t first, float const* x, std::ptrdiff_t step,
                                 Finish&& finish) const {
  constexpr std::size_t kVectors = kBlock / kLanes;
  float const* factor = factors.data() + first * columns;
  FloatLanes sum[kRows][kVectors] = {};
  for (std::size_t c = 0; c < columns; ++c, factor += kRows, x += step) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      FloatLanes const value = load_lanes(x + v * kLanes);
      for (std::size_t r = 0; r < kRows; ++r)
        sum[r][v] = multiply_add(fill_lanes(factor[r]), value, sum[r][v]);
    }
  }
  for (std::size_t r = 0; r < std::min(kRows, rows - first); ++r)
    for (std::size_t v = 0; v < kVectors; ++v) finish(first + r, v * kLanes, sum[r][v]);
}

template <class Finish>
void EvenTransform::Dense::apply(float const* x, std::ptrdiff_t step, Finish&& finish) const {
  for (std::size_t first = 0; first < rows;) {
    std::size_t const size = group_rows(first, rows);
    if (size == 4)
      group<4>(first, x, step, finish);
    else
      group<kGroup>(first, x, step, finish);
    first += size;
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
  for (std::size_t level = 0; level <= last_; ++level) type4_.emplace_back(length(level));
}

EvenTransform::Type4::Type4(std::size_t m) : length(m) {
  // Below this length the dense product is the faster one.
  if (m < 16 || !ColumnFft::possible(m / 2)) {
    dense = Dense::make(m, m, [m](std::size_t j, std::size_t i) {
      return 2.0 * cosine((2 * j + 1) * (2 * i + 1), 4 * m);
    });
    return;
  }
  fft.emplace_back(m / 2);
  for (std::size_t n = 0; n < m / 2; ++n) {
    double const angle =
        std::numbers::pi * static_cast<double>(8 * n + 1) / static_cast<double>(8 * m);
    rotation.emplace_back(static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle)));
  }
}

/// With u(n) = (x(2 n) - i x(m - 1 - 2 n)) r(n), r the rotation, and U its transform, U(k) r(k) is
/// (y(2 k) + i y(m - 1 - 2 k)) / 2.
template <class Finish>
void EvenTransform::Type4::apply(float const* x, std::ptrdiff_t step, float* scratch,
                                 Finish&& finish) const {
  if (dense.rows > 0) return dense.apply(x, step, finish);
  auto const row = [&](std::size_t i) { return x + static_cast<std::ptrdiff_t>(i) * step; };
  std::size_t const half = length / 2;
  for (std::size_t n = 0; n < half; ++n) {
    FloatLanes const c = fill_lanes(rotation[n].real()), s = fill_lanes(rotation[n].imag());
    float* const out = scratch + n * ColumnFft::kRow;
    for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
      FloatLanes const re = load_lanes(row(2 * n) + lane);
      FloatLanes const minus_im = load_lanes(row(length - 1 - 2 * n) + lane);
      store_lanes(out + lane, multiply_add(re, c, minus_im * s));
      store_lanes(out + kBlock + lane, multiply_add(re, s, -(minus_im * c)));
    }
  }
  fft[0].apply(scratch);
  for (std::size_t k = 0; k < half; ++k) {
    FloatLanes const c = fill_lanes(2 * rotation[k].real()), s = fill_lanes(2 * rotation[k].imag());
    float const* const in = scratch + fft[0].position(k) * ColumnFft::kRow;
    for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
      FloatLanes const re = load_lanes(in + lane), im = load_lanes(in + kBlock + lane);
      finish(2 * k, lane, multiply_add(re, c, -(im * s)));
      finish(length - 1 - 2 * k, lane, multiply_add(re, s, im * c));
    }
  }
}

/// y(j) = x(0) + 2 sum_{i=1}^{m-1} x(i) cos(pi (2 j + 1) i / (2 m)). Steps are in floats.
void EvenTransform::type3(std::size_t level, float const* x, std::ptrdiff_t x_step, float* y,
                          std::ptrdiff_t y_step, float* scratch) const {
  auto const row = [&](std::size_t j) { return y + static_cast<std::ptrdiff_t>(j) * y_step; };
  if (level == last_) {
    type3_.apply(x, x_step, [&](std::size_t j, std::size_t lane, FloatLanes sum) {
      store_lanes(row(j) + lane, sum);
    });
    return;
  }
  std::size_t const m = length(level);
  type3(level + 1, x, 2 * x_step, y, y_step, scratch);
  type4_[level + 1].apply(x + x_step, 2 * x_step, scratch,
                          [&](std::size_t j, std::size_t lane, FloatLanes odd) {
                            FloatLanes const even = load_lanes(row(j) + lane);
                            store_lanes(row(j) + lane, even + odd);
                            store_lanes(row(m - 1 - j) + lane, even - odd);
                          });
}

/// The transform of the class's description. Sums take the place of the first half of x and
/// differences, in reverse, that of the second.
void EvenTransform::type1(std::size_t level, float* x, float* y, std::ptrdiff_t y_step,
                          float* scratch) const {
  std::size_t const n = length(level), half = n / 2;
  if (level == last_) {
    type1_.apply(x, kBlock, [&](std::size_t j, std::size_t lane, FloatLanes sum) {
      store_lanes(y + static_cast<std::ptrdiff_t>(j) * y_step + lane, sum);
    });
    return;
  }
  for (std::size_t i = 0; i < half; ++i) {
    for (std::size_t c = 0; c < kBlock; c += kLanes) {
      float* const low = x + i * kBlock + c;
      float* const high = x + (n - i) * kBlock + c;
      FloatLanes const a = load_lanes(low), b = load_lanes(high);
      store_lanes(low, a + b);
      store_lanes(high, a - b);
    }
  }
  for (std::size_t c = 0; c < kBlock; ++c) x[half * kBlock + c] *= 2.0F;
  type1(level + 1, x, y, 2 * y_step, scratch);
  type3(level + 1, x + n * kBlock, -static_cast<std::ptrdiff_t>(kBlock), y + y_step, 2 * y_step,
        scratch);
}

void EvenTransform::take(float const* plane, std::size_t first, float* block) const {
  for (std::size_t i = 0; i <= n_; ++i)
    std::memcpy(block + i * kBlock, plane + i * stride_ + first, kBlock * sizeof(float));
}

void EvenTransform::put_transposed(float* block, std::size_t first, float* plane) const {
  // Rows are padded to whole blocks, so that the transposition needs no special edge there.
  std::memset(block + (n_ + 1) * kBlock, 0, (stride_ - n_ - 1) * kBlock * sizeof(float));
  float tail[8 * 8];
  for (std::size_t c = 0; c < kBlock && first + c <= n_; c += 8) {
    for (std::size_t i = 0; i < stride_; i += 8) {
      if (first + c + 8 <= n_ + 1) {
        transpose8(block + i * kBlock + c, kBlock, plane + (first + c) * stride_ + i, stride_);
        continue;
      }
      transpose8(block + i * kBlock + c, kBlock, tail, 8);
      for (std::size_t r = 0; first + c + r <= n_; ++r)
        std::memcpy(plane + (first + c + r) * stride_ + i, tail + 8 * r, 8 * sizeof(float));
    }
  }
}

void EvenTransform::apply(float* plane, float* scratch) const {
  float* const x = scratch + plane_size();
  float* const y = x + block_size();
  for (auto const& [from, to] : {std::pair{plane, scratch}, std::pair{scratch, plane}}) {
    for (std::size_t first = 0; first <= n_; first += kBlock) {
      take(from, first, x);
      columns(x, y);
      put_transposed(y, first, to);
    }
  }
}

}  // namespace shearwater::fields
