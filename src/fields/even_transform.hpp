// SPDX-License-Identifier: BSD-3-Clause
// Fourier transform of functions on a periodic grid of 2n x 2n points that are even in both
// coordinates, on their quadrant of (n + 1)^2 values: half the length and a quarter of the points
// of a real transform, eight columns to an instruction.
#pragma once

#include <cstddef>
#include <vector>

namespace shearwater::fields {

/// y(j) = x(0) + (-1)^j x(n) + 2 sum_{m=1}^{n-1} x(m) cos(pi j m / n), along both axes.
///
/// Even lengths are split: the even outputs are the same transform of length n/2 of x(m) + x(n -
/// m), the odd ones a type-III cosine transform of x(m) - x(n - m), which splits in the same way
/// into one of half the length and a dense type-IV part. All factors are cosines, so that errors
/// stay at a few roundings (Lee's faster recursion divides by small cosines).
class EvenTransform {
 public:
  explicit EvenTransform(std::size_t n);

  /// Columns of a plane are padded to this, a multiple of 16.
  std::size_t stride() const { return stride_; }
  std::size_t plane_size() const { return (n_ + 1) * stride_; }
  /// Floats of scratch that `apply` needs.
  std::size_t scratch_size() const { return plane_size() + kBlock * (stride_ + 6 * (n_ + 2)); }

  /// plane (n + 1, stride) is replaced by its transform; padding columns must be finite and stay
  /// so. `plane` and `scratch` are aligned to 64 bytes. Thread-safe.
  void apply(float* plane, float* scratch) const;

 private:
  static constexpr std::size_t kBlock = 16;

  /// A dense matrix (rows, columns), stored so that four rows' factors of one column are
  /// neighbours.
  struct Dense {
    std::size_t rows = 0, columns = 0;
    std::vector<float> factors;
    template <class Function>
    static Dense make(std::size_t rows, std::size_t columns, Function&& entry);
    /// y (rows, 16) = matrix times x (columns, 16).
    void apply(float const* x, float* y) const;
  };

  std::size_t length(std::size_t level) const { return n_ >> level; }
  void columns_transposed(float const* in, float* out, float* scratch) const;
  void type1(std::size_t level, float* x, float* scratch) const;
  void type3(std::size_t level, float* x, float* scratch) const;

  std::size_t n_, stride_;
  std::size_t last_ = 0;      ///< level whose length n >> last is not split any more
  Dense type1_, type3_;       ///< of the last level
  std::vector<Dense> type4_;  ///< of each level
};

}  // namespace shearwater::fields
