// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/initial_conditions.hpp"

#include <cmath>
#include <utility>

#include "shearwater/core/error.hpp"

namespace shearwater::particles {
namespace {

using Complex = Kokkos::complex<float>;
using Cells = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<3>>;

/// Wave numbers [h/Mpc] of an element of Modes.
struct Waves {
  std::int64_t side, first;
  double fundamental;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j, std::int64_t k,
                                         double wave[3]) const {
    std::int64_t const ky = first + j;
    wave[0] = fundamental * static_cast<double>(i <= side / 2 ? i : i - side);
    wave[1] = fundamental * static_cast<double>(ky <= side / 2 ? ky : ky - side);
    wave[2] = fundamental * static_cast<double>(k);
  }
};

Cells all_of(ExecSpace const& space, Fft::Modes const& modes) {
  return Cells(space, {0, 0, 0}, {modes.extent(0), modes.extent(1), modes.extent(2)});
}

/// The steps of displace_grid. Members with kernels are public: nvcc allows none in private ones.
class Displacer {
 public:
  Displacer(Fft const& fft, ExecSpace const& space, BoxConfig const& box)
      : fft_(fft), space_(space), waves_{fft.side(), fft.own().first, box.fundamental()} {}

  /// out(x) = d^2 phi / dx_a dx_b, modes k_a k_b delta / k^2.
  void curvature(Fft::Modes const& field, int a, int b, Fft::Grid const& out) const {
    auto const waves = waves_;
    auto const modes = fft_.modes(out);
    Kokkos::parallel_for(
        "particles::curvature", all_of(space_, modes),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j, std::int64_t k) {
          double wave[3];
          waves(i, j, k, wave);
          double const square = wave[0] * wave[0] + wave[1] * wave[1] + wave[2] * wave[2];
          float const factor = square > 0 ? static_cast<float>(wave[a] * wave[b] / square) : 0.0F;
          modes(i, j, k) = factor * field(i, j, k);
        });
    fft_.inverse(space_, out);
  }

  /// The modes of sum_{i<j} (phi_ii phi_jj - phi_ij^2), made in `source`.
  void second_source(Fft::Modes const& field, Fft::Grid const& source) const {
    auto const one = fft_.make_grid("particles::curvature_one");
    auto const other = fft_.make_grid("particles::curvature_other");
    curvature(field, 0, 0, one);
    curvature(field, 1, 1, other);
    accumulate(one, other, 1, source);
    add(other, one);
    curvature(field, 2, 2, other);
    accumulate(one, other, 1, source);
    for (auto const& [a, b] : {std::pair(0, 1), std::pair(0, 2), std::pair(1, 2)}) {
      curvature(field, a, b, other);
      accumulate(other, other, -1, source);
    }
    fft_.forward(space_, source);
  }

  /// out(x) = first Psi1 + second Psi2 along `axis`: modes i k/k^2 (first delta - second source).
  void displacement(Fft::Modes const& field, Fft::Modes const& source, double first, double second,
                    int axis, Fft::Grid const& out) const {
    auto const waves = waves_;
    auto const modes = fft_.modes(out);
    double const cells = std::pow(static_cast<double>(fft_.side()), 3);
    auto const a = static_cast<float>(first), b = static_cast<float>(second / cells);
    bool const has_second = source.data() != nullptr;
    std::int64_t const side = fft_.side();
    std::int64_t const row = fft_.own().first;
    Kokkos::parallel_for(
        "particles::displacement", all_of(space_, modes),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j, std::int64_t k) {
          double wave[3];
          waves(i, j, k, wave);
          double const square = wave[0] * wave[0] + wave[1] * wave[1] + wave[2] * wave[2];
          // A gradient at the Nyquist wavenumber has no sign.
          bool const none = square == 0 || i == side / 2 || row + j == side / 2 || k == side / 2;
          float const factor = none ? 0.0F : static_cast<float>(wave[axis] / square);
          Complex sum = a * field(i, j, k);
          if (has_second) sum -= b * source(i, j, k);
          modes(i, j, k) = Complex(-factor * sum.imag(), factor * sum.real());
        });
    fft_.inverse(space_, out);
  }

  Cells cells() const {
    auto const side = fft_.side();
    return Cells(space_, {0, 0, 0}, {fft_.own().count, side, side});
  }
  void accumulate(Fft::Grid const& a, Fft::Grid const& b, float sign, Fft::Grid const& sum) const {
    Kokkos::parallel_for(
        "particles::accumulate", cells(),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j, std::int64_t k) {
          sum(i, j, k) += sign * a(i, j, k) * b(i, j, k);
        });
  }
  void add(Fft::Grid const& a, Fft::Grid const& sum) const {
    Kokkos::parallel_for(
        "particles::add", cells(), KOKKOS_LAMBDA(std::int64_t i, std::int64_t j, std::int64_t k) {
          sum(i, j, k) += a(i, j, k);
        });
  }

 private:
  Fft const& fft_;
  ExecSpace space_;
  Waves waves_;
};

