// SPDX-License-Identifier: BSD-3-Clause
// Three-dimensional real Fourier transforms of one cube that is divided among the ranks in slabs:
// FFTW on the host, cuFFT on a CUDA device, behind one interface. In place; one exchange between
// the ranks each way. All plans have sizes that follow from the side of the cube alone, so that the
// result has the same bits on any number of ranks and threads.
#pragma once

#include <Kokkos_Core.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "shearwater/core/views.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::parallel {

/// Plans for a cube of `side`^3 real numbers (float or double). Copies share the plans.
template <class Real>
class Fft3 {
 public:
  /// Real space: (own planes of x, y, z padded to side + 2).
  using Grid = Kokkos::View<Real***, Kokkos::LayoutRight, MemorySpace>;
  /// Fourier space, in the same memory: (kx, own rows of ky, kz from 0 to side / 2).
  using Modes = Kokkos::View<Kokkos::complex<Real>***, Kokkos::LayoutRight, MemorySpace,
                             Kokkos::MemoryTraits<Kokkos::Unmanaged>>;

  /// Collective over comm. Throws InputError unless the side is even and in [2, 32768], and when
  /// there are more ranks than planes.
  Fft3(Communicator const& comm, std::int64_t side);

  Communicator const& comm() const { return comm_; }
  std::int64_t side() const { return side_; }
  /// The planes of x in real space, and the rows of ky in Fourier space, that this rank owns.
  Share own() const { return own_; }
  Grid make_grid(std::string const& label) const;
  Modes modes(Grid const& grid) const;
  /// Bytes that the plans hold for the exchange.
  std::int64_t buffer_bytes() const;

  /// Collective: modes(k) = sum_x grid(x) exp(-i k x).
  void forward(ExecSpace const& space, Grid const& grid) const;
  /// Collective: grid(x) = sum_k modes(k) exp(i k x) over all k, not divided by side^3.
  void inverse(ExecSpace const& space, Grid const& grid) const;
  /// Collective: forward, modes(k) *= response(kx, ky, kz) with signed integer wave numbers,
  /// inverse. On the host the response is applied while a line of modes is in the first cache
  /// levels.
  template <class Response>
  void filter(ExecSpace const& space, Grid const& grid, Response const& response) const;

 private:
  /// Neighbouring lines along kx that are transformed together: values[i * width + c] is the mode
  /// of row i of kx, at ky and kz + c.
  struct LineBlock {
    Kokkos::complex<Real>* values;
    std::int64_t ky, kz, width;
  };
  using LineWork = std::function<void(LineBlock const&)>;
  enum class Lines { forward, inverse, both };

  std::int64_t signed_wave(std::int64_t row) const { return row <= side_ / 2 ? row : row - side_; }
  void check_grid(Grid const& grid) const;
  void planes_forward(ExecSpace const& space, Grid const& grid) const;
  void planes_inverse(ExecSpace const& space, Grid const& grid) const;
  void to_rows(ExecSpace const& space, Grid const& grid) const;
  void to_planes(ExecSpace const& space, Grid const& grid) const;
  void lines(ExecSpace const& space, Grid const& grid, Lines which, LineWork const& work) const;

  struct Plans;
  Communicator comm_;
  std::int64_t side_;
  Share own_;
  std::shared_ptr<Plans> plans_;
};

extern template class Fft3<float>;
extern template class Fft3<double>;

template <class Real>
template <class Response>
void Fft3<Real>::filter(ExecSpace const& space, Grid const& grid, Response const& response) const {
  std::int64_t const side = side_;
#ifdef KOKKOS_ENABLE_CUDA
  forward(space, grid);
  Modes const values = modes(grid);
  std::int64_t const first = own_.first;
  Kokkos::parallel_for(
      "parallel::fft3_filter",
      Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<3>>(
          space, {0, 0, 0}, {values.extent(0), values.extent(1), values.extent(2)}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j, std::int64_t k) {
        std::int64_t const ky = first + j;
        values(i, j, k) *=
            response(i <= side / 2 ? i : i - side, ky <= side / 2 ? ky : ky - side, k);
      });
  inverse(space, grid);
#else
  planes_forward(space, grid);
  to_rows(space, grid);
  lines(space, grid, Lines::both, [&response, side](LineBlock const& block) {
    for (std::int64_t i = 0; i < side; ++i)
      for (std::int64_t c = 0; c < block.width; ++c)
        block.values[i * block.width + c] *=
            response(i <= side / 2 ? i : i - side, block.ky, block.kz + c);
  });
  to_planes(space, grid);
  planes_inverse(space, grid);
#endif
}

}  // namespace shearwater::parallel
