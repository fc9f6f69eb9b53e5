// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <numbers>
#include <vector>

#include "catch.hpp"
#include "maps.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/lensing/kaiser_squires.hpp"

using namespace shearwater;
using test::HostMaps;
using test::on_host;
using test::rms;
using test::rms_difference;

namespace {

/// Normals without mean; periodic, with every mode up to the Nyquist frequency.
Array3<float> random_maps(int count, int pixels, std::uint64_t seed) {
  HostMaps host("test::maps", count, pixels, pixels);
  for (int m = 0; m < count; ++m) {
    auto const size = static_cast<std::size_t>(pixels) * static_cast<std::size_t>(pixels);
    core::fill_normals(seed, core::Purpose::field, static_cast<std::uint64_t>(m), 0,
                       {&host(m, 0, 0), size});
    double mean = 0;
    for (std::size_t i = 0; i < size; ++i) mean += static_cast<double>(host.data()[i + size * m]);
    for (std::size_t i = 0; i < size; ++i)
      host.data()[i + size * m] -= static_cast<float>(mean / static_cast<double>(size));
  }
  return Kokkos::create_mirror_view_and_copy(MemorySpace(), host);
}

}  // namespace

TEST_CASE("Kaiser-Squires brings E and B back", "[lensing]") {
  int const pixels = 128;
  ExecSpace const space;
  lensing::KaiserSquires const transform({pixels, 5.0});
  auto const kappa_e = random_maps(3, pixels, 1), kappa_b = random_maps(3, pixels, 2);
  Array3<float> g1("test::g1", 3, pixels, pixels), g2("test::g2", 3, pixels, pixels);
  Array3<float> e("test::e", 3, pixels, pixels), b("test::b", 3, pixels, pixels);

  transform.shear(space, kappa_e, kappa_b, g1, g2);
  transform.convergence(space, g1, g2, e, b);
  CHECK(rms_difference(on_host(e), on_host(kappa_e)) < 1e-6);
  CHECK(rms_difference(on_host(b), on_host(kappa_b)) < 1e-6);

  // Lensing alone makes no B modes.
  Array3<float> const none("test::none", 3, pixels, pixels);
  transform.shear(space, kappa_e, none, g1, g2);
  transform.convergence(space, g1, g2, e, b);
  CHECK(rms(on_host(b)) < 1e-6 * rms(on_host(e)));
}

TEST_CASE("a wave along x has tangential shear gamma_1, one on the diagonal gamma_2", "[lensing]") {
  int const pixels = 32;
  ExecSpace const space;
  lensing::KaiserSquires const transform({pixels, 5.0});
  HostMaps host("test::waves", 2, pixels, pixels);
  for (int y = 0; y < pixels; ++y) {
    for (int x = 0; x < pixels; ++x) {
      double const step = 2 * std::numbers::pi / pixels;
      host(0, y, x) = static_cast<float>(std::cos(step * 3 * x));
      host(1, y, x) = static_cast<float>(std::cos(step * 2 * (x + y)));
    }
  }
  auto const kappa = Kokkos::create_mirror_view_and_copy(MemorySpace(), host);
  Array3<float> const none("test::none", 2, pixels, pixels);
  Array3<float> g1("test::g1", 2, pixels, pixels), g2("test::g2", 2, pixels, pixels);
  transform.shear(space, kappa, none, g1, g2);
  auto const h1 = on_host(g1), h2 = on_host(g2);
  for (int y = 0; y < pixels; ++y) {
    for (int x = 0; x < pixels; ++x) {
      REQUIRE_THAT(h1(0, y, x), WithinAbs(host(0, y, x), 1e-6));
      REQUIRE_THAT(h2(0, y, x), WithinAbs(0, 1e-6));
      REQUIRE_THAT(h1(1, y, x), WithinAbs(0, 1e-6));
      REQUIRE_THAT(h2(1, y, x), WithinAbs(host(1, y, x), 1e-6));
    }
  }
}
