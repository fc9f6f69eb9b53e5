// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <vector>

#include "aligned.hpp"
#include "catch.hpp"
#include "mode_factors.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/fields/binned_power.hpp"
#include "shearwater/fields/correlated_fields.hpp"

using namespace shearwater;

namespace {

constexpr std::size_t kSide = 64, kSize = kSide * kSide;

std::vector<double> multipoles(fields::FlatSky const& sky) {
  std::vector<double> ell;
  for (int n = 0; n < 64; ++n) ell.push_back(n * sky.fundamental());
  return ell;
}

/// Two fields with correlation 0.6 and a falling spectrum.
std::vector<double> two_spectra(std::vector<double> const& ell, double amplitude) {
  std::vector<double> c;
  for (double const factor : {1.0, 1.2, 4.0})
    for (double const l : ell) c.push_back(factor * amplitude / (1 + l / 500));
  return c;
}

}  // namespace

TEST_CASE("Gaussian fields have their spectra, auto and cross", "[fields]") {
  // 200 realisations, four bands, three pairs: 12 checks at 4.5 standard errors, false alarms 1e-4.
  fields::FlatSky const sky{static_cast<std::int64_t>(kSide), 5.0};
  auto const ell = multipoles(sky);
  auto const c_ell = two_spectra(ell, 1e-9);
  fields::CorrelatedFields const generator(sky, 2, ell);
  auto const workspace = generator.make_workspace();
  auto const report = generator.prepare(c_ell, {}, *workspace);
  CHECK(report.clipped_lags + report.clipped_modes == 0);
  fields::BinnedPower const bands(sky, {36, 500, 1000, 1700, 3300});
  auto const maps = fields::make_aligned<float>(2 * kSize);
  auto const modes = fields::make_aligned<std::complex<float>>(2 * kSide * (kSide / 2 + 1));
  std::array<std::array<double, 4>, 3> sum{}, square{};
  int const draws = 200;
  for (std::uint64_t index = 0; index < draws; ++index) {
    generator.draw(8, index, *workspace, maps.get());
    for (std::size_t f = 0; f < 2; ++f)
      bands.transform(maps.get() + f * kSize, modes.get() + f * kSide * (kSide / 2 + 1));
    for (std::size_t pair = 0; pair < 3; ++pair) {
      std::array<double, 4> power{};
      auto* const second = modes.get() + kSide * (kSide / 2 + 1);
      bands.measure(pair == 2 ? second : modes.get(), pair == 0 ? modes.get() : second, power);
      for (std::size_t b = 0; b < 4; ++b) {
        sum[pair][b] += power[b] / draws;
        square[pair][b] += power[b] * power[b] / draws;
      }
    }
  }
  for (std::size_t pair = 0; pair < 3; ++pair) {
    auto const expected = bands.average([&](double l) {
      double const position = l / sky.fundamental();
      auto const n = static_cast<std::size_t>(position);
      double const* const c = &c_ell[pair * ell.size() + n];
      return c[0] + (position - static_cast<double>(n)) * (c[1] - c[0]);
    });
    for (std::size_t b = 0; b < 4; ++b) {
      double const error = std::sqrt((square[pair][b] - sum[pair][b] * sum[pair][b]) / (draws - 1));
      INFO("pair " << pair << ", band " << b << ", ratio " << sum[pair][b] / expected[b]);
      CHECK(std::abs(sum[pair][b] - expected[b]) < 4.5 * error);
    }
  }
}

TEST_CASE("the moments of lognormal values are those of the theory", "[fields]") {
  // var = lambda^2 (e^s2 - 1), skewness = (e^s2 + 2) sqrt(e^s2 - 1), minimum above -lambda.
  std::size_t const n = 1 << 20;
  double const s2 = 0.09, lambda = 0.03;
  std::vector<float> values(n, 0.0F);
  fields::add_normals(2, core::Purpose::field, 0, 0, std::sqrt(s2), values);
  CHECK_THAT(fields::mean_square(values), WithinRel(s2, 0.007));  // 5 standard errors
  fields::lognormal_transform(values, s2, lambda);
  double mean = 0, second = 0, third = 0;
  for (float const x : values) mean += static_cast<double>(x) / static_cast<double>(n);
  for (float const x : values) {
    double const d = static_cast<double>(x) - mean;
    second += d * d / static_cast<double>(n);
    third += d * d * d / static_cast<double>(n);
    REQUIRE(x > -0.03F);
  }
  double const e = std::exp(s2);
  CHECK_THAT(mean, WithinAbs(0, 5 * lambda * std::sqrt((e - 1) / static_cast<double>(n))));
  CHECK_THAT(second, WithinRel(lambda * lambda * (e - 1), 0.01));
  CHECK_THAT(third / std::pow(second, 1.5), WithinRel((e + 2) * std::sqrt(e - 1), 0.02));
}

TEST_CASE("Cholesky factors reproduce the matrix, and its diagonal always", "[fields]") {
  // Mode 0: positive definite. Mode 1: correlation above one. Mode 2: zero.
  auto const planes = fields::make_aligned<float>(3 * 16);
  float const matrices[3][3] = {{4, 2, 3}, {1, 5, 4}, {0, 0, 0}};
  for (std::size_t m = 0; m < 3; ++m)
    for (std::size_t p = 0; p < 3; ++p) planes[p * 16 + m] = matrices[m][p];
  CHECK(fields::cholesky_modes(planes.get(), 2, 1, 16) ==
        0);  // one column: mode 0 alone is counted
  for (std::size_t m = 0; m < 3; ++m) {
    float const l00 = planes[m], l10 = planes[16 + m], l11 = planes[32 + m];
    CHECK_THAT(l00 * l00, WithinAbs(matrices[m][0], 1e-6));
    CHECK_THAT(l10 * l10 + l11 * l11, WithinAbs(matrices[m][2], 1e-6));
  }
  CHECK_THAT(planes[0] * planes[16], WithinAbs(2, 1e-6));
}

TEST_CASE("multipoles that miss modes of the map are refused", "[fields]") {
  CHECK_THROWS_WITH(fields::CorrelatedFields({64, 5.0}, 1, {10, 100}),
                    ContainsSubstring("must increase and cover"));
  CHECK_THROWS_WITH(fields::CorrelatedFields({64, 5.0}, 40, {1, 1e5}),
                    ContainsSubstring("between 1 and 32"));
}
