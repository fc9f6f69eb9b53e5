// SPDX-License-Identifier: BSD-3-Clause
// The same transform on one rank (MPI_COMM_SELF) is the reference for the bits; FFTW's own
// three-dimensional transform, and a direct sum, for the values.
#include <fftw3.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <numbers>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/parallel/fft3.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

/// Uniform in (-1/2, 1/2), a function of the cell alone.
double value_at(std::int64_t side, std::int64_t x, std::int64_t y, std::int64_t z) {
  auto const index = static_cast<std::uint64_t>((x * side + y) * side + z);
  return core::Stream(7, core::Purpose::field, index).uniform() - 0.5;
}

/// The own planes of a cube that is the same on every number of ranks.
template <class Real>
auto filled(parallel::Fft3<Real> const& fft) {
  auto const grid = fft.make_grid("test::grid");
  auto const host = Kokkos::create_mirror_view(grid);
  for (std::int64_t i = 0; i < fft.own().count; ++i)
    for (std::int64_t j = 0; j < fft.side(); ++j)
      for (std::int64_t k = 0; k < fft.side(); ++k)
        host(i, j, k) = static_cast<Real>(value_at(fft.side(), fft.own().first + i, j, k));
  Kokkos::deep_copy(grid, host);
  return grid;
}

template <class View>
auto on_host(View const& view) {
  return Kokkos::create_mirror_view_and_copy(HostSpace(), view);
}

parallel::Communicator alone() { return parallel::Communicator(MPI_COMM_SELF); }

}  // namespace

TEST_CASE("a small cube's transform is the direct sum", "[parallel][mpi]") {
  std::int64_t const n = 6;
  parallel::Fft3<double> const fft(test::world(), n);
  auto const grid = filled(fft);
  fft.forward(ExecSpace(), grid);
  auto const modes = on_host(fft.modes(grid));
  for (std::int64_t a = 0; a < n; ++a)
    for (std::int64_t b = 0; b < fft.own().count; ++b)
      for (std::int64_t c = 0; c <= n / 2; ++c) {
        std::complex<double> sum = 0;
        for (std::int64_t x = 0; x < n; ++x)
          for (std::int64_t y = 0; y < n; ++y)
            for (std::int64_t z = 0; z < n; ++z) {
              auto const turns = static_cast<double>(a * x + (fft.own().first + b) * y + c * z);
              double const angle = -2 * std::numbers::pi * turns / static_cast<double>(n);
              sum += value_at(n, x, y, z) * std::polar(1.0, angle);
            }
        // 216 terms of size 1/2 in double precision.
        CHECK_THAT(modes(a, b, c).real(), WithinAbs(sum.real(), 1e-12));
        CHECK_THAT(modes(a, b, c).imag(), WithinAbs(sum.imag(), 1e-12));
      }
}

TEST_CASE("transforms agree with FFTW on the whole cube", "[parallel][mpi]") {
  std::int64_t const n = 20;  // not a multiple of 3: slabs of unequal thickness
  auto const half = n / 2 + 1;
  std::vector<double> cube;
  for (std::int64_t x = 0; x < n; ++x)
    for (std::int64_t y = 0; y < n; ++y)
      for (std::int64_t z = 0; z < n; ++z) cube.push_back(value_at(n, x, y, z));
  std::vector<std::complex<double>> expected(static_cast<std::size_t>(n * n * half));
  int const side = static_cast<int>(n);
  auto const plan =
      fftw_plan_dft_r2c_3d(side, side, side, cube.data(),
                           reinterpret_cast<fftw_complex*>(expected.data()), FFTW_ESTIMATE);
  fftw_execute(plan);
  fftw_destroy_plan(plan);
  parallel::Fft3<double> const fft(test::world(), n);
  parallel::Fft3<float> const single(test::world(), n);
  auto const grid = filled(fft);
  auto const single_grid = filled(single);
  fft.forward(ExecSpace(), grid);
  single.forward(ExecSpace(), single_grid);
  auto const modes = on_host(fft.modes(grid));
  auto const single_modes = on_host(single.modes(single_grid));
  double worst = 0, worst_single = 0, square = 0, parseval = 0;
  for (std::int64_t a = 0; a < n; ++a)
    for (std::int64_t b = 0; b < fft.own().count; ++b)
      for (std::int64_t c = 0; c < half; ++c) {
        auto const e = expected[static_cast<std::size_t>((a * n + fft.own().first + b) * half + c)];
        std::complex<double> const m(modes(a, b, c).real(), modes(a, b, c).imag());
        std::complex<double> const s(single_modes(a, b, c).real(), single_modes(a, b, c).imag());
        worst = std::max(worst, std::abs(m - e));
        worst_single = std::max(worst_single, std::abs(s - e));
        parseval += (c == 0 || c == n / 2 ? 1 : 2) * std::norm(m);
      }
  for (double const v : cube) square += v * v;
  // Modes have an rms of sqrt(8000/12) = 26: 1e-13 and 1e-6 of that.
  CHECK(worst < 3e-12);
  CHECK(worst_single < 3e-5);
  MPI_Allreduce(MPI_IN_PLACE, &parseval, 1, MPI_DOUBLE, MPI_SUM, test::world().raw());
  CHECK_THAT(parseval / static_cast<double>(n * n * n), WithinRel(square, 1e-12));
}

