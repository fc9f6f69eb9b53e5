// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/cosmology/spectra_interpolator.hpp"

using namespace shearwater;
using namespace shearwater::cosmology;

namespace {

std::vector<double> log_spaced(double low, double high, std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = low * std::pow(high / low, static_cast<double>(i) / static_cast<double>(count - 1));
  return values;
}

}  // namespace

TEST_CASE("interpolated spectra of the two-parameter case keep 0.2 % everywhere",
          "[unit][cosmology]") {
  ShearSpectra const spectra({RedshiftDistribution::smail(0.5, 2, 1, 10)});
  Cosmology const base = named_cosmology("sbi_two_parameter");
  auto const ell = log_spaced(1, std::pow(10, 4.5), 128);
  // Five standard deviations of the prior on each side, as far as a density and an amplitude go.
  SpectraInterpolator const table(spectra, base, {{"omega_c", 0.05, 0.55}, {"sigma_8", 0.55, 1.05}},
                                  ell);
  INFO("largest error " << table.largest_error() << " with " << table.grid_points() << " points");
  CHECK(table.largest_error() <= 1e-3);
  core::Stream stream(3, core::Purpose::parameters, 0);
  std::vector<double> found(128), exact(128);
  double worst = 0;
  for (int draw = 0; draw < 300; ++draw) {
    // Every fifth draw at the edge of the box, every seventh beyond it.
    double omega_c = 0.05 + 0.5 * stream.uniform(), sigma_8 = 0.55 + 0.5 * stream.uniform();
    if (draw % 5 == 0) omega_c = 0.05;
    if (draw % 7 == 0) sigma_8 = 1.06;
    Cosmology cosmology = base;
    cosmology.omega_c = omega_c, cosmology.sigma_8 = sigma_8;
    spectra.evaluate(cosmology, ell, exact);
    table.evaluate(std::array{omega_c, sigma_8}, found);
    for (std::size_t e = 0; e < 128; ++e) {
      worst = std::max(worst, std::abs(found[e] / exact[e] - 1));
      if (draw % 7 == 0) CHECK(found[e] == exact[e]);
    }
  }
  CHECK(worst <= 2e-3);
}

TEST_CASE("interpolation refuses what it cannot do", "[unit][cosmology]") {
  ShearSpectra const spectra({RedshiftDistribution::smail(0.5, 2, 1, 10)});
  Cosmology const base;
  auto make = [&](std::vector<ParameterRange> ranges) {
    return SpectraInterpolator(spectra, base, std::move(ranges), {100, 200});
  };
  CHECK_THROWS_WITH(make({}), ContainsSubstring("1 to 3"));
  CHECK_THROWS_WITH(make({{"omega_x", 0, 1}}), ContainsSubstring("omega_x"));
  CHECK_THROWS_WITH(make({{"sigma_8", 1, 0.5}}), ContainsSubstring("range of sigma_8"));
  auto const one = make({{"sigma_8", 0.6, 1.0}});
  CHECK(one.largest_error() <= 1e-3);
}
