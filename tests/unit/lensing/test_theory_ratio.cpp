// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/theory_ratio.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>

#include "catch.hpp"
#include "shearwater/core/random.hpp"

using namespace shearwater;
using lensing::SpectraPart;

namespace {

constexpr std::size_t mode_bins = 3, all_fields = 2 * mode_bins, mode_bands = 3, pairs = 6;
constexpr std::array<std::int64_t, mode_bands> modes_in{200, 400, 600};
/// Shears of the bins, then their shapes, as mixtures of what is independent: all lens by the same
/// matter, and shapes follow it too.
constexpr double mixture[all_fields][all_fields] = {
    {1.0, 0.0, 0.0, 0.0, 0.0, 0.0},   {1.5, 0.6, 0.0, 0.0, 0.0, 0.0},
    {2.0, 0.9, 0.5, 0.0, 0.0, 0.0},   {-0.5, 0.0, 0.0, 0.6, 0.0, 0.0},
    {-0.4, -0.3, 0.0, 0.3, 0.5, 0.0}, {-0.3, -0.2, -0.4, 0.0, 0.3, 0.5}};
constexpr double own_noise[all_fields] = {0.2, 0.2, 0.3, 0.3, 0.4, 0.5};

double mixed(std::size_t a, std::size_t b) {
  double sum = 0;
  for (std::size_t f = 0; f < all_fields; ++f) sum += mixture[a][f] * mixture[b][f];
  return sum;
}

/// Values of (pairs, bands) that are alike in all bands.
template <class Value>
std::vector<double> of_pairs(Value const& value) {
  std::vector<double> result;
  for (std::size_t i = 0; i < mode_bins; ++i)
    for (std::size_t j = i; j < mode_bins; ++j)
      for (std::size_t b = 0; b < mode_bands; ++b) result.push_back(value(i, j));
  return result;
}

lensing::BandTheory bands_of_theory() {
  lensing::BandTheory theory;
  theory.gg = of_pairs([](std::size_t i, std::size_t j) { return mixed(i, j); });
  theory.ii =
      of_pairs([](std::size_t i, std::size_t j) { return mixed(mode_bins + i, mode_bins + j); });
  theory.gi = of_pairs([](std::size_t i, std::size_t j) {
    return mixed(i, mode_bins + j) + mixed(j, mode_bins + i);
  });
  for (std::size_t i = 0; i < mode_bins; ++i)
    for (std::size_t j = 0; j < mode_bins; ++j)
      theory.shear_shape.insert(theory.shear_shape.end(), mode_bands, mixed(i, mode_bins + j));
  theory.unsmoothed = theory.ii;
  return theory;
}

/// Spectra of Gaussian modes, without the noise of every field.
lensing::ShapeSpectra draw_modes(std::uint64_t index) {
  core::Stream stream(5, core::Purpose::observation, index);
  lensing::ShapeSpectra result;
  result.galaxies.assign(mode_bins, 1);
  result.modes.assign(modes_in.begin(), modes_in.end());
  for (auto* part : {&result.gg, &result.gi, &result.ii}) {
    part->value.assign(pairs * mode_bands, 0.0), part->b_mode.assign(pairs * mode_bands, 0.0);
    part->noise.assign(pairs * mode_bands, 0.0);
  }
  for (std::size_t b = 0; b < mode_bands; ++b) {
    double sum[all_fields][all_fields] = {};
    // A mode and its opposite are one complex number.
    for (std::int64_t m = 0; m < modes_in[b] / 2; ++m) {
      std::complex<double> own[all_fields], mode[all_fields];
      auto const normal = [&] {
        return std::complex<double>(stream.normal(), stream.normal()) * std::sqrt(0.5);
      };
      for (auto& value : own) value = normal();
      for (std::size_t a = 0; a < all_fields; ++a) {
        mode[a] = std::sqrt(own_noise[a]) * normal();
        for (std::size_t f = 0; f < all_fields; ++f) mode[a] += mixture[a][f] * own[f];
      }
      for (std::size_t a = 0; a < all_fields; ++a)
        for (std::size_t c = 0; c < all_fields; ++c)
          sum[a][c] += (mode[a] * std::conj(mode[c])).real();
    }
    std::size_t n = b;
    for (std::size_t i = 0; i < mode_bins; ++i)
      for (std::size_t j = i; j < mode_bins; ++j, n += mode_bands) {
        auto const mean = [&](std::size_t a, std::size_t c) {
          return 2 * sum[a][c] / static_cast<double>(modes_in[b]);
        };
        result.gg.noise[n] = i == j ? own_noise[i] : 0;
        result.ii.noise[n] = i == j ? own_noise[mode_bins + i] : 0;
        result.gg.value[n] = mean(i, j) - result.gg.noise[n];
        result.ii.value[n] = mean(mode_bins + i, mode_bins + j) - result.ii.noise[n];
        result.gi.value[n] = mean(i, mode_bins + j) + mean(j, mode_bins + i);
      }
  }
  return result;
}

}  // namespace