/// position(axis, p) = grid point + displacement.
void place(ExecSpace const& space, Fft const& fft, double side, int axis, Fft::Grid const& shift,
           Array2<Position> const& position) {
  std::int64_t const n = fft.side(), first = fft.own().first;
  double const unit = 0x1p32 / side, spacing = 0x1p32 / static_cast<double>(n);
  Kokkos::parallel_for(
      "particles::place", Cells(space, {0, 0, 0}, {fft.own().count, n, n}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j, std::int64_t k) {
        std::int64_t const site = axis == 0 ? first + i : axis == 1 ? j : k;
        double const x = spacing * static_cast<double>(site) + unit * shift(i, j, k);
        position(axis, (i * n + j) * n + k) =
            static_cast<Position>(static_cast<std::int64_t>(Kokkos::round(x)));
      });
}

void set_momentum(ExecSpace const& space, Fft const& fft, int axis, Fft::Grid const& value,
                  Array2<float> const& momentum) {
  std::int64_t const n = fft.side();
  Kokkos::parallel_for(
      "particles::set_momentum", Cells(space, {0, 0, 0}, {fft.own().count, n, n}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j, std::int64_t k) {
        momentum(axis, (i * n + j) * n + k) = value(i, j, k);
      });
}

}  // namespace

LagrangianGrowth::LagrangianGrowth(cosmology::Background const& background,
                                   cosmology::SecondGrowth const& second_growth, double a)
    : first(background.growth(a)),
      second(second_growth.growth(a)),
      first_rate(background.growth_rate(a)),
      second_rate(second_growth.rate(a)),
      momentum_unit(a * a * background.expansion(a)) {}

GridParticles displace_grid(Fft const& fft, ExecSpace const& space, BoxConfig const& box,
                            LagrangianGrowth const& growth, int order, Fft::Modes field) {
  core::require(order == 1 || order == 2, "Lagrangian perturbation theory of order 1 or 2");
  core::require(fft.side() == box.particles, "the transform has the side of the particle grid");
  Displacer const displacer(fft, space, box);
  Fft::Grid source_grid;
  Fft::Modes source;
  if (order == 2) {
    source_grid = fft.make_grid("particles::second_source");
    displacer.second_source(field, source_grid);
    source = fft.modes(source_grid);
  }
  std::int64_t const count = fft.own().count * fft.side() * fft.side();
  GridParticles result{Array2<Position>("particles::grid_position", 3, count),
                       Array2<float>("particles::grid_momentum", 3, count)};
  auto const work = fft.make_grid("particles::displacement");
  double const unit = growth.momentum_unit;
  for (int axis = 0; axis < 3; ++axis) {
    displacer.displacement(field, source, growth.first, growth.second, axis, work);
    place(space, fft, box.side, axis, work, result.position);
    displacer.displacement(field, source, unit * growth.first * growth.first_rate,
                           unit * growth.second * growth.second_rate, axis, work);
    set_momentum(space, fft, axis, work, result.momentum);
  }
  space.fence("particles::displace_grid");
  return result;
}

}  // namespace shearwater::particles
