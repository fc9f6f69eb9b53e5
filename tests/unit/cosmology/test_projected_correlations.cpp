// SPDX-License-Identifier: BSD-3-Clause
// Correlations in space and in projection: of a Gaussian spectrum by their closed forms, of one
// with the curvature of cold dark matter by numbers made with scipy 1.17 (2026-11), by another way:
// w = int k_perp dk_perp dk_z / (2 pi)^2 P (k_perp / k)^2 J_2(k_perp r_p) 2 sin(k_z pi_max) / k_z,
// Simpson's rule on 400,001 k_z and 2,000,001 k_perp; for the density without (k_perp / k)^2 and
// with J_0.
#include "shearwater/cosmology/projected_correlations.hpp"

#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "shearwater/core/error.hpp"

using shearwater::cosmology::ProjectedCorrelations;

namespace {

/// P = exp(-k^2 s^2).
struct Gaussian {
  double s;
  double operator()(double k) const { return std::exp(-k * k * s * s); }
  double density(double r) const {
    return std::exp(-r * r / (4 * s * s)) / std::pow(4 * std::numbers::pi * s * s, 1.5);
  }
  /// The mean of xi within r, without xi at r.
  double tidal(double r) const {
    double const x = r / (2 * s);
    double const mass = std::erf(x) - 2 * x * std::exp(-x * x) / std::sqrt(std::numbers::pi);
    return 3 * mass / (4 * std::numbers::pi * r * r * r) - density(r);
  }
  /// int k dk P J_2(k r) / (2 pi).
  double projected_tidal(double r) const {
    double const x = r * r / (4 * s * s);
    return (1 - (1 + x) * std::exp(-x)) / x / (4 * std::numbers::pi * s * s);
  }
};

}  // namespace

TEST_CASE("correlations of a Gaussian spectrum have their closed forms", "[cosmology][unit]") {
  Gaussian const power{1.5};
  ProjectedCorrelations const correlations(power);
  double const most = power.density(0.1), most_tidal = power.tidal(3);
  for (double const r : {0.1, 0.5, 1.0, 3.0, 6.0, 12.0, 40.0, 150.0}) {
    CAPTURE(r);
    CHECK_THAT(correlations.density(r), WithinAbs(power.density(r), 1e-8 * most));
    CHECK_THAT(correlations.tidal(r), WithinAbs(power.tidal(r), 1e-8 * most_tidal));
  }
  for (double const r : {0.5, 2.0, 5.0, 15.0}) {
    CAPTURE(r);
    // Far enough for nothing to be missing: xi_2 falls as r^-3.
    CHECK_THAT(correlations.projected_tidal(r, r, 1500), WithinRel(power.projected_tidal(r), 1e-5));
  }
}

TEST_CASE("projections of a cold dark matter spectrum are those of scipy", "[cosmology][unit]") {
  auto const power = [](double k) {
    double const q = k / 0.2;
    double const transfer = std::log(1 + 2.34 * q) / (2.34 * q) *
                            std::pow(1 + 3.89 * q + std::pow(16.1 * q, 2) + std::pow(5.46 * q, 3) +
                                         std::pow(6.71 * q, 4),
                                     -0.25);
    return 4e5 * k * transfer * transfer;
  };
  ProjectedCorrelations const correlations(power, 0.5);
  struct Row {
    double r_p, tidal_20, tidal_100, tidal, density_20, density_100;
  };
  constexpr Row rows[] = {
      {0.5, 2.2146182e-1, 2.2170984e-1, 2.2171083e-1, 8.6764601, 8.9694702},
      {2.0, 1.1310295, 1.1349571, 1.1349729, 5.9581946, 6.2489694},
      {6.0, 1.3660650, 1.3985334, 1.3986746, 2.7993304, 3.0721239},
      {20.0, 7.4263398e-1, 9.1734764e-1, 9.1882284e-1, 4.7342344e-1, 6.2346143e-1},
      {60.0, 1.1777883e-1, 2.5977418e-1, 2.6808010e-1, 1.0478260e-2, 1.4557334e-2}};
  for (auto const& row : rows) {
    CAPTURE(row.r_p);
    auto const tidal = [&](double pi_max) {
      return correlations.projected_tidal(row.r_p, row.r_p, pi_max);
    };
    auto const density = [&](double pi_max) {
      return correlations.projected_density(row.r_p, row.r_p, pi_max);
    };
    CHECK_THAT(tidal(20), WithinRel(row.tidal_20, 1e-6));
    CHECK_THAT(tidal(100), WithinRel(row.tidal_100, 1e-6));
    // Without an end: what is beyond falls as pi_max^-3.
    CHECK_THAT(tidal(3000), WithinRel(row.tidal, 1e-5));
    CHECK_THAT(density(20), WithinRel(row.density_20, 5e-6));
    CHECK_THAT(density(100), WithinRel(row.density_100, 5e-6));
  }
}

TEST_CASE("a smoothed field is that of a smoothed spectrum", "[cosmology][unit]") {
  ProjectedCorrelations const plain(Gaussian{1.5}), smoothed(Gaussian{1.0}, std::sqrt(2.5));
  for (double const r : {0.5, 2.0, 8.0})
    CHECK_THAT(smoothed.tidal(r), WithinRel(plain.tidal(r), 1e-9));
}

TEST_CASE("rings are means over their area", "[cosmology][unit]") {
  ProjectedCorrelations const correlations(Gaussian{1.5});
  double mean = 0, mean_tidal = 0;
  int const steps = 2000;
  for (int i = 0; i < steps; ++i) {
    double const r = std::sqrt(1 + (16.0 - 1) * (i + 0.5) / steps);
    mean += correlations.projected_density(r, r, 20) / steps;
    mean_tidal += correlations.projected_tidal(r, r, 20) / steps;
  }
  CHECK_THAT(correlations.projected_density(1, 4, 20), WithinRel(mean, 1e-5));
  CHECK_THAT(correlations.projected_tidal(1, 4, 20), WithinRel(mean_tidal, 1e-5));
}

TEST_CASE("a power that is none is refused", "[cosmology][unit]") {
  CHECK_THROWS_AS(ProjectedCorrelations([](double) { return -1.0; }), shearwater::core::InputError);
  CHECK_THROWS_AS(ProjectedCorrelations([](double k) { return 1 / (k - k); }),
                  shearwater::core::InputError);
}