TEST_CASE("the factor of theory scatters by its error among correlated bins", "[lensing]") {
  constexpr int draws = 600;
  auto const theory = bands_of_theory();
  double const number = draws;
  double sum[3] = {}, square[3] = {}, chi[3] = {}, error[3] = {};
  std::size_t p = 0;
  for (int d = 0; d < draws; ++d) {
    auto const measured = draw_modes(static_cast<std::uint64_t>(d));
    p = 0;
    for (auto const part : {SpectraPart::gg, SpectraPart::gi, SpectraPart::ii}) {
      auto const ratio = lensing::theory_ratio(measured, theory, part);
      REQUIRE(ratio.bands == pairs * mode_bands);
      sum[p] += ratio.value / number, square[p] += ratio.value * ratio.value / number;
      chi[p] += ratio.chi_square / number, error[p++] = ratio.error;
    }
  }
  // Nine numbers, each within 4.5 standard errors: false alarms in 6e-5 of Gaussian cases. What
  // 200 modes leave of the fourth cumulant makes the variance of chi-square 1.1 times that.
  double const dof = static_cast<double>(pairs * mode_bands);
  for (p = 0; p < 3; ++p) {
    double const scatter = std::sqrt(square[p] - sum[p] * sum[p]);
    INFO("part " << p << ": " << sum[p] << " scatter " << scatter << " error " << error[p]
                 << " chi-square " << chi[p]);
    CHECK_THAT(sum[p], WithinAbs(1, 4.5 * error[p] / std::sqrt(number)));
    CHECK_THAT(scatter, WithinRel(error[p], 4.5 / std::sqrt(2 * number)));
    CHECK_THAT(chi[p], WithinAbs(dof, 4.5 * std::sqrt(1.1 * 2 * dof / number)));
  }
}

TEST_CASE("what theory_ratio leaves out", "[lensing]") {
  auto theory = bands_of_theory();
  auto measured = draw_modes(0);
  auto const all = lensing::theory_ratio(measured, theory, SpectraPart::ii);
  // Of the second bin nothing is left in the first band: three pairs have it.
  theory.unsmoothed[3 * mode_bands] = 3 * theory.ii[3 * mode_bands];
  CHECK(lensing::theory_ratio(measured, theory, SpectraPart::ii).bands == all.bands - 3);
  // A theory that is half as strong is found twice, but for the weights.
  auto weak = bands_of_theory();
  for (double& value : measured.ii.value) value *= 2;
  auto const twice = lensing::theory_ratio(measured, weak, SpectraPart::ii);
  CHECK_THAT(twice.value, WithinRel(2 * all.value, 1e-12));
  CHECK(twice.chi_square > 100 + all.chi_square);
  // No noise and no theory: nothing to compare with.
  for (auto* list : {&weak.ii, &measured.ii.noise}) std::ranges::fill(*list, 0.0);
  weak.unsmoothed = weak.ii;
  auto const none = lensing::theory_ratio(measured, weak, SpectraPart::ii);
  CHECK(none.bands == 0);
  CHECK(none.error == 0);
}
