// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <functional>
#include <numbers>

#include "catch.hpp"
#include "shearwater/particles/initial_conditions.hpp"
#include "support.hpp"

using namespace shearwater;
using namespace shearwater::particles;

namespace {

constexpr std::int64_t side = 16;
constexpr double length = 100;  // [Mpc/h]
double const wave = 2 * std::numbers::pi / length;

LagrangianGrowth growth_at(double a) {
  cosmology::Background const background(cosmology::Cosmology{});
  return {background, cosmology::SecondGrowth(background), a};
}

/// Particles of the overdensity delta(x, y, z) today, and what each is displaced by [Mpc/h].
struct Displaced {
  Displaced(std::function<double(double, double, double)> const& delta, int order, double a)
      : fft(test::world(), side), field(fft.make_grid("test::field")) {
    auto const host = Kokkos::create_mirror_view(field);
    double const h = length / side, cells = std::pow(side, 3);
    for (std::int64_t i = 0; i < side; ++i)
      for (std::int64_t j = 0; j < side; ++j)
        for (std::int64_t k = 0; k < side; ++k)
          host(i, j, k) =
              static_cast<float>(delta(h * static_cast<double>(i), h * static_cast<double>(j),
                                       h * static_cast<double>(k)) /
                                 cells);
    Kokkos::deep_copy(field, host);
    fft.forward(ExecSpace(), field);
    auto const result =
        displace_grid(fft, ExecSpace(), {length, side}, growth_at(a), order, fft.modes(field));
    position = Kokkos::create_mirror_view_and_copy(HostSpace(), result.position);
    momentum = Kokkos::create_mirror_view_and_copy(HostSpace(), result.momentum);
  }
  double shift(int axis, std::int64_t i, std::int64_t j, std::int64_t k) const {
    std::int64_t const site = axis == 0 ? i : axis == 1 ? j : k;
    double const x = position(axis, (i * side + j) * side + k) * (length * 0x1p-32);
    return std::remainder(x - length / side * static_cast<double>(site), length);
  }
  float speed(int axis, std::int64_t i, std::int64_t j, std::int64_t k) const {
    return momentum(axis, (i * side + j) * side + k);
  }

  Fft fft;
  Fft::Grid field;
  Array2<Position>::HostMirror position;
  Array2<float>::HostMirror momentum;
};

}  // namespace

TEST_CASE("a plane wave moves by Zel'dovich's solution and has no second order",
          "[particles][unit]") {
  double const a = 0.5, amplitude = 0.3;
  auto const delta = [&](double x, double, double) { return amplitude * std::cos(wave * x); };
  Displaced const first(delta, 1, a), second(delta, 2, a);
  auto const growth = growth_at(a);
  for (std::int64_t i = 0; i < side; ++i) {
    double const q = length / side * static_cast<double>(i);
    double const psi = -amplitude / wave * std::sin(wave * q);
    // Float transforms: 1e-6 of the largest displacement.
    CHECK_THAT(first.shift(0, i, 3, 5), WithinAbs(growth.first * psi, 5e-6));
    CHECK_THAT(first.speed(0, i, 3, 5),
               WithinAbs(growth.momentum_unit * growth.first * growth.first_rate * psi, 5e-6));
    for (int axis = 0; axis < 3; ++axis) {
      CHECK_THAT(second.shift(axis, i, 3, 5), WithinAbs(first.shift(axis, i, 3, 5), 5e-6));
      CHECK_THAT(second.speed(axis, i, 3, 5), WithinAbs(first.speed(axis, i, 3, 5), 5e-6));
    }
  }
}

TEST_CASE("crossed waves have the second order of the formula", "[particles][unit]") {
  double const a = 0.5, amplitude = 0.3;
  auto const delta = [&](double x, double y, double) {
    return amplitude * (std::cos(wave * x) + std::cos(wave * y));
  };
  Displaced const first(delta, 1, a), second(delta, 2, a);
  auto const growth = growth_at(a);
  // phi_xx phi_yy = A^2 cos(kx) cos(ky), whose inverse divergence along x is A^2 sin(kx)
  // cos(ky)/2k.
  for (std::int64_t i = 0; i < side; ++i)
    for (std::int64_t j = 0; j < side; ++j) {
      double const x = length / side * static_cast<double>(i),
                   y = length / side * static_cast<double>(j);
      double const psi =
          amplitude * amplitude / (2 * wave) * std::sin(wave * x) * std::cos(wave * y);
      CHECK_THAT(second.shift(0, i, j, 1) - first.shift(0, i, j, 1),
                 WithinAbs(growth.second * psi, 1e-5));
      CHECK_THAT(second.speed(0, i, j, 1) - first.speed(0, i, j, 1),
                 WithinAbs(growth.momentum_unit * growth.second * growth.second_rate * psi, 1e-5));
      CHECK_THAT(second.shift(2, i, j, 1), WithinAbs(0, 5e-6));
    }
}
