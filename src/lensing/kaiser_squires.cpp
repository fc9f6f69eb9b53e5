// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/kaiser_squires.hpp"

#include <string>

#include "shearwater/core/error.hpp"

namespace shearwater::lensing {

KaiserSquires::KaiserSquires(fields::FlatSky sky) : sky_(sky), fft_(sky.pixels, sky.pixels) {}

void rotate_modes(ExecSpace const& space, float sign, parallel::Modes first,
                  parallel::Modes second) {
  using Complex = Kokkos::complex<float>;
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<3>>;
  int const count = first.extent_int(0), rows = first.extent_int(1), columns = first.extent_int(2);
  float const scale = 1.0F / (static_cast<float>(rows) * static_cast<float>(rows));
  Kokkos::parallel_for(
      "lensing::rotate_modes", Policy(space, {0, 0, 0}, {count, rows, columns}),
      KOKKOS_LAMBDA(int m, int row, int column) {
        float const x = static_cast<float>(column);
        float const y = static_cast<float>(row <= rows / 2 ? row : row - rows);
        float const square = x * x + y * y;
        float cosine = 0, sine = 0;
        if (square > 0) {
          cosine = (x * x - y * y) / square;
          sine = 2 * x * y / square;
          if (2 * column == rows || 2 * row == rows) {
            cosine = cosine < 0 ? -1.0F : 1.0F;
            sine = 0;
          }
        }
        auto const a = first(m, row, column), b = second(m, row, column);
        cosine *= scale;
        sine *= sign * scale;
        first(m, row, column) =
            Complex(cosine * a.real() - sine * b.real(), cosine * a.imag() - sine * b.imag());
        second(m, row, column) =
            Complex(sine * a.real() + cosine * b.real(), sine * a.imag() + cosine * b.imag());
      });
}

void KaiserSquires::rotate(ExecSpace const& space, Array3<float const> in_1,
                           Array3<float const> in_2, float sign, Array3<float> out_1,
                           Array3<float> out_2) const {
  core::require(in_1.extent(0) == in_2.extent(0), "both components have the same number of maps");
  auto const make = [&](std::string const& label) {
    return parallel::Modes(Kokkos::view_alloc(space, Kokkos::WithoutInitializing, label),
                           in_1.extent(0), static_cast<std::size_t>(sky_.pixels),
                           static_cast<std::size_t>(sky_.pixels / 2 + 1));
  };
  parallel::Modes const first = make("lensing::first_modes"),
                        second = make("lensing::second_modes");
  fft_.forward(space, in_1, first);
  fft_.forward(space, in_2, second);
  rotate_modes(space, sign, first, second);
  fft_.inverse(space, first, out_1);
  fft_.inverse(space, second, out_2);
  space.fence("lensing::rotate");
}

void KaiserSquires::shear(ExecSpace const& space, Array3<float const> kappa_e,
                          Array3<float const> kappa_b, Array3<float> gamma_1,
                          Array3<float> gamma_2) const {
  rotate(space, kappa_e, kappa_b, 1.0F, gamma_1, gamma_2);
}

void KaiserSquires::convergence(ExecSpace const& space, Array3<float const> gamma_1,
                                Array3<float const> gamma_2, Array3<float> kappa_e,
                                Array3<float> kappa_b) const {
  rotate(space, gamma_1, gamma_2, -1.0F, kappa_e, kappa_b);
}

}  // namespace shearwater::lensing
