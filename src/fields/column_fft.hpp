// SPDX-License-Identifier: BSD-3-Clause
// Complex Fourier transform of sixteen columns at once, for lengths that are powers of two: one
// instruction works on all columns, so that nothing is shuffled, unlike in a transform of one
// column or of neighbouring complex numbers.
#pragma once

#include <complex>
#include <cstddef>
#include <vector>

namespace shearwater::fields {

/// y(k) = sum_n x(n) exp(2 pi i n k / length).
class ColumnFft {
 public:
  /// Columns of a block.
  static constexpr std::size_t kBlock = 16;
  /// Floats of one element of a block: real parts of sixteen columns, then imaginary ones.
  static constexpr std::size_t kRow = 2 * kBlock;

  static bool possible(std::size_t length) { return length >= 4 && (length & (length - 1)) == 0; }
  /// `possible(length)`.
  explicit ColumnFft(std::size_t length);

  std::size_t length() const { return position_.size(); }
  /// Where apply leaves element k of the transform.
  std::size_t position(std::size_t k) const { return position_[k]; }
  /// block (length, 2, 16), aligned to 64 bytes, is replaced by its transform in the order of
  /// `position`. Thread-safe.
  void apply(float* block) const;
  /// All columns of modes (length, columns), in place, in natural order. Columns 0 and last are the
  /// modes of real functions, and their transforms are real. scratch: length() * kRow floats,
  /// aligned to 64 bytes.
  void apply_half_spectrum(std::complex<float>* modes, std::size_t columns, float* scratch) const;

 private:
  void pass(float* block, std::size_t span) const;

  std::vector<std::size_t> position_;
  /// For each span of a pass, w^j, w^2j, w^3j for j below a quarter of it, w = exp(2 pi i / span).
  std::vector<std::vector<std::complex<float>>> factors_;
};

}  // namespace shearwater::fields
