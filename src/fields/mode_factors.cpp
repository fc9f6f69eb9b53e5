// SPDX-License-Identifier: BSD-3-Clause
#include "mode_factors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "shearwater/core/vector_math.hpp"
#include "shearwater/fields/correlated_fields.hpp"

namespace shearwater::fields {
namespace {

using core::FloatLanes;
using core::load_lanes;
using core::multiply_add;

constexpr std::size_t kLanes = core::kFloatLanes;
using Mask = decltype(FloatLanes{} < FloatLanes{});

std::size_t pair_index(std::size_t i, std::size_t j, std::size_t count) {
  return i * count - i * (i + 1) / 2 + j;  // i <= j
}

/// The matrices of as many modes as a vector has lanes, and their factors in the same place.
class ModeMatrices {
 public:
  explicit ModeMatrices(std::size_t count)
      : count_(count), elements_(count * count), diagonal_(count), left_(count) {}

  FloatLanes& at(std::size_t i, std::size_t j) { return elements_[i * count_ + j]; }  ///< i <= j
  /// Replaces the upper triangles by those of L^T; lanes of the result are set where something had
  /// to be held back.
  Mask factor() {
    for (std::size_t i = 0; i < count_; ++i) left_[i] = diagonal_[i] = at(i, i);
    Mask held{};
    for (std::size_t j = 0; j < count_; ++j) held |= factor_column(j);
    return held;
  }

 private:
  Mask factor_column(std::size_t j);
  static Mask hold_back(FloatLanes& element, FloatLanes left);

  std::size_t count_;
  std::vector<FloatLanes> elements_, diagonal_;
  std::vector<FloatLanes> left_;  ///< what is left of each row's diagonal
};

/// Holds a row's element back to what is left of the row's diagonal.
Mask ModeMatrices::hold_back(FloatLanes& element, FloatLanes left) {
  FloatLanes const limit = core::root_lanes(left > 0.0F ? left : FloatLanes{});
  FloatLanes const value = element;
  element = value > limit ? limit : (value < -limit ? -limit : value);
  return element != value;
}

Mask ModeMatrices::factor_column(std::size_t j) {
  FloatLanes const one = core::fill_lanes(1.0F), zero{};
  Mask const positive = left_[j] > 1e-6F * diagonal_[j];
  FloatLanes const pivot = core::root_lanes(left_[j] > 0.0F ? left_[j] : zero);
  FloatLanes const inverse = positive ? one / (positive ? pivot : one) : zero;
  Mask held = ~positive & (diagonal_[j] != zero);
  at(j, j) = pivot;
  for (std::size_t i = j + 1; i < count_; ++i) {
    FloatLanes sum = at(j, i);
    for (std::size_t k = 0; k < j; ++k) sum = multiply_add(-at(k, i), at(k, j), sum);
    sum *= inverse;
    // Roots only where a limit is met: they cost more than all the rest.
    if (core::any_above(sum * sum, left_[i])) held |= hold_back(sum, left_[i]);
    left_[i] = multiply_add(-sum, sum, left_[i]);
    at(j, i) = sum;
  }
  return held;
}

}  // namespace

std::int64_t cholesky_modes(float* planes, std::size_t count, std::size_t columns,
                            std::size_t stride) {
  std::size_t const plane = columns * stride;
  ModeMatrices matrices(count);
  std::int64_t clipped = 0;
  for (std::size_t first = 0; first < plane; first += kLanes) {
    float* element = planes + first;
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = i; j < count; ++j, element += plane)
        matrices.at(i, j) = load_lanes(element);
    Mask const held = matrices.factor();
    element = planes + first;
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = i; j < count; ++j, element += plane)
        core::store_lanes(element, matrices.at(i, j));
    for (std::size_t m = 0; m < kLanes && first % stride + m < columns; ++m) clipped -= held[m];
  }
  return clipped;
}

