// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/halos/tidal_field.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "eigen_axes.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/particles/cloud_density.hpp"

namespace shearwater::halos {

namespace {

using Fft = parallel::Fft3<double>;
using Cube = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<3>, Kokkos::IndexType<std::int64_t>>;

/// A factor of each mode, the product of one for each axis by the absolute wave number.
struct AxisFactors {
  Array1<double> of;  ///< (side / 2 + 1)

  template <class Factor>
  AxisFactors(std::int64_t side, Factor const& factor)
      : of("halos::axis_factors", static_cast<std::size_t>(side / 2 + 1)) {
    auto const host = Kokkos::create_mirror_view(of);
    for (std::int64_t k = 0; k <= side / 2; ++k) host(k) = factor(static_cast<double>(k));
    Kokkos::deep_copy(of, host);
  }
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t kx, std::int64_t ky,
                                           std::int64_t kz) const {
    return of(kx < 0 ? -kx : kx) * of(ky < 0 ? -ky : ky) * of(kz);
  }
};

/// exp(-k^2 R^2 / 2).
AxisFactors gaussian(std::int64_t side, double box_side, double smoothing) {
  double const unit = 2 * std::numbers::pi / box_side * smoothing;
  return {side, [=](double k) { return std::exp(-unit * unit * k * k / 2); }};
}

/// k_i k_j / k^2.
struct Direction {
  int i, j;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t kx, std::int64_t ky,
                                           std::int64_t kz) const {
    std::int64_t const k[3] = {kx, ky, kz}, square = kx * kx + ky * ky + kz * kz;
    return square == 0 ? 0.0 : static_cast<double>(k[i] * k[j]) / static_cast<double>(square);
  }
};

struct Everywhere {
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t, std::int64_t, std::int64_t) const {
    return 1;
  }
};

/// to(k) = from(k) factor(k) smooth(k); the mean and modes at the Nyquist wavenumber are zero.
template <class Factor>
void multiply(Fft const& fft, ExecSpace const& space, Fft::Grid const& from, Factor const& factor,
              AxisFactors const& smooth, Fft::Grid const& to) {
  auto const in = fft.modes(from), out = fft.modes(to);
  std::int64_t const side = fft.side(), half = side / 2, first = fft.own().first;
  Kokkos::parallel_for(
      "halos::multiply_modes", Cube(space, {0, 0, 0}, {side, fft.own().count, half + 1}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j, std::int64_t kz) {
        std::int64_t const row = first + j;
        std::int64_t const kx = i <= half ? i : i - side, ky = row <= half ? row : row - side;
        bool const none = kx == half || ky == half || kz == half || (kx == 0 && ky == 0 && kz == 0);
        double const by = none ? 0.0 : factor(kx, ky, kz) * smooth(kx, ky, kz);
        out(i, j, kz) = in(i, j, kz) * by;
      });
  space.fence("halos::multiply_modes");
}

template <class Factor>
void filtered(Fft const& fft, ExecSpace const& space, Fft::Grid const& from, Factor const& factor,
              AxisFactors const& smooth, Fft::Grid const& to) {
  multiply(fft, space, from, factor, smooth, to);
  fft.inverse(space, to);
}

/// What turns the modes that a forward transform gives into those of the overdensity.
AxisFactors undone(std::int64_t side, TidalField::Window window) {
  auto const cells = static_cast<double>(side);
  return {side, [=](double k) {
            double const half_wave = std::numbers::pi * k / cells;
            double const cloud = window == TidalField::Window::none || k == 0
                                     ? 1
                                     : std::pow(std::sin(half_wave) / half_wave, 2);
            return 1 / (cloud * cells);
          }};
}

}  // namespace

PrincipalAxes tidal_axes(TidalTensor const& t) {
  Eigen::Matrix3d tensor;
  tensor << t[0], t[3], t[4], t[3], t[1], t[5], t[4], t[5], t[2];
  return principal_axes(tensor);
}