TEMPLATE_TEST_CASE("transforms have the same bits on any number of ranks", "[parallel][mpi]", float,
                   double) {
  for (std::int64_t const n : {4, 20, 32}) {
    parallel::Fft3<TestType> const fft(test::world(), n), reference(alone(), n);
    auto const grid = filled(fft), whole = filled(reference);
    auto const space = ExecSpace();
    auto const first = fft.own().first;
    fft.forward(space, grid);
    reference.forward(space, whole);
    auto const mine = on_host(fft.modes(grid)), all = on_host(reference.modes(whole));
    bool same = true;
    for (std::int64_t a = 0; a < n; ++a)
      same = same && std::memcmp(&mine(a, 0, 0), &all(a, first, 0),
                                 static_cast<std::size_t>(fft.own().count * (n / 2 + 1)) *
                                     sizeof(mine(0, 0, 0))) == 0;
    CHECK(same);
    fft.inverse(space, grid);
    reference.inverse(space, whole);
    auto const back = on_host(grid), whole_back = on_host(whole);
    double const scale = static_cast<double>(n * n * n);
    double worst = 0;
    for (std::int64_t i = 0; i < fft.own().count; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        CHECK(std::memcmp(&back(i, j, 0), &whole_back(first + i, j, 0),
                          static_cast<std::size_t>(n) * sizeof(TestType)) == 0);
        for (std::int64_t k = 0; k < n; ++k)
          worst = std::max(worst, std::abs(back(i, j, k) / scale - value_at(n, first + i, j, k)));
      }
    CHECK(worst < (sizeof(TestType) == 4 ? 1e-6 : 1e-15));
  }
}

TEST_CASE("a filter is a product between the transforms", "[parallel][mpi]") {
  std::int64_t const n = 12;
  parallel::Fft3<double> const fft(test::world(), n);
  auto const space = ExecSpace();
  auto const filtered = filled(fft), by_hand = filled(fft);
  auto const response = KOKKOS_LAMBDA(std::int64_t kx, std::int64_t ky, std::int64_t kz) {
    return 1.0 / static_cast<double>(1 + kx * kx + 2 * ky * ky + 3 * kz * kz);
  };
  fft.filter(space, filtered, response);
  fft.forward(space, by_hand);
  auto const modes = fft.modes(by_hand);
  auto const host = on_host(modes);
  auto const signed_wave = [](std::int64_t i) { return i <= n / 2 ? i : i - n; };
  for (std::int64_t a = 0; a < n; ++a)
    for (std::int64_t b = 0; b < fft.own().count; ++b)
      for (std::int64_t c = 0; c <= n / 2; ++c)
        host(a, b, c) *= response(signed_wave(a), signed_wave(fft.own().first + b), c);
  Kokkos::deep_copy(modes, host);
  fft.inverse(space, by_hand);
  auto const one = on_host(filtered), other = on_host(by_hand);
  double worst = 0;
  for (std::int64_t i = 0; i < fft.own().count; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t k = 0; k < n; ++k)
        worst = std::max(worst, std::abs(one(i, j, k) - other(i, j, k)));
  CHECK(worst < 1e-12);
}

TEST_CASE("cubes that cannot be transformed are refused with the remedy", "[parallel][mpi]") {
  CHECK_THROWS_AS(parallel::Fft3<float>(test::world(), 7), core::InputError);
  CHECK_THROWS_WITH(parallel::Fft3<float>(test::world(), 0), ContainsSubstring("must be even"));
  if (test::world().size() > 2)
    CHECK_THROWS_WITH(parallel::Fft3<float>(test::world(), 2),
                      ContainsSubstring("use at most 2 ranks"));
}
