// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "halos_of_tests.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/galaxies/observation.hpp"
#include "shearwater/galaxies/orientation.hpp"
#include "shearwater/io/galaxy_file.hpp"
#include "watson_moments.hpp"

using namespace shearwater;
using galaxies::OrientationConfig;

namespace {

constexpr std::int64_t kHalos = 20'000;
constexpr std::int32_t kSatellites = 5;
constexpr float kAxes[3][3] = {{0.6F, 0.8F, 0}, {0, 0, 1}, {0.8F, -0.6F, 0}};

struct Made {
  galaxies::HaloBlock halos;
  galaxies::GalaxyBlock galaxies;
};

Made make(OrientationConfig const& config, bool with_axes = true) {
  Made made;
  made.halos = test::equal_halos(kHalos, 1e13);
  if (with_axes) test::set_axes(made.halos, kAxes, 0.8F, 0.6F);
  galaxies::set_profiles(ExecSpace(), made.halos, {}, {}, 1);
  made.galaxies =
      galaxies::place_galaxies(ExecSpace(), made.halos, test::fixed_counts(kHalos, kSatellites),
                               galaxies::NfwTable(), {}, 5);
  galaxies::make_orienter(config, 9)->orient(ExecSpace(), made.halos, made.galaxies);
  return made;
}

double along(galaxies::GalaxyBlock const& g, std::int64_t i, int axis, float const (&n)[3]) {
  return static_cast<double>(g.axes(i, axis, 0) * n[0] + g.axes(i, axis, 1) * n[1] +
                             g.axes(i, axis, 2) * n[2]);
}

/// <cos^2> - 1/3 of an axis with one of its host (centrals), and of major axes with the direction
/// to the centre and with the host's major axis (satellites).
struct Alignment {
  double central[3] = {0, 0, 0}, radial = 0, host = 0;
};
Alignment alignment_of(galaxies::GalaxyBlock const& g) {
  Alignment found;
  double centrals = 0, satellites = 0;
  for (std::int64_t i = 0; i < g.size(); ++i) {
    if (g.number(i) == 0) {
      ++centrals;
      for (int a = 0; a < 3; ++a)
        found.central[a] += std::pow(along(g, i, a, kAxes[a]), 2) - 1.0 / 3;
      continue;
    }
    ++satellites;
    float const r = std::sqrt(g.offset(i, 0) * g.offset(i, 0) + g.offset(i, 1) * g.offset(i, 1) +
                              g.offset(i, 2) * g.offset(i, 2));
    float const n[3] = {g.offset(i, 0) / r, g.offset(i, 1) / r, g.offset(i, 2) / r};
    found.radial += std::pow(along(g, i, 0, n), 2) - 1.0 / 3;
    found.host += std::pow(along(g, i, 0, kAxes[0]), 2) - 1.0 / 3;
  }
  for (double& c : found.central) c /= centrals;
  found.radial /= satellites;
  found.host /= satellites;
  return found;
}

/// Four standard errors of a mean of cos^2, at most.
double tolerance(double n) { return 4 * std::sqrt(4.0 / 45 / n) * 1.3; }

}  // namespace

TEST_CASE("axes are right-handed frames of unit vectors") {
  OrientationConfig config;
  config.frame_strength = 0.5;
  auto const made = make(config);
  for (std::int64_t i = 0; i < made.galaxies.size(); i += 7) {
    auto const axis = [&](int a) {
      return galaxies::Vector{made.galaxies.axes(i, a, 0), made.galaxies.axes(i, a, 1),
                              made.galaxies.axes(i, a, 2)};
    };
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 3; ++b)
        CHECK(std::abs(galaxies::dot(axis(a), axis(b)) - (a == b)) < 2e-6F);
    CHECK(galaxies::dot(galaxies::cross(axis(0), axis(1)), axis(2)) > 0.99999F);
  }
}

// Means of 2e4 centrals and 1e5 satellites, 4 standard errors or more: false alarm below 6e-5 each,
// 12 of them.
TEST_CASE("centrals and satellites are aligned by their strengths") {
  OrientationConfig config;
  config.central_strength = 0.6846;
  config.satellite_strength = 0.139;
  auto found = alignment_of(make(config).galaxies);
  CHECK(std::abs(found.central[0] - 0.182823) < tolerance(2e4));
  CHECK(std::abs(found.radial - 0.020126) < tolerance(1e5));
  // A minor axis drawn uniformly across a major axis of W has -W/2 with the one it avoids.
  CHECK(std::abs(found.central[2] - 0.0) < 0.182823);
  config.satellite_axis = "host";
  found = alignment_of(make(config).galaxies);
  CHECK(std::abs(found.host - 0.020126) < tolerance(1e5));
  // At the pivot mass a slope changes nothing; ten times the mass, the strength by the slope.
  config.central_mass_slope = 0.2;
  config.central_strength = 0.3;
  found = alignment_of(make(config).galaxies);
  CHECK(std::abs(found.central[0] - 0.0477) < tolerance(2e4));
  config = {};
  config.model = "random";
  found = alignment_of(make(config).galaxies);
  for (double const w : {found.central[0], found.central[1], found.central[2]})
    CHECK(std::abs(w) < tolerance(2e4));
  CHECK(std::abs(found.radial) < tolerance(1e5));
  CHECK(std::abs(found.host) < tolerance(1e5));
}