// The sums of all kRows fields stay in registers.
template <std::size_t kRows>
void ModeRow::colour_fields(std::size_t i, std::size_t first, float const* factors,
                            std::complex<float>* modes, std::size_t field_stride) const {
  FloatLanes re[kRows] = {}, im[kRows] = {};
  auto const add = [&](std::size_t j, std::size_t from) {
    float const* const factor = factors + pair_index(j, i, count) * plane + first;
    FloatLanes const real = load_lanes(normals + 2 * j * columns + first);
    FloatLanes const imaginary = load_lanes(normals + (2 * j + 1) * columns + first);
    for (std::size_t r = from; r < kRows; ++r) {
      FloatLanes const f = load_lanes(factor + r * plane);
      re[r] = multiply_add(f, real, re[r]);
      im[r] = multiply_add(f, imaginary, im[r]);
    }
  };
  for (std::size_t j = 0; j < i; ++j) add(j, 0);
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) add(i + r, r);
  for (std::size_t r = 0; r < kRows; ++r) {
    auto* const out = reinterpret_cast<float*>(modes + (i + r) * field_stride + first);
    if (first + kLanes <= columns) {
      core::store_interleaved(out, re[r], im[r]);
      continue;
    }
    std::array<float, 2 * kLanes> last;
    core::store_interleaved(last.data(), re[r], im[r]);
    std::memcpy(out, last.data(), 2 * (columns - first) * sizeof(float));
  }
}

void ModeRow::colour(float const* factors, std::complex<float>* modes,
                     std::size_t field_stride) const {
  for (std::size_t first = 0; first < columns; first += kLanes) {
    std::size_t i = 0;
    for (; i + 5 <= count; i += 5) colour_fields<5>(i, first, factors, modes, field_stride);
    for (; i + 2 <= count; i += 2) colour_fields<2>(i, first, factors, modes, field_stride);
    if (i < count) colour_fields<1>(i, first, factors, modes, field_stride);
  }
}

void make_hermitian(std::complex<float>* modes, std::size_t rows, std::size_t columns) {
  float const root2 = std::sqrt(2.0F);
  for (std::size_t b : {std::size_t{0}, columns - 1}) {
    for (std::size_t k = 1; k < rows / 2; ++k)
      modes[(rows - k) * columns + b] = std::conj(modes[k * columns + b]);
    for (std::size_t k : {std::size_t{0}, rows / 2}) {
      std::complex<float>& mode = modes[k * columns + b];
      mode = root2 * mode.real();
    }
  }
}

double mean_square(std::span<float const> values) {
  // Partial sums over blocks of 1024 values, folded in halves: the order does not depend on vector
  // lengths.
  constexpr std::size_t kPiece = 1024, kSums = 64;
  double total = 0.0;
  for (std::size_t first = 0; first < values.size(); first += kPiece) {
    std::array<float, kSums> sums{};
    std::size_t const last = std::min(values.size(), first + kPiece);
    std::size_t i = first;
    for (; i + kSums <= last; i += kSums)
      for (std::size_t m = 0; m < kSums; ++m)
        sums[m] = multiply_add(values[i + m], values[i + m], sums[m]);
    for (; i < last; ++i) total += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    for (std::size_t half = kSums / 2; half > 0; half /= 2)
      for (std::size_t m = 0; m < half; ++m) sums[m] += sums[m + half];
    total += static_cast<double>(sums[0]);
  }
  return total / static_cast<double>(values.size());
}

void lognormal_transform(std::span<float> values, double variance, double shift) {
  auto const half = static_cast<float>(0.5 * variance), lambda = static_cast<float>(shift);
  for (float& value : values) value = lambda * (core::fast_exp(value - half) - 1.0F);
}

void add_normals(std::uint64_t seed, core::Purpose purpose, std::uint64_t index,
                 std::uint64_t first, double standard_deviation, std::span<float> values) {
  constexpr std::size_t kPiece = 1024;
  alignas(64) std::array<float, kPiece> normals;
  auto const scale = static_cast<float>(standard_deviation);
  for (std::size_t begin = 0; begin < values.size(); begin += kPiece) {
    std::size_t const size = std::min(kPiece, values.size() - begin);
    core::fill_normals(seed, purpose, index, first + begin, {normals.data(), size});
    float* const out = values.data() + begin;
    for (std::size_t i = 0; i < size; ++i) out[i] = multiply_add(scale, normals[i], out[i]);
  }
}

}  // namespace shearwater::fields
