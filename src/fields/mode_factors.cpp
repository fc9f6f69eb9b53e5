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

constexpr std::size_t kBlock = 16;
using Lane = std::array<float, kBlock>;

std::size_t pair_index(std::size_t i, std::size_t j, std::size_t count) {
  return i * count - i * (i + 1) / 2 + j;  // i <= j
}

/// One column of L for 16 modes: rows[i] holds what is left of row i's diagonal, and is lowered.
/// Returns 1 in the lanes where something had to be held back.
void factor_column(std::size_t j, std::size_t count, Lane* matrix, Lane const& diagonal, Lane* left,
                   std::array<std::int32_t, kBlock>& held) {
  Lane inverse;
  Lane& pivot = matrix[pair_index(j, j, count)];
  for (std::size_t m = 0; m < kBlock; ++m) {
    bool const positive = left[j][m] > 1e-6F * diagonal[m];
    float const square = positive ? left[j][m] : 0.0F;
    float const root = std::sqrt(square);
    inverse[m] = positive ? 1.0F / (positive ? root : 1.0F) : 0.0F;
    held[m] |= (positive || diagonal[m] == 0.0F) ? 0 : 1;
    pivot[m] = std::sqrt(left[j][m] > 0.0F ? left[j][m] : 0.0F);
  }
  for (std::size_t i = j + 1; i < count; ++i) {
    // A local sum: the compiler then knows that nothing it reads changes.
    Lane sum = matrix[pair_index(j, i, count)];
    for (std::size_t k = 0; k < j; ++k) {
      Lane const& a = matrix[pair_index(k, i, count)];
      Lane const& b = matrix[pair_index(k, j, count)];
      for (std::size_t m = 0; m < kBlock; ++m) sum[m] = core::multiply_add(-a[m], b[m], sum[m]);
    }
    Lane& element = matrix[pair_index(j, i, count)];
    for (std::size_t m = 0; m < kBlock; ++m) {
      float const value = sum[m] * inverse[m];
      float const limit = std::sqrt(left[i][m] > 0.0F ? left[i][m] : 0.0F);
      float const kept = value > limit ? limit : (value < -limit ? -limit : value);
      held[m] |= kept == value ? 0 : 1;
      element[m] = kept;
      left[i][m] = core::multiply_add(-kept, kept, left[i][m]);
    }
  }
}

}  // namespace

void interpolate_modes(std::span<float const> table, std::span<std::int32_t const> node,
                       std::span<float const> weight, std::span<float> power) {
  float const* const values = table.data();
  for (std::size_t m = 0; m < power.size(); ++m) {
    float const low = values[node[m]], high = values[node[m] + 1];
    power[m] = core::multiply_add(weight[m], high - low, low);
  }
}

std::int64_t log_correlations(std::span<float> plane, std::size_t columns, std::size_t stride) {
  std::size_t const last = columns - 1;
  std::int64_t clipped = 0;
  std::vector<std::int32_t> raised(stride);
  for (std::size_t a = 0; a < columns; ++a) {
    float* const row = plane.data() + a * stride;
    std::int32_t in_row = 0;
    for (std::size_t b = 0; b < stride; ++b) {
      float const ratio = 1.0F + row[b];
      bool const low = !(ratio >= smallest_correlation);
      row[b] = core::fast_log(low ? smallest_correlation : ratio);
      raised[b] = low ? 1 : 0;
      in_row += raised[b];
    }
    if (in_row == 0) continue;
    for (std::size_t b = 0; b < columns; ++b)
      clipped += raised[b] * (a % last == 0 ? 1 : 2) * (b % last == 0 ? 1 : 2);
  }
  return clipped;
}

void scale_magnitudes(std::span<float> plane, float scale) {
  for (float& value : plane) value = scale * std::fabs(value);
}

std::int64_t cholesky_modes(float* planes, std::size_t count, std::size_t columns,
                            std::size_t stride) {
  std::size_t const pairs = count * (count + 1) / 2, plane = columns * stride;
  std::vector<Lane> matrix(pairs), diagonal(count), left(count);
  std::int64_t clipped = 0;
  for (std::size_t first = 0; first < plane; first += kBlock) {
    for (std::size_t p = 0; p < pairs; ++p)
      std::memcpy(matrix[p].data(), planes + p * plane + first, sizeof(Lane));
    for (std::size_t i = 0; i < count; ++i) left[i] = diagonal[i] = matrix[pair_index(i, i, count)];
    std::array<std::int32_t, kBlock> held{};
    for (std::size_t j = 0; j < count; ++j)
      factor_column(j, count, matrix.data(), diagonal[j], left.data(), held);
    for (std::size_t p = 0; p < pairs; ++p)
      std::memcpy(planes + p * plane + first, matrix[p].data(), sizeof(Lane));
    for (std::size_t m = 0; m < kBlock && first % stride + m < columns; ++m) clipped += held[m];
  }
  return clipped;
}

void ModeRow::colour(float const* factors, std::complex<float>* modes,
                     std::size_t field_stride) const {
  constexpr std::size_t kChunk = 64;
  for (std::size_t first = 0; first < columns; first += kChunk) {
    std::size_t const width = std::min(kChunk, columns - first);
    for (std::size_t i = 0; i < count; ++i) {
      std::array<float, kChunk> re{}, im{};
      for (std::size_t j = 0; j <= i; ++j) {
        float const* const factor = factors + pair_index(j, i, count) * plane + first;
        float const* const real = normals + 2 * j * columns + first;
        float const* const imaginary = real + columns;
        for (std::size_t b = 0; b < width; ++b) {
          re[b] = core::multiply_add(factor[b], real[b], re[b]);
          im[b] = core::multiply_add(factor[b], imaginary[b], im[b]);
        }
      }
      auto* const out = reinterpret_cast<float*>(modes + i * field_stride + first);
      for (std::size_t b = 0; b < width; ++b) {
        out[2 * b] = re[b];
        out[2 * b + 1] = im[b];
      }
    }
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
  // Sixteen partial sums over blocks of 1024 values: the order does not depend on vector lengths.
  constexpr std::size_t kPiece = 1024;
  double total = 0.0;
  for (std::size_t first = 0; first < values.size(); first += kPiece) {
    std::array<float, kBlock> sums{};
    std::size_t const last = std::min(values.size(), first + kPiece);
    std::size_t i = first;
    for (; i + kBlock <= last; i += kBlock)
      for (std::size_t m = 0; m < kBlock; ++m)
        sums[m] = core::multiply_add(values[i + m], values[i + m], sums[m]);
    for (; i < last; ++i) total += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    for (float const sum : sums) total += static_cast<double>(sum);
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
    for (std::size_t i = 0; i < size; ++i) out[i] = core::multiply_add(scale, normals[i], out[i]);
  }
}

}  // namespace shearwater::fields
