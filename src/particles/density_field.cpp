// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/density_field.hpp"

#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::particles {
namespace {

using Complex = Kokkos::complex<float>;
using HostRows = Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace>;

/// sqrt(P/side^3) by the square of the integer wave vector.
std::vector<float> amplitudes(std::int64_t grid, BoxConfig const& box,
                              cosmology::LinearPower const& power) {
  std::int64_t const top = grid / 2 - 1;
  std::vector<float> result(static_cast<std::size_t>(3 * top * top + 1), 0.0F);
  float* const values = result.data();
  double const fundamental = box.fundamental(), volume = std::pow(box.side, 3);
  Kokkos::parallel_for("particles::amplitudes", HostRows(1, std::ssize(result)),
                       [=, &power](std::int64_t m) {
                         double const k = fundamental * std::sqrt(static_cast<double>(m));
                         values[m] = static_cast<float>(std::sqrt(power(k) / volume));
                       });
  return result;
}

struct Draw {
  std::uint64_t seed;
  bool fixed, opposite;

  /// The number of mode (kx, ky, kz), of mean square one. A mode and its opposite are conjugate.
  Complex operator()(std::int64_t kx, std::int64_t ky, std::int64_t kz) const {
    bool const conjugate = kz == 0 && (ky < 0 || (ky == 0 && kx < 0));
    std::int64_t const sign = conjugate ? -1 : 1, shift = std::int64_t{1} << 20;
    auto const key =
        static_cast<std::uint64_t>(((sign * kx + shift) << 42) | ((sign * ky + shift) << 21) | kz);
    core::Stream stream(seed, core::Purpose::initial_density, key);
    double const real = stream.normal(), imaginary = stream.normal();
    double const scale =
        (opposite ? -1 : 1) / (fixed ? std::hypot(real, imaginary) : std::sqrt(2.0));
    return {static_cast<float>(scale * real), static_cast<float>(sign * scale * imaginary)};
  }
};

/// Sets every mode to value(sqrt(P/side^3), kx, ky, kz, what it is in `host`), but for the mean and
/// those at the Nyquist wavenumber, which are zero.
template <class Host, class Value>
void set_modes(char const* label, Fft const& fft, BoxConfig const& box,
               cosmology::LinearPower const& power, Host const& host, Fft::Modes const& field,
               Value const& value) {
  core::require(fft.side() == box.particles, "the transform has the side of the particle grid");
  std::int64_t const n = fft.side(), first = fft.own().first;
  auto const table = amplitudes(n, box, power);
  float const* const amplitude = table.data();
  Kokkos::parallel_for(label, HostRows(0, fft.own().count), [=](std::int64_t j) {
    std::int64_t const ky = first + j <= n / 2 ? first + j : first + j - n;
    for (std::int64_t i = 0; i < n; ++i) {
      std::int64_t const kx = i <= n / 2 ? i : i - n;
      for (std::int64_t kz = 0; kz <= n / 2; ++kz) {
        std::int64_t const square = kx * kx + ky * ky + kz * kz;
        bool const none = square == 0 || kx == n / 2 || ky == n / 2 || kz == n / 2;
        host(i, j, kz) =
            none ? Complex(0) : Complex(value(amplitude[square], kx, ky, kz, host(i, j, kz)));
      }
    }
  });
  Kokkos::deep_copy(field, host);
}

/// One over the squared window of clouds along an axis, by the absolute wave number.
std::vector<double> cloud_factors(std::int64_t n) {
  std::vector<double> factors(static_cast<std::size_t>(n / 2 + 1), 1.0);
  for (std::size_t k = 1; k < factors.size(); ++k) {
    double const half = std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
    factors[k] = std::pow(half / std::sin(half), 4);
  }
  return factors;
}

}  // namespace

void draw_density(Fft const& fft, BoxConfig const& box, InitialConfig const& initial,
                  cosmology::LinearPower const& power, Fft::Modes field) {
  Draw const draw{static_cast<std::uint64_t>(initial.seed), initial.fixed_amplitude,
                  initial.paired};
  set_modes("particles::draw_density", fft, box, power,
            Kokkos::create_mirror_view(HostSpace(), field), field,
            [=](float amplitude, std::int64_t kx, std::int64_t ky, std::int64_t kz, Complex) {
              return amplitude * draw(kx, ky, kz);
            });
}

