// SPDX-License-Identifier: BSD-3-Clause
// Two-dimensional real Fourier transforms of one map in host memory (FFTW, float32). The plan is
// made once with ESTIMATE, for one thread: its bits do not depend on timings. Threads run over
// maps.
#pragma once

#include <complex>
#include <cstdint>
#include <memory>

namespace shearwater::parallel {

/// Transforms of real maps (rows, columns), row-major, to half spectra (rows, columns / 2 + 1) and
/// back. Both lengths are even, and the data aligned to 16 bytes: rows of a View or of an ArrayRef
/// are.
class HostFft2 {
 public:
  /// Throws InputError unless both lengths are even and in [2, 32768].
  HostFft2(std::int64_t rows, std::int64_t columns);

  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  std::int64_t half_columns() const { return columns_ / 2 + 1; }

  /// modes(k) = sum_x map(x) exp(-i k x). `map` is kept. Thread-safe.
  void forward(float const* map, std::complex<float>* modes) const;
  /// map(x) = sum_k modes(k) exp(i k x) over the full plane: forward then inverse multiplies by
  /// rows * columns. `modes` is overwritten. Thread-safe.
  void inverse(std::complex<float>* modes, float* map) const;
  /// The second half of `inverse`: the transforms along the rows alone.
  void inverse_rows(std::complex<float>* modes, float* map) const;

 private:
  struct Plans;
  std::int64_t rows_, columns_;
  std::shared_ptr<Plans const> plans_;
};

}  // namespace shearwater::parallel
