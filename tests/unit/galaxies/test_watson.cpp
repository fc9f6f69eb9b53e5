// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>

#include "catch.hpp"
#include "watson_moments.hpp"

using namespace shearwater;
using galaxies::Vector;

TEST_CASE("the words of kernels are those of the library") {
  for (std::uint64_t const index : {std::uint64_t{0}, std::uint64_t{77}, ~std::uint64_t{5}})
    for (std::uint32_t const draw : {0U, 9U, ~0U}) {
      auto const ours = galaxies::philox(123456789012345ULL, core::Purpose::satellite, index, draw);
      auto const theirs = core::philox(123456789012345ULL, core::Purpose::satellite, index, draw);
      for (std::size_t i = 0; i < 4; ++i) CHECK(ours.w[i] == theirs[i]);
    }
  CHECK(galaxies::uniform(0) > 0);
  CHECK(galaxies::uniform(~0U) < 1);
}

// 4 * 10^5 draws of 10 strengths, each two means within 4.3 standard errors: false alarm 3.4e-4.
TEST_CASE("axes have the moments of Watson's distribution") {
  for (auto const& wanted : test::kWatson) {
    CAPTURE(wanted.mu);
    auto const found = test::measure_watson(wanted.mu, 400'000, {0.48F, 0.6F, 0.64F});
    CHECK(std::abs(found.w - wanted.w) < 4.3 * found.w_error + 1e-6);
    CHECK(std::abs(found.a - wanted.a) < 4.3 * found.a_error + 1e-6);
    // The tester is tested: another strength would be seen.
    CHECK(std::abs(found.w - wanted.w - 0.006) > 4.3 * found.w_error);
  }
}

// Pearson's statistic of 20 bins, 10^5 draws, 19 degrees of freedom: above 50 by chance in 1.3e-4,
// three times.
TEST_CASE("cosines follow the density, not only its moments") {
  constexpr int kBins = 20;
  constexpr std::int64_t kDraws = 100'000;
  for (float const mu : {-0.75F, 0.18F, 0.95F}) {
    CAPTURE(mu);
    double const kappa = std::tan(1.5707963267948966 * static_cast<double>(mu));
    std::array<double, kBins> expected{};
    double norm = 0;
    for (int b = 0; b < kBins; ++b)
      for (int i = 0; i < 200; ++i) {
        double const c = (b + (i + 0.5) / 200) / kBins, p = std::exp(kappa * (c * c - 1));
        expected[static_cast<std::size_t>(b)] += p;
        norm += p;
      }
    std::array<double, kBins> counts{};
    for (std::int64_t i = 0; i < kDraws; ++i) {
      galaxies::Draws source(5, core::Purpose::orientation, static_cast<std::uint64_t>(i), 3);
      galaxies::Words spare;
      auto const angle = galaxies::watson_angle(mu, source, spare);
      CHECK(std::abs(angle.cosine * angle.cosine + angle.sine * angle.sine - 1) < 1e-5F);
      counts[static_cast<std::size_t>(
          std::min(kBins - 1, static_cast<int>(kBins * angle.cosine)))]++;
    }
    double chi2 = 0;
    for (std::size_t b = 0; b < kBins; ++b) {
      double const mean = expected[b] / norm * static_cast<double>(kDraws);
      chi2 += std::pow(counts[b] - mean, 2) / std::max(mean, 1e-9) * (mean > 5 ? 1 : 0);
    }
    CHECK(chi2 < 50);
  }
}

TEST_CASE("strengths of 1, -1 and 0 are parallel, perpendicular and uniform") {
  Vector const about{0.48F, 0.6F, 0.64F};
  double mean = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    std::uint32_t roll = 0;
    for (float const mu : {1.0F, -1.0F, 0.0F}) {
      galaxies::Draws source(3, core::Purpose::orientation, i, 0);
      auto const axis = galaxies::watson_axis(about, mu, source, roll);
      float const c = galaxies::dot(axis, about);
      if (mu == 1) CHECK(c > 0.999999F);
      if (mu == -1) CHECK(std::abs(c) < 1e-6F);
      if (mu == 0) mean += static_cast<double>(c * c) / 1e5;
    }
  }
  // <cos^2> = 1/3 with variance 4/45 / 10^5: 4 standard errors, false alarm 6e-5.
  CHECK(std::abs(mean - 1.0 / 3) < 4 * std::sqrt(4.0 / 45 / 1e5));
}

TEST_CASE("angles in a plane follow von Mises in the doubled angle") {
  // <cos 2 psi> = I1(k)/I0(k), k = tan(pi mu / 2) / 2; of 10^5 draws, variance below 1/2: 4.5
  // standard errors, 3 strengths: false alarm 2e-5.
  for (float const mu : {-0.6F, 0.3F, 0.9F}) {
    double const k = 0.5 * std::tan(1.5707963267948966 * static_cast<double>(mu));
    double const size = std::abs(k);
    double const expected =
        std::copysign(std::cyl_bessel_i(1.0, size) / std::cyl_bessel_i(0.0, size), k);
    double mean = 0, along = 0;
    for (std::uint64_t i = 0; i < 100'000; ++i) {
      galaxies::Draws source(3, core::Purpose::orientation, i, 0);
      double const psi = static_cast<double>(galaxies::planar_angle(mu, source));
      mean += std::cos(2 * psi) / 1e5;
      along += std::sin(2 * psi) / 1e5;
    }
    CHECK(std::abs(mean - expected) < 4.5 * std::sqrt(0.5 / 1e5));
    CHECK(std::abs(along) < 4.5 * std::sqrt(0.5 / 1e5));
  }
}