void colour_noise(Fft const& fft, ExecSpace const& space, BoxConfig const& box,
                  cosmology::LinearPower const& power, Fft::Grid const& noise) {
  fft.forward(space, noise);
  auto const modes = fft.modes(noise);
  auto const unit = static_cast<float>(std::pow(static_cast<double>(fft.side()), -1.5));
  set_modes("particles::colour_noise", fft, box, power,
            Kokkos::create_mirror_view_and_copy(HostSpace(), modes), modes,
            [=](float amplitude, std::int64_t, std::int64_t, std::int64_t, Complex before) {
              return unit * amplitude * before;
            });
}

namespace {

/// factor   what |mode|^2 is multiplied by, a product over the axes by absolute wave numbers
std::vector<PowerBin> shell_power(Fft const& fft, double box_side, Fft::Modes const& field,
                                  std::vector<double> const& factors) {
  struct Sum {
    double k = 0, power = 0;
    std::int64_t modes = 0;
  };
  std::int64_t const n = fft.side(), shells = n / 2, first = fft.own().first;
  double const* const factor = factors.data();
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), field);
  std::vector<Sum> rows(static_cast<std::size_t>(fft.own().count * shells));
  Sum* const sums = rows.data();
  Kokkos::parallel_for(
      "particles::measure_power", HostRows(0, fft.own().count), [=](std::int64_t j) {
        std::int64_t const ky = first + j <= n / 2 ? first + j : first + j - n;
        for (std::int64_t i = 0; i < n; ++i) {
          std::int64_t const kx = i <= n / 2 ? i : i - n;
          for (std::int64_t kz = 0; kz <= n / 2; ++kz) {
            double const k = std::sqrt(static_cast<double>(kx * kx + ky * ky + kz * kz));
            auto const shell = static_cast<std::int64_t>(std::floor(k + 0.5));
            if (shell == 0 || shell >= shells) continue;
            auto const mode = host(i, j, kz);
            int const weight = kz == 0 || kz == n / 2 ? 1 : 2;  // with the half that is not stored
            double const undone = factor[std::abs(kx)] * factor[std::abs(ky)] * factor[kz];
            double const real = mode.real(), imaginary = mode.imag();
            auto& sum = sums[j * shells + shell];
            sum.k += weight * k;
            sum.power += weight * undone * (real * real + imaginary * imaginary);
            sum.modes += weight;
          }
        }
      });
  // Row by row in the order of the whole cube, whoever owns them.
  auto const all = fft.comm().all_gather(std::span<Sum const>(rows));
  std::vector<PowerBin> bins;
  for (std::int64_t shell = 1; shell < shells; ++shell) {
    Sum total;
    for (std::size_t at = static_cast<std::size_t>(shell); at < all.size();
         at += static_cast<std::size_t>(shells)) {
      total.k += all[at].k, total.power += all[at].power, total.modes += all[at].modes;
    }
    auto const count = static_cast<double>(total.modes);
    bins.push_back({2 * std::numbers::pi / box_side * total.k / count,
                    std::pow(box_side, 3) * total.power / count, total.modes});
  }
  return bins;
}

}  // namespace

std::vector<PowerBin> measure_power(Fft const& fft, BoxConfig const& box, Fft::Modes field) {
  std::vector<double> const none(static_cast<std::size_t>(fft.side() / 2 + 1), 1.0);
  return shell_power(fft, box.side, field, none);
}

std::vector<PowerBin> measure_particle_power(Fft const& fft, ExecSpace const& space,
                                             double box_side, Fft::Grid const& density) {
  fft.forward(space, density);
  auto bins = shell_power(fft, box_side, fft.modes(density), cloud_factors(fft.side()));
  double const all = std::pow(static_cast<double>(fft.side()), 6);
  for (auto& bin : bins) bin.power /= all;
  return bins;
}

std::vector<float> project_slice(Fft const& fft, ExecSpace const& space, Fft::Grid const& density,
                                 std::int64_t depth) {
  core::require(depth > 0 && depth <= fft.side(), "a slice lies in the box");
  std::int64_t const side = fft.side();
  Array2<float> const rows("particles::slice", fft.own().count, side);
  Kokkos::parallel_for(
      "particles::project_slice",
      Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>>(space, {0, 0}, {fft.own().count, side}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        float sum = 0;
        for (std::int64_t k = 0; k < depth; ++k) sum += density(i, j, k);
        rows(i, j) = sum / static_cast<float>(depth);
      });
  space.fence("particles::project_slice");
  return to_host(rows);
}

}  // namespace shearwater::particles
