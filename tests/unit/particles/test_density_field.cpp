// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/particles/density_field.hpp"
#include "support.hpp"

using namespace shearwater;
using namespace shearwater::particles;

namespace {

struct Field {
  Field(double side, std::int64_t particles, InitialConfig const& initial)
      : box{side, particles},
        fft(test::world(), particles),
        grid(fft.make_grid("test::field")),
        power(cosmology::Cosmology{}) {
    draw_density(fft, box, initial, power, fft.modes(grid));
  }
  auto modes() const { return Kokkos::create_mirror_view_and_copy(HostSpace(), fft.modes(grid)); }

  BoxConfig box;
  Fft fft;
  Fft::Grid grid;
  cosmology::LinearPower power;
};

}  // namespace

TEST_CASE("a drawn field has the linear power", "[particles][unit]") {
  Field const field(500, 64, {.seed = 3});
  double chi2 = 0;
  auto const bins = measure_power(field.fft, field.box, field.fft.modes(field.grid));
  REQUIRE(bins.size() == 31);
  for (auto const& bin : bins) {
    // Half of the modes are independent, each with the variance of its power squared. The width of
    // a shell bends P by less than the scatter of these shells.
    double const expected = field.power(bin.k);
    double const error = expected * std::sqrt(2.0 / static_cast<double>(bin.modes));
    chi2 += std::pow((bin.power - expected) / error, 2);
  }
  // 31 degrees of freedom: 61.1 has a probability of 1e-3.
  CHECK(chi2 < 61.1);
  CHECK(chi2 > 8);
}

TEST_CASE("fixed amplitudes have exactly the linear power, pairs opposite fields",
          "[particles][unit]") {
  Field const fixed(500, 16, {.seed = 3, .fixed_amplitude = true});
  Field const partner(500, 16, {.seed = 3, .fixed_amplitude = true, .paired = true});
  auto const modes = fixed.modes(), opposite = partner.modes();
  double const volume = std::pow(500.0, 3);
  for (std::int64_t i = 1; i < 8; ++i)
    for (std::int64_t j = 1; j < 8; ++j)
      for (std::int64_t k = 0; k < 8; ++k) {
        double const wave =
            fixed.box.fundamental() * std::sqrt(static_cast<double>(i * i + j * j + k * k));
        double const expected = std::sqrt(fixed.power(wave) / volume);
        double const size = std::hypot(modes(i, j, k).real(), modes(i, j, k).imag());
        CHECK_THAT(size, WithinRel(expected, 1e-6));
        CHECK(opposite(i, j, k) == -modes(i, j, k));
      }
}

TEST_CASE("a larger grid has the same large scales", "[particles][unit]") {
  std::int64_t const small = 16, large = 24;
  Field const coarse(200, small, {.seed = 9}), fine(200, large, {.seed = 9});
  auto const a = coarse.modes(), b = fine.modes();
  auto const row = [](std::int64_t wave, std::int64_t side) {
    return wave < 0 ? wave + side : wave;
  };
  int compared = 0;
  for (std::int64_t i = -small / 2 + 1; i < small / 2; ++i)
    for (std::int64_t j = -small / 2 + 1; j < small / 2; ++j)
      for (std::int64_t k = 0; k < small / 2; ++k) {
        CHECK(a(row(i, small), row(j, small), k) == b(row(i, large), row(j, large), k));
        ++compared;
      }
  CHECK(compared == 15 * 15 * 8);
  Field const other(200, small, {.seed = 10});
  CHECK(other.modes()(1, 2, 3) != a(1, 2, 3));
}

TEST_CASE("drawn fields are real, without a mean or Nyquist modes", "[particles][unit]") {
  std::int64_t const n = 16;
  Field const field(200, n, {.seed = 4});
  auto const modes = field.modes();
  CHECK(modes(0, 0, 0) == Kokkos::complex<float>(0));
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      CHECK(modes(i, j, 0) == Kokkos::conj(modes((n - i) % n, (n - j) % n, 0)));
      CHECK(modes(i, j, n / 2) == Kokkos::complex<float>(0));
      CHECK(modes(n / 2, i, j / 2) == Kokkos::complex<float>(0));
    }
}

TEST_CASE("an odd number of particles is refused", "[particles][unit]") {
  CHECK_THROWS_WITH((BoxConfig{100, 33}.check()), ContainsSubstring("32 or 34 would do"));
}

TEST_CASE("white noise gets the linear power", "[particles][unit]") {
  BoxConfig const box{300, 16};
  Fft const fft(test::world(), 16);
  cosmology::LinearPower const power{cosmology::Cosmology{}};
  auto const noise = fft.make_grid("test::noise");
  auto const host = Kokkos::create_mirror_view(noise);
  // A wave along (2, 1, 3), with a mean, which is taken away.
  for (std::int64_t i = 0; i < 16; ++i)
    for (std::int64_t j = 0; j < 16; ++j)
      for (std::int64_t k = 0; k < 16; ++k)
        host(i, j, k) = static_cast<float>(
            0.25 + std::cos(2 * std::numbers::pi / 16 * static_cast<double>(2 * i + j + 3 * k)));
  Kokkos::deep_copy(noise, host);
  colour_noise(fft, ExecSpace(), box, power, noise);
  auto const modes = Kokkos::create_mirror_view_and_copy(HostSpace(), fft.modes(noise));
  double const expected = std::sqrt(power(box.fundamental() * std::sqrt(14.0)) / std::pow(300, 3)) *
                          std::pow(16, 1.5) / 2;
  for (std::int64_t i = 0; i < 16; ++i)
    for (std::int64_t j = 0; j < 16; ++j)
      for (std::int64_t k = 0; k < 9; ++k) {
        double const wave = i == 2 && j == 1 && k == 3 ? expected : 0;
        CHECK_THAT(modes(i, j, k).real(), WithinAbs(wave, 1e-5 * expected));
        CHECK_THAT(modes(i, j, k).imag(), WithinAbs(0, 1e-5 * expected));
      }
}