TEST_CASE("full frames align by the second strength") {
  OrientationConfig config;
  config.central_strength = 1;
  config.satellite_strength = 0;
  config.frame_strength = 1;
  auto const whole = alignment_of(make(config).galaxies);
  for (double const w : whole.central) CHECK_THAT(w, WithinAbs(2.0 / 3, 1e-5));
  // Half aligned: <cos^2 psi> = (1 + I1(k)/I0(k)) / 2, k = tan(pi/4) / 2.
  config.frame_strength = 0.5;
  auto const half = alignment_of(make(config).galaxies);
  double const ratio = std::cyl_bessel_i(1.0, 0.5) / std::cyl_bessel_i(0.0, 0.5);
  CHECK(std::abs(half.central[2] - ((1 + ratio) / 2 - 1.0 / 3)) < 4 * 0.36 / std::sqrt(2e4));
  config.frame_strength = -1;
  CHECK_THAT(alignment_of(make(config).galaxies).central[2], WithinAbs(-1.0 / 3, 1e-5));
}

TEST_CASE("satellites' strength goes with the radius") {
  OrientationConfig config;
  config.satellite_strength = 0.8;
  config.satellite_radius_slope = -0.5;
  auto const inner = make(config);
  // Held at 0.99 within r / R = 0.65: aligned there nearly as if parallel.
  auto const& g = inner.galaxies;
  double sum = 0, n = 0;
  for (std::int64_t i = 0; i < g.size(); ++i) {
    if (g.number(i) == 0) continue;
    float const o[3] = {g.offset(i, 0), g.offset(i, 1), g.offset(i, 2)};
    float const r = std::sqrt(o[0] * o[0] + o[1] * o[1] + o[2] * o[2]);
    if (r > 0.6F * inner.halos.radius(0)) continue;
    float const direction[3] = {o[0] / r, o[1] / r, o[2] / r};
    sum += std::pow(along(g, i, 0, direction), 2);
    ++n;
  }
  // kappa = tan(0.99 pi/2) = 63.7: <cos^2> = 1 - 1/kappa to first order.
  CHECK_THAT(sum / n, WithinAbs(1 - 1 / 63.66 - 0.5 / (63.66 * 63.66), 1e-3));
}

TEST_CASE("ratios scatter within their bounds; hosts without axes are flagged") {
  OrientationConfig config;
  config.b_to_a = 0.9;
  config.c_to_a = 0.4;
  config.ratio_scatter = 0.1;
  auto const made = make(config, false);
  double q = 0;
  for (std::int64_t i = 0; i < made.galaxies.size(); ++i) {
    auto const& ratio = made.galaxies.axis_ratios;
    CHECK((ratio(i, 0) <= 1 && ratio(i, 1) <= ratio(i, 0) && ratio(i, 1) >= 0.05F));
    q += static_cast<double>(ratio(i, 0)) / static_cast<double>(made.galaxies.size());
    bool const flagged = made.galaxies.flag(i) == io::unknown_host_axes;
    CHECK(flagged == (made.galaxies.number(i) == 0));
  }
  // A normal of mean 0.9 and width 0.1 cut at 1: mean 0.9 - 0.1 phi(1) / Phi(1) = 0.87124.
  CHECK_THAT(q, WithinAbs(0.87124, 4 * 0.08 / std::sqrt(1.2e5)));
}

