// SPDX-License-Identifier: BSD-3-Clause
// Two-dimensional real Fourier transforms of a batch of maps where the maps live: FFTW on the host,
// cuFFT on a CUDA device, behind one interface.
#pragma once

#include <Kokkos_Core.hpp>
#include <cstdint>
#include <memory>

#include "shearwater/core/views.hpp"
#include "shearwater/parallel/host_fft2.hpp"

namespace shearwater::parallel {

/// Half spectra of several maps: (map, row of wave numbers, column of wave numbers).
using Modes = Kokkos::View<Kokkos::complex<float>***, Kokkos::LayoutRight, MemorySpace>;

/// Plans for maps (rows, columns) of float32. Copies share the plans.
class Fft2 {
 public:
  /// Throws InputError unless both lengths are even and in [2, 32768].
  Fft2(std::int64_t rows, std::int64_t columns);

  std::int64_t rows() const { return host_.rows(); }
  std::int64_t columns() const { return host_.columns(); }

  /// modes(m, k) = sum_x maps(m, x) exp(-i k x) for each map m.
  /// maps (n, rows, columns)      modes (n, rows, columns / 2 + 1), overwritten
  void forward(ExecSpace const& space, Array3<float const> maps, Modes modes) const;
  /// maps(m, x) = sum_k modes(m, k) exp(i k x), not divided by rows * columns. `modes` is
  /// overwritten.
  void inverse(ExecSpace const& space, Modes modes, Array3<float> maps) const;

 private:
  void check_extents(Array3<float const> maps, Modes modes) const;
  HostFft2 host_;
#ifdef KOKKOS_ENABLE_CUDA
  struct DevicePlans;
  std::shared_ptr<DevicePlans> device_;
#endif
};

}  // namespace shearwater::parallel
