// SPDX-License-Identifier: BSD-3-Clause
// 200 noiseless map sets of the six-parameter LSST-Y10-like setting (5 bins, 256 x 256, 10 degrees)
// at its fiducial cosmology, with the shift table of sbi_lens
// (DifferentiableUniverseInitiative/sbi_lens d239796, MIT). Reference skewness: mean over 40 maps
// of an independent implementation of that code in numpy, with its standard errors. Every check
// allows 1 % or 4 standard errors, whichever is larger: 50 checks of which the widest has a
// false-alarm rate of 6e-5, below 1e-3 in all with fixed seeds.
#include <array>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"
#include "shearwater/fields/binned_power.hpp"
#include "shearwater/lensing/map_simulator.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

constexpr std::size_t kBins = 5, kPairs = 15;
constexpr int kMaps = 200;

/// Mean of a statistic over the maps and its standard error.
struct Average {
  double sum = 0, square = 0;
  void add(double x) {
    sum += x;
    square += x * x;
  }
  double mean() const { return sum / kMaps; }
  double error() const { return std::sqrt((square / kMaps - mean() * mean()) / (kMaps - 1)); }
};

bool agrees(Average const& measured, double expected, double expected_error = 0) {
  double const error = std::hypot(measured.error(), expected_error);
  return std::abs(measured.mean() - expected) <= std::max(0.01 * std::abs(expected), 4 * error);
}

struct Measurement {
  std::array<Average, kBins> variance, skewness;
  std::array<std::array<Average, 4>, kPairs> band_power;
  std::vector<double> c_ell, ell;
  std::array<double, kBins> shifts{};
  fields::FlatSky sky;
};

fields::BinnedPower four_bands(fields::FlatSky sky) { return {sky, {100, 1227, 2354, 3481, 4608}}; }

void measure_set(std::vector<float> const& maps, fields::BinnedPower const& bands, Measurement& m) {
  auto const size = static_cast<std::size_t>(m.sky.size());
  auto const modes = static_cast<std::size_t>(m.sky.pixels * (m.sky.pixels / 2 + 1));
  std::vector<std::complex<float>> spectra(kBins * modes);
  for (std::size_t b = 0; b < kBins; ++b) {
    double s1 = 0, s2 = 0, s3 = 0;
    for (std::size_t p = 0; p < size; ++p) s1 += static_cast<double>(maps[b * size + p]);
    double const mean = s1 / static_cast<double>(size);
    for (std::size_t p = 0; p < size; ++p) {
      double const x = static_cast<double>(maps[b * size + p]) - mean;
      s2 += x * x;
      s3 += x * x * x;
    }
    double const variance = s2 / static_cast<double>(size);
    m.variance[b].add(variance);
    m.skewness[b].add(s3 / static_cast<double>(size) / std::pow(variance, 1.5));
    bands.transform(&maps[b * size], &spectra[b * modes]);
  }
  std::size_t pair = 0;
  for (std::size_t i = 0; i < kBins; ++i) {
    for (std::size_t j = i; j < kBins; ++j, ++pair) {
      std::array<double, 4> power{};
      bands.measure(&spectra[i * modes], &spectra[j * modes], power);
      for (std::size_t b = 0; b < 4; ++b) m.band_power[pair][b].add(power[b]);
    }
  }
}

Measurement simulate(std::string const& convention) {
  lensing::MapConfig config;
  config.pixels = 256;
  config.width_deg = 10;
  config.multipoles = "grid";
  config.shift = "table";
  config.shift_table = test::require_data("sbi_lens/lognormal_shifts_LSSTY10_om_s8_w_bin.npy");
  config.shift_convention = convention;
  Measurement m;
  m.sky = config.sky();
  m.ell = config.ell();
  cosmology::Cosmology const fiducial;
  auto ell = m.ell;
  ell[0] = ell[1];  // the zero mode is not used
  m.c_ell.resize(kPairs * ell.size());
  cosmology::ShearSpectra(cosmology::SourceConfig().make_bins()).evaluate(fiducial, ell, m.c_ell);
  config.make_shift(5).evaluate(fiducial.omega_m(), fiducial.sigma_8, fiducial.w_0, m.shifts);

  lensing::MapSimulator const simulator(config, std::vector<double>(kBins, 0.0));
  auto const workspace = simulator.make_workspace();
  auto const bands = four_bands(m.sky);
  std::vector<float> maps(kBins * static_cast<std::size_t>(m.sky.size()));
  fields::FieldReport report;
  for (std::uint64_t index = 0; index < kMaps; ++index) {
    report += simulator.simulate(11, index, m.c_ell, m.shifts, *workspace, maps);
    measure_set(maps, bands, m);
  }
  CHECK(report.clipped_lags == 0);
  CHECK(report.clipped_modes == 0);
  return m;
}