TEST_CASE("tides give the shear of the linear model, and of tidal torquing") {
  OrientationConfig config;
  config.model = "tidal";
  config.a_1 = 1.5;
  config.a_2 = 0.7;
  config.density_bias = 2;
  config.b_to_a = config.c_to_a = 1;
  Made made;
  made.halos = test::equal_halos(2, 1e13);
  made.halos.tidal_values = Array2<float>("test::tides", 2, 3);
  made.halos.tidal_axes = Array3<float>("test::tidal_axes", 2, 3, 3);
  double const value[3] = {0.09, 0.02, -0.05};
  for (int a = 0; a < 3; ++a) {
    made.halos.tidal_values(0, a) = static_cast<float>(value[a]);
    made.halos.tidal_values(1, a) = std::numeric_limits<float>::quiet_NaN();
    for (int k = 0; k < 3; ++k) made.halos.tidal_axes(0, a, k) = kAxes[a][k];
  }
  galaxies::set_profiles(ExecSpace(), made.halos, {}, {}, 1);
  made.galaxies = galaxies::place_galaxies(ExecSpace(), made.halos, test::fixed_counts(2, 0),
                                           galaxies::NfwTable(), {}, 5);
  galaxies::TidalAmplitude const amplitude{0.3, 0.8};
  galaxies::make_orienter(config, 9, amplitude)->orient(ExecSpace(), made.halos, made.galaxies);
  auto const e = galaxies::project_along_axis(ExecSpace(), made.galaxies, 2);
  double const delta = 0.06;
  double tide[3][3] = {}, square[3][3] = {}, trace = 0;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int a = 0; a < 3; ++a) {
        double const s = value[a] - delta / 3;
        tide[i][j] += s * static_cast<double>(kAxes[a][i] * kAxes[a][j]);
        square[i][j] += s * s * static_cast<double>(kAxes[a][i] * kAxes[a][j]);
      }
  for (int i = 0; i < 3; ++i) trace += square[i][i];
  double const c_1 = -1.5 * 0.01388 * 0.3 / 0.8 * (1 + 2 * delta);
  double const c_2 = 5 * 0.7 * 0.01388 * 0.3 / 0.64;
  double const g1 = c_1 * (tide[0][0] - tide[1][1]) + c_2 * (square[0][0] - square[1][1]);
  double const g2 = 2 * (c_1 * tide[0][1] + c_2 * square[0][1]);
  // To first order in the shape: what is left is its square.
  CHECK_THAT(static_cast<double>(e(0, 0)), WithinAbs(g1, 3e-6));
  CHECK_THAT(static_cast<double>(e(0, 1)), WithinAbs(g2, 3e-6));
  CHECK(std::abs(g2) > 3e-4);
  CHECK(made.galaxies.flag(0) == 0);
  CHECK(made.galaxies.flag(1) == io::unknown_tides);
  CHECK(std::abs(e(1, 0)) < 1e-6F);
  config.a_1 = -4000;
  galaxies::make_orienter(config, 9, amplitude)->orient(ExecSpace(), made.halos, made.galaxies);
  CHECK((made.galaxies.flag(0) & io::clipped_shape) != 0);
}

// Mean ellipticities of 4 * 10^5 galaxies turned at random, |e| rms 0.15 for each component, within
// 4.3 standard errors: false alarm 3.4e-5. The shear is ten of them.
TEST_CASE("galaxies of any shape answer the tides in the mean as round ones do") {
  OrientationConfig config;
  config.model = "tidal";
  config.a_1 = 20;
  constexpr std::int64_t kMany = 400'000;
  auto halos = test::equal_halos(kMany, 1e13);
  halos.tidal_values = Array2<float>("test::tides", kMany, 3);
  halos.tidal_axes = Array3<float>("test::tidal_axes", kMany, 3, 3);
  for (std::int64_t h = 0; h < kMany; ++h)
    for (int a = 0; a < 3; ++a) {
      halos.tidal_values(h, a) = 0.03F * static_cast<float>(1 - a);
      for (int k = 0; k < 3; ++k) halos.tidal_axes(h, a, k) = a == k ? 1.0F : 0.0F;
    }
  galaxies::set_profiles(ExecSpace(), halos, {}, {}, 1);
  auto made = galaxies::place_galaxies(ExecSpace(), halos, test::fixed_counts(kMany, 0),
                                       galaxies::NfwTable(), {}, 5);
  galaxies::make_orienter(config, 9, {0.3, 1})->orient(ExecSpace(), halos, made);
  auto const e = galaxies::project_along_axis(ExecSpace(), made, 2);
  double first = 0, second = 0, square = 0;
  for (std::int64_t i = 0; i < kMany; ++i) {
    first += static_cast<double>(e(i, 0)) / kMany;
    second += static_cast<double>(e(i, 1)) / kMany;
    square += static_cast<double>(e(i, 0) * e(i, 0)) / kMany;
  }
  double const gamma = -20 * 0.01388 * 0.3 * 0.03, error = std::sqrt(square / kMany);
  CHECK(std::sqrt(square) > 0.08);
  CHECK(std::abs(first - gamma) < 4.3 * error);
  CHECK(std::abs(second) < 4.3 * error);
  CHECK(std::abs(gamma) > 8 * error);
}

TEST_CASE("keys without effect and ratios out of order are refused") {
  OrientationConfig config;
  config.c_to_a = 0.9;
  CHECK_THROWS_WITH(galaxies::make_orienter(config, 1), ContainsSubstring("orientation.c_to_a"));
  config = {};
  config.model = "tidal";
  config.central_strength = 0.2;
  CHECK_THROWS_WITH(galaxies::make_orienter(config, 1), ContainsSubstring("central_strength"));
}
