// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/lensing/map_simulator.hpp"
#include "shearwater/lensing/parameter_range.hpp"

using namespace shearwater;

namespace {

constexpr std::size_t kPixels = 64 * 64;

lensing::MapConfig small_config() {
  lensing::MapConfig config;
  config.pixels = 64;
  config.width_deg = 5;
  config.multipoles = "grid";
  return config;
}

/// A falling spectrum, fully correlated up to `correlation` between two bins.
std::vector<double> spectra(lensing::MapSimulator const& simulator, double amplitude,
                            double correlation) {
  std::vector<double> c_ell;
  for (double const factor : {1.0, correlation, 1.0})
    for (double const l : simulator.ell())
      c_ell.push_back(factor * amplitude * std::pow((l + 50) / 1000, -1.2));
  return c_ell;
}

fields::FieldReport simulate(lensing::MapSimulator const& simulator, double amplitude,
                             double correlation, std::vector<float>& maps) {
  maps.resize(2 * kPixels);
  std::vector<double> const shifts = {0.02, 0.03};
  return simulator.simulate(5, 9, spectra(simulator, amplitude, correlation), shifts,
                            *simulator.make_workspace(), maps);
}

}  // namespace

TEST_CASE("lognormal maps stay above minus their shift, with no mean", "[lensing]") {
  lensing::MapSimulator const simulator(small_config(), {0, 0});
  std::vector<float> maps;
  auto const report = simulate(simulator, 1e-9, 0.9, maps);
  CHECK(report.clipped_lags == 0);
  CHECK(*std::min_element(maps.begin(), maps.begin() + kPixels) > -0.02F);
  CHECK(*std::min_element(maps.begin() + kPixels, maps.end()) > -0.03F);
  CHECK(*std::max_element(maps.begin(), maps.end()) > 0.02F);
}

TEST_CASE("noise is added to the same field", "[lensing]") {
  lensing::MapSimulator const quiet(small_config(), {0, 0}), noisy(small_config(), {0.1, 0.2});
  std::vector<float> signal, data;
  simulate(quiet, 1e-9, 0.9, signal);
  simulate(noisy, 1e-9, 0.9, data);
  // 4096 normals: the variance has a standard error of 2.2 %, 5 of them are allowed (6e-7).
  for (std::size_t b = 0; b < 2; ++b) {
    double sum = 0;
    for (std::size_t i = b * kPixels; i < (b + 1) * kPixels; ++i)
      sum += std::pow(static_cast<double>(data[i] - signal[i]), 2);
    double const expected = b == 0 ? 0.01 : 0.04;
    CHECK_THAT(sum / kPixels, WithinRel(expected, 0.11));
  }
}

TEST_CASE("spectra that no field can have give maps and a count, never a NaN", "[lensing]") {
  lensing::MapSimulator const simulator(small_config(), {0.01, 0.01});
  struct Case {
    double amplitude, correlation;
  };
  for (auto const& c : {Case{1e-9, 1.7}, Case{1e-9, -3.0}, Case{1e-3, 0.9}, Case{1e-3, -1.0},
                        Case{0.0, 0.0}, Case{-1e-9, 0.5}, Case{1e30, 1.0}}) {
    std::vector<float> maps;
    auto const report = simulate(simulator, c.amplitude, c.correlation, maps);
    INFO("amplitude " << c.amplitude << ", correlation " << c.correlation);
    CHECK(std::all_of(maps.begin(), maps.end(), [](float x) { return std::isfinite(x); }));
    // Of a negative power the magnitude is taken, as the definition says; nothing else is bent
    // then.
    bool const possible = c.amplitude <= 0.0;
    CHECK((report.clipped_lags + report.clipped_modes == 0) == possible);
  }
}

TEST_CASE("spectra that are not numbers are refused", "[lensing]") {
  lensing::MapSimulator const simulator(small_config(), {0, 0});
  std::vector<float> maps;
  CHECK_THROWS_AS(simulate(simulator, std::nan(""), 1, maps), core::NumericsError);
}

TEST_CASE("draws that no universe has are moved into range and counted", "[lensing]") {
  cosmology::Cosmology c;
  CHECK(lensing::hold_in_range(c) == 0);
  c.sigma_8 = -0.2;
  c.omega_c = -0.1;
  c.h = std::numeric_limits<double>::quiet_NaN();
  CHECK(lensing::hold_in_range(c) == 3);
  CHECK(c.sigma_8 == 0.05);
  CHECK(c.omega_c == 0.01);
  CHECK(c.h == 0.3);
  c.check();
  c.a_s = -1e-9;
  c.sigma_8 = -0.2;  // not the amplitude now
  CHECK(lensing::hold_in_range(c) == 2);
  CHECK(c.a_s == 1e-11);
}

TEST_CASE("a shift for each bin is asked for", "[lensing]") {
  CHECK_THROWS_WITH(small_config().make_shift(5), ContainsSubstring("5 source bins"));
}

TEST_CASE("a map that cannot be made is refused by its keys, with what can be", "[lensing]") {
  auto config = small_config();
  config.pixels = 33;
  CHECK_THROWS_WITH(
      lensing::MapSimulator(config, {0}),
      ContainsSubstring("maps.pixels = 33: must be even") && ContainsSubstring("use 32 or 34"));
  config.pixels = 622;  // sqrt(2) of 311 fundamentals of 72 is beyond 10^4.5
  CHECK_NOTHROW(lensing::MapSimulator(config, {0}));
  config.multipoles = "logarithmic";
  CHECK_THROWS_WITH(lensing::MapSimulator(config, {0}),
                    ContainsSubstring("maps.pixels = 622 on maps.width_deg = 5") &&
                        ContainsSubstring("at most 620 pixels"));
  config.pixels = 620;
  CHECK_NOTHROW(lensing::MapSimulator(config, {0}));
}