std::int64_t tidal_mesh(std::int64_t particles) {
  double const side = std::cbrt(static_cast<double>(particles));
  return std::max<std::int64_t>(2, 2 * std::llround(side / 2));
}

void check_smoothing(double smoothing, double box_side, std::int64_t mesh) {
  double const cell = box_side / static_cast<double>(mesh);
  // A radius that was meant to be one cell is not refused for its last digit.
  if (smoothing >= cell * (1 - 1e-9) && smoothing <= box_side / 2) return;
  throw core::InputError(fmt::format(
      "tidal.smoothing = {:g} Mpc/h: must be between {:g} Mpc/h, a cell of the mesh of {}^3, and "
      "{:g}, half the box; give another one, or tidal.mesh = N for cells of {:g} Mpc/h / N",
      smoothing, cell, mesh, box_side / 2, box_side));
}

TidalField::TidalField(Fft const& fft, ExecSpace const& space, double box_side,
                       Fft::Grid const& overdensity, Window window)
    : fft_(fft), box_side_(box_side), density_(overdensity) {
  fft.forward(space, density_);
  multiply(fft, space, density_, Everywhere(), undone(fft.side(), window), density_);
}

template <class T>
TidalField TidalField::of_particles(parallel::Communicator const& comm, ExecSpace const& space,
                                    particles::ParticleSet<T> const& particles, std::int64_t mesh) {
  Fft const fft(comm, mesh);
  auto const density = fft.make_grid("halos::density");
  particles::deposit_clouds<T>(fft, space, particles, density);
  return {fft, space, particles.box_side, density, Window::clouds};
}

Fft::Grid TidalField::component(ExecSpace const& space, int i, int j, double smoothing) const {
  auto const result = fft_.make_grid("halos::tidal_component");
  filtered(fft_, space, density_, Direction{i, j}, gaussian(fft_.side(), box_side_, smoothing),
           result);
  return result;
}

Fft::Grid TidalField::overdensity(ExecSpace const& space, double smoothing) const {
  auto const result = fft_.make_grid("halos::smoothed_density");
  filtered(fft_, space, density_, Everywhere(), gaussian(fft_.side(), box_side_, smoothing),
           result);
  return result;
}

std::vector<TidalTensor> TidalField::at(ExecSpace const& space, std::vector<double> const& points,
                                        std::vector<double> const& smoothings) const {
  constexpr std::array<Direction, 6> components = {Direction{0, 0}, {1, 1}, {2, 2},
                                                   {0, 1},          {0, 2}, {1, 2}};
  for (double const smoothing : smoothings) check_smoothing(smoothing, box_side_, fft_.side());
  particles::MeshPoints const places(fft_, box_side_, points);
  std::size_t const count = points.size() / 3, scales = smoothings.size();
  std::vector<TidalTensor> result(count * scales);
  auto const grid = fft_.make_grid("halos::tidal_component");
  for (std::size_t s = 0; s < scales; ++s) {
    auto const smooth = gaussian(fft_.side(), box_side_, smoothings[s]);
    for (std::size_t c = 0; c < components.size(); ++c) {
      filtered(fft_, space, density_, components[c], smooth, grid);
      auto const values = places.values(space, grid);
      for (std::size_t p = 0; p < count; ++p) result[p * scales + s][c] = values[p];
    }
  }
  return result;
}

template TidalField TidalField::of_particles(parallel::Communicator const&, ExecSpace const&,
                                             particles::ParticleSet<float> const&, std::int64_t);
template TidalField TidalField::of_particles(parallel::Communicator const&, ExecSpace const&,
                                             particles::ParticleSet<double> const&, std::int64_t);
template TidalField TidalField::of_particles(parallel::Communicator const&, ExecSpace const&,
                                             particles::ParticleSet<particles::Position> const&,
                                             std::int64_t);

}  // namespace shearwater::halos
