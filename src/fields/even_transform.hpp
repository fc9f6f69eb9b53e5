// SPDX-License-Identifier: BSD-3-Clause
// Fourier transform of functions on a periodic grid of 2n x 2n points that are even in both
// coordinates, on their quadrant of (n + 1)^2 values: half the length and a quarter of the points
// of a real transform, sixteen columns at a time.
#pragma once

#include <complex>
#include <cstddef>
#include <vector>

#include "column_fft.hpp"

namespace shearwater::fields {

/// y(j) = x(0) + (-1)^j x(n) + 2 sum_{m=1}^{n-1} x(m) cos(pi j m / n), along both axes.
///
/// Even lengths are split: the even outputs are the same transform of length n/2 of x(m) + x(n -
/// m), the odd ones a type-III cosine transform of x(m) - x(n - m), which splits in the same way
/// into one of half the length and a type-IV part. That is dense where short or of odd length, else
/// a complex transform of half the length between two rotations. All factors are cosines and sines,
/// so that errors stay at a few roundings (Lee's faster recursion divides by small cosines).
class EvenTransform {
 public:
  explicit EvenTransform(std::size_t n);

  /// Columns that are transformed together; a block of them is (rows, 16), in the first cache
  /// level.
  static constexpr std::size_t kBlock = 16;
  /// Columns of a plane are padded to this, a multiple of 16.
  std::size_t stride() const { return stride_; }
  std::size_t plane_size() const { return (n_ + 1) * stride_; }
  /// Floats of a block, with room for what its transform needs beside the rows.
  std::size_t block_size() const { return (stride_ + n_ / 2) * kBlock; }
  /// Floats of scratch for a plane and two blocks.
  std::size_t scratch_size() const { return plane_size() + 2 * block_size(); }

  /// plane (n + 1, stride) is replaced by its transform; padding columns must be finite and stay
  /// so. `plane` and `scratch` are aligned to 64 bytes. Thread-safe.
  void apply(float* plane, float* scratch) const;

  /// The transform along the first axis of a block: x (n + 1, 16) is overwritten, y its transform;
  /// both have block_size() floats.
  void columns(float* x, float* y) const { type1(0, x, y, kBlock, y + stride_ * kBlock); }
  /// Copies columns first ... first + 15 of a plane to a block.
  void take(float const* plane, std::size_t first, float* block) const;
  /// The columns of a block become rows first ... first + 15 of a plane, as far as it has them. The
  /// rows that pad a block are set to zero.
  void put_transposed(float* block, std::size_t first, float* plane) const;

 private:
  /// A dense matrix (rows, columns), stored in groups of rows that are summed together: in each the
  /// rows' factors of one column are neighbours.
  struct Dense {
    std::size_t rows = 0, columns = 0;
    std::vector<float> factors;
    template <class Function>
    static Dense make(std::size_t rows, std::size_t columns, Function&& entry);
    /// Row r of the matrix times x (columns, 16) goes to finish(r, lane, values); rows of x are
    /// `step` floats apart.
    template <class Finish>
    void apply(float const* x, std::ptrdiff_t step, Finish&& finish) const;
    template <std::size_t kRows, class Finish>
    void group(std::size_t first, float const* x, std::ptrdiff_t step, Finish&& finish) const;
  };

  /// A type-IV transform, y(j) = 2 sum_i x(i) cos(pi (2 j + 1) (2 i + 1) / (4 m)).
  struct Type4 {
    explicit Type4(std::size_t m);
    /// Result j goes to finish(j, lane, values). scratch: m rows of 16.
    template <class Finish>
    void apply(float const* x, std::ptrdiff_t step, float* scratch, Finish&& finish) const;

    std::size_t length;
    Dense dense;  ///< or, without rows:
    std::vector<ColumnFft> fft;
    std::vector<std::complex<float>> rotation;  ///< exp(i pi (8 n + 1) / (8 m))
  };

  std::size_t length(std::size_t level) const { return n_ >> level; }
  void type1(std::size_t level, float* x, float* y, std::ptrdiff_t y_step, float* scratch) const;
  void type3(std::size_t level, float const* x, std::ptrdiff_t x_step, float* y,
             std::ptrdiff_t y_step, float* scratch) const;

  std::size_t n_, stride_;
  std::size_t last_ = 0;      ///< level whose length n >> last is not split any more
  Dense type1_, type3_;       ///< of the last level
  std::vector<Type4> type4_;  ///< of each level
};

}  // namespace shearwater::fields
