// SPDX-License-Identifier: BSD-3-Clause
// The amplitude of the nonlinear alignment model from w_g+.
#include "shearwater/galaxies/nla_fit.hpp"

#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

using namespace shearwater;
using galaxies::ProjectedData;

namespace {

double tidal_ring(double low, double high) { return 3 / (1 + std::sqrt(low * high)); }
double density_ring(double low, double high) { return 50 / (low + high); }

/// Six rings from 5 Mpc/h on, whose errors are correlated from one to the next.
ProjectedData rings(double scale, galaxies::RingModel const& model) {
  ProjectedData data{"w", {}, {}, {}, {}, 0, {}};
  for (int b = 0; b < 6; ++b) {
    data.low.push_back(5.0 + b), data.high.push_back(6.0 + b);
    data.value.push_back(scale * model(data.low.back(), data.high.back()));
  }
  for (int a = 0; a < 6; ++a)
    for (int b = 0; b < 6; ++b)
      data.covariance.push_back(0.01 * std::pow(0.5, std::abs(a - b)) * (1 + a) * (1 + b));
  return data;
}

/// Makes the data the mean over regions whose noise is (regions, n), with a jackknife.
void set_regions(ProjectedData& data, std::vector<double> const& noise, std::size_t regions) {
  std::size_t const n = data.size();
  auto const number = static_cast<double>(regions);
  std::vector<double> mean(n, 0.0);
  for (std::size_t a = 0; a < noise.size(); ++a) mean[a % n] += noise[a] / number;
  data.jackknife.clear();
  for (std::size_t a = 0; a < noise.size(); ++a)
    data.jackknife.push_back(data.value[a % n] + (number * mean[a % n] - noise[a]) / (number - 1));
  data.covariance.assign(n * n, 0.0);
  for (std::size_t b = 0; b < n; ++b) data.value[b] += mean[b];
  for (std::size_t k = 0; k < regions; ++k)
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = 0; b < n; ++b)
        data.covariance[a * n + b] += (number - 1) / number *
                                      (data.jackknife[k * n + a] - data.value[a]) *
                                      (data.jackknife[k * n + b] - data.value[b]);
  data.samples = static_cast<std::int64_t>(regions);
}

}  // namespace

TEST_CASE("an amplitude and a bias are found again", "[galaxies][unit]") {
  double const amplitude = 2.3, bias = 1.4;
  auto const shapes = rings(amplitude * bias, tidal_ring);
  auto const places = rings(bias * bias, density_ring);
  for (bool const diagonal : {false, true}) {
    auto const fit = galaxies::fit_nla(shapes, tidal_ring, &places, density_ring, 0, diagonal);
    CHECK_THAT(fit.amplitude, WithinRel(amplitude, 1e-10));
    CHECK_THAT(fit.bias, WithinRel(bias, 1e-10));
    CHECK(fit.chi_square + fit.bias_chi_square < 1e-15);
    CHECK(fit.degrees == 5);
    CHECK(fit.shapes_model.size() == 6);
    auto const given = galaxies::fit_nla(shapes, tidal_ring, nullptr, {}, bias, diagonal);
    CHECK_THAT(given.amplitude, WithinRel(amplitude, 1e-10));
    CHECK(given.bias_error == 0);
    CHECK(given.amplitude_error < fit.amplitude_error);
    CHECK_THAT(std::hypot(given.amplitude_error, amplitude * fit.bias_error / bias),
               WithinRel(fit.amplitude_error, 1e-10));
  }
}

TEST_CASE("least squares take the whole covariance", "[galaxies][unit]") {
  // By hand: two values with errors 0.1 and 0.2 and a correlation of 0.5.
  ProjectedData data{"w", {5, 6}, {6, 7}, {1.0, 1.8}, {0.01, 0.01, 0.01, 0.04}, 0, {}};
  auto const full = galaxies::fit_scale(data, {1.0, 2.0}, false);
  CHECK_THAT(full.scale, WithinRel(0.95, 1e-12));
  CHECK_THAT(full.error, WithinRel(std::sqrt(0.0075), 1e-12));
  CHECK_THAT(full.chi_square, WithinRel(1.0, 1e-12));
  auto const alone = galaxies::fit_scale(data, {1.0, 2.0}, true);
  CHECK_THAT(alone.scale, WithinRel(0.95, 1e-12));
  CHECK_THAT(alone.error, WithinRel(std::sqrt(0.005), 1e-12));
  CHECK_THAT(alone.chi_square, WithinRel(0.5, 1e-12));
  // Estimated from 12 samples: the inverse is (12 - 2 - 2) / 11 of itself.
  data.samples = 12;
  auto const few = galaxies::fit_scale(data, {1.0, 2.0}, false);
  CHECK_THAT(few.chi_square, WithinRel(8.0 / 11, 1e-12));
  CHECK_THAT(few.error, WithinRel(std::sqrt(0.0075 * 11 / 8), 1e-12));
}