/// C of a pair, linear between the simulator's multipoles, as the maps have it.
double spectrum(Measurement const& m, std::size_t pair, double ell) {
  double const position = ell / m.sky.fundamental();
  auto const below = static_cast<std::size_t>(position);
  double const* const c = &m.c_ell[pair * m.ell.size() + below];
  return c[0] + (position - static_cast<double>(below)) * (c[1] - c[0]);
}

std::size_t auto_pair(std::size_t bin) { return bin * kBins - bin * (bin - 1) / 2; }

constexpr std::array<double, kBins> kSkewness = {2.27, 1.66, 1.32, 1.06, .79};
constexpr std::array<double, kBins> kSkewnessError = {.02, .01, .01, .004, .004};

}  // namespace

TEST_CASE("200 lognormal maps have the statistics of their spectra", "[lensing][external]") {
  auto const m = simulate("as_coded");
  std::array<double, kBins> const shifts = {.00706, .02004, .03663, .06115, .11478};
  for (std::size_t b = 0; b < kBins; ++b) CHECK_THAT(m.shifts[b], WithinAbs(shifts[b], 6e-6));

  fields::BinnedPower const all_modes(m.sky, {1, 1e6});
  for (std::size_t b = 0; b < kBins; ++b) {
    double const mean_power =
        all_modes.average([&](double l) { return spectrum(m, auto_pair(b), l); })[0];
    double const expected =
        mean_power * static_cast<double>(all_modes.mode_counts()[0]) / m.sky.area();
    INFO("bin " << b << ": standard deviation " << std::sqrt(m.variance[b].mean()) << " against "
                << std::sqrt(expected) << ", skewness " << m.skewness[b].mean() << " +- "
                << m.skewness[b].error() << " against " << kSkewness[b]);
    // 1 % of the standard deviation is 2 % of the variance.
    double const tolerance = std::max(0.02 * expected, 4 * m.variance[b].error());
    CHECK(std::abs(m.variance[b].mean() - expected) <= tolerance);
    CHECK(agrees(m.skewness[b], kSkewness[b], kSkewnessError[b]));
  }

  auto const bands = four_bands(m.sky);
  for (std::size_t pair = 0; pair < kPairs; ++pair) {
    auto const expected = bands.average([&](double l) { return spectrum(m, pair, l); });
    for (std::size_t b = 0; b < 4; ++b) {
      INFO("pair " << pair << " band " << b << ": ratio "
                   << m.band_power[pair][b].mean() / expected[b] << " +- "
                   << m.band_power[pair][b].error() / expected[b]);
      CHECK(agrees(m.band_power[pair][b], expected[b]));
    }
  }
}

TEST_CASE("the skewness check rejects maps with the shifts of the table", "[lensing][external]") {
  auto const m = simulate("table");
  std::array<double, kBins> const shifts = {.00527, .01524, .02872, .04965, .09753};
  std::array<double, kBins> const skewness = {3.34, 2.31, 1.74, 1.34, .94};
  for (std::size_t b = 0; b < kBins; ++b) {
    INFO("bin " << b << ": skewness " << m.skewness[b].mean() << " +- " << m.skewness[b].error());
    CHECK_THAT(m.shifts[b], WithinAbs(shifts[b], 6e-6));
    CHECK_FALSE(agrees(m.skewness[b], kSkewness[b], kSkewnessError[b]));
    CHECK(agrees(m.skewness[b], skewness[b], 2 * kSkewnessError[b]));
  }
}