TEST_CASE("errors of amplitudes are those of many draws", "[galaxies][unit]") {
  // 2000 draws: the mean of chi-square is that of its degrees of freedom, the scatter of amplitudes
  // their error. Each is missed by less than 4.5 standard errors with a chance of 7e-6.
  int const draws = 2000;
  auto const truth = rings(3, tidal_ring);
  core::Stream stream(17, core::Purpose::observation, 0);
  double chi = 0, mean = 0, square = 0, error = 0;
  for (int d = 0; d < draws; ++d) {
    auto data = truth;
    // A sequence whose neighbours are correlated by a half.
    double chain = stream.normal();
    for (std::size_t b = 0; b < data.size(); ++b) {
      if (b > 0) chain = 0.5 * chain + std::sqrt(0.75) * stream.normal();
      data.value[b] += 0.1 * (1 + static_cast<double>(b)) * chain;
    }
    auto const fit = galaxies::fit_nla(data, tidal_ring, nullptr, {}, 1.5, false);
    chi += fit.chi_square / draws;
    mean += fit.amplitude / draws;
    square += fit.amplitude * fit.amplitude / draws;
    error = fit.amplitude_error;
  }
  CHECK_THAT(chi, WithinAbs(5, 4.5 * std::sqrt(10.0 / draws)));
  CHECK_THAT(mean, WithinAbs(2, 4.5 * error / std::sqrt(draws)));
  CHECK_THAT(std::sqrt(square - mean * mean), WithinRel(error, 4.5 / std::sqrt(2.0 * draws)));
}

TEST_CASE("the error of an amplitude holds what both correlations share", "[galaxies][unit]") {
  // Both are means over 150 regions, whose noise is common to both but for a fifth: as strong for
  // the bias as for b A, so that A has half of the error of independent ones or 1.3 times it.
  int const draws = 400;
  std::size_t const regions = 150;
  double const amplitude = 2, bias = 1.5;
  auto const plus = rings(amplitude * bias, tidal_ring), density = rings(bias * bias, density_ring);
  for (double const sign : {1.0, -1.0}) {
    core::Stream stream(19, core::Purpose::observation, sign > 0 ? 0 : 1);
    double mean = 0, square = 0, error = 0, apart = 0;
    for (int d = 0; d < draws; ++d) {
      ProjectedData both[] = {plus, density};
      std::vector<double> noise[2];
      for (std::size_t k = 0; k < regions; ++k)
        for (std::size_t b = 0; b < plus.size(); ++b) {
          double const common = std::sqrt(0.8) * stream.normal();
          for (std::size_t i = 0; i < 2; ++i)
            noise[i].push_back((i == 0 ? 0.3 : 0.6) * both[i].value[b] * std::sqrt(regions / 6.0) *
                               ((i == 0 ? 1 : sign) * common + std::sqrt(0.2) * stream.normal()));
        }
      for (std::size_t i = 0; i < 2; ++i) set_regions(both[i], noise[i], regions);
      auto const fit = galaxies::fit_nla(both[0], tidal_ring, &both[1], density_ring, 0, false);
      mean += fit.amplitude / draws, square += fit.amplitude * fit.amplitude / draws;
      error += fit.amplitude_error / draws;
      for (auto& data : both) data.jackknife.clear();
      apart +=
          galaxies::fit_nla(both[0], tidal_ring, &both[1], density_ring, 0, false).amplitude_error /
          draws;
    }
    // 4 standard errors of a scatter, 14 %: false alarms in 1.3e-4.
    double const scatter = std::sqrt(square - mean * mean);
    INFO("scatter " << scatter << " error " << error << " without the jackknife " << apart);
    CHECK_THAT(scatter, WithinRel(error, 4 / std::sqrt(2.0 * draws)));
    CHECK(sign * (apart - scatter) > 0.2 * scatter);
  }
}

TEST_CASE("what cannot be fitted is refused with the remedy", "[galaxies][unit]") {
  auto data = rings(1, tidal_ring);
  CHECK(galaxies::within(data, 6, 10).size() == 4);
  CHECK(galaxies::within(data, 6, 10).covariance[1] == data.covariance[8]);
  CHECK_THROWS_WITH(galaxies::within(data, 6, 7.5), ContainsSubstring("at least 2 are needed"));
  data.samples = 8;
  CHECK_THROWS_WITH(galaxies::fit_nla(data, tidal_ring, nullptr, {}, 1, false),
                    ContainsSubstring("a larger measure.jackknife"));
  CHECK_NOTHROW(galaxies::fit_nla(data, tidal_ring, nullptr, {}, 1, true));
  data.samples = 0;
  for (double& c : data.covariance) c = 0.01;
  CHECK_THROWS_WITH(galaxies::fit_nla(data, tidal_ring, nullptr, {}, 1, false),
                    ContainsSubstring("has no inverse"));
  auto const empty = rings(-1, density_ring);
  CHECK_THROWS_WITH(
      galaxies::fit_nla(rings(1, tidal_ring), tidal_ring, &empty, density_ring, 0, false),
      ContainsSubstring("give nla.bias"));
  galaxies::Correlation without;
  without.name = "wg_plus";
  without.edges = {1, 2, 3};
  without.value = {1, 1};
  CHECK_THROWS_WITH(galaxies::projected_data(without, 1, 3, 0),
                    ContainsSubstring("set measure.jackknife"));
}
