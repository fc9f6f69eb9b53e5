// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/contours.hpp"

using namespace shearwater;

namespace {

double polygon_area(statistics::Path2 const& path) {
  double twice = 0;
  for (std::size_t n = 0; n < path.size(); ++n) {
    auto const &a = path[n], &b = path[(n + 1) % path.size()];
    twice += a.x * b.y - b.x * a.y;
  }
  return 0.5 * std::abs(twice);
}

statistics::DensityGrid sampled(double (*f)(double, double)) {
  statistics::DensityGrid grid{101, 81, -5, -4, 0.1, 0.1, {}};
  for (int j = 0; j < 81; ++j)
    for (int i = 0; i < 101; ++i) grid.values.push_back(f(-5 + 0.1 * i, -4 + 0.1 * j));
  return grid;
}

}  // namespace

TEST_CASE("level lines of a disc are one closed circle", "[contours]") {
  auto const grid = sampled([](double x, double y) { return std::exp(-0.5 * (x * x + y * y)); });
  auto const paths = statistics::level_lines(grid, std::exp(-2.0));  // radius 2
  REQUIRE(paths.size() == 1);
  // A polygon with corners every 0.1: chord errors 1e-3, linear interpolation 1e-3.
  CHECK_THAT(polygon_area(paths[0]), WithinRel(4 * M_PI, 3e-3));
  for (auto const& p : paths[0]) CHECK_THAT(std::hypot(p.x, p.y), WithinAbs(2, 5e-3));
  // 68.27 % of a two-dimensional Gaussian lies within r^2 = 2.2957.
  CHECK_THAT(-2 * std::log(statistics::level_of_mass(grid, 0.6827)), WithinAbs(2.2957, 0.02));
}

TEST_CASE("two peaks have two lines, a saddle and the rim close", "[contours]") {
  auto const two = sampled([](double x, double y) {
    return std::exp(-2 * ((x - 2) * (x - 2) + y * y)) + std::exp(-2 * ((x + 2) * (x + 2) + y * y));
  });
  CHECK(statistics::level_lines(two, 0.5).size() == 2);
  statistics::DensityGrid const saddle{
      4, 4, 0, 0, 1, 1, {0, 0, 0, 0, 0, 1, 0.1, 0, 0, 0.1, 1, 0, 0, 0, 0, 0}};
  CHECK(statistics::level_lines(saddle, 0.5).size() == 1);  // centre 0.55 joins the two peaks
  CHECK(statistics::level_lines(saddle, 0.6).size() == 2);
  auto const flat = sampled([](double, double) { return 1.0; });
  auto const rim = statistics::level_lines(flat, 0.5);
  REQUIRE(rim.size() == 1);
  CHECK_THAT(polygon_area(rim[0]), WithinRel(9.9 * 7.9, 1e-2));
}

TEST_CASE("credible regions of a correlated sample hold their mass and keep its area",
          "[contours]") {
  core::Stream random(5, core::Purpose::observation, 0);
  std::vector<double> samples, weights;
  for (int n = 0; n < 15000; ++n) {
    double const x = random.normal(), y = random.normal();
    samples.insert(samples.end(), {0.3 + 0.02 * x, 7.0, 0.8 + 0.03 * (-0.93 * x + 0.3676 * y)});
    weights.push_back(2);
  }
  auto const regions = statistics::credible_regions(samples, 3, 0, 2, {0.68, 0.95}, weights);
  REQUIRE(regions.size() == 2);
  for (auto const& region : regions) {
    double area = 0;
    for (auto const& path : region.paths) area += polygon_area(path);
    // Exact: -2 pi ln(1 - mass) sqrt(det C); 15,000 samples fix a contour's area to about 3 %.
    double const exact = -2 * M_PI * std::log(1 - region.mass) * 0.02 * 0.03 * 0.3676;
    CHECK_THAT(area, WithinRel(exact, 0.06));
  }
}

TEST_CASE("a marginal density integrates to one with the sample's width", "[contours]") {
  core::Stream random(6, core::Purpose::observation, 0);
  std::vector<double> samples;
  for (int n = 0; n < 5000; ++n) samples.push_back(2 + 0.5 * random.normal());
  auto const d = statistics::marginal_density(samples, 1, 0, 200);
  double sum = 0, mean = 0, square = 0, step = d.x[1] - d.x[0];
  for (std::size_t k = 0; k < d.x.size(); ++k) {
    sum += step * d.density[k];
    mean += step * d.density[k] * d.x[k];
    square += step * d.density[k] * d.x[k] * d.x[k];
  }
  CHECK_THAT(sum, WithinAbs(1, 1e-3));
  CHECK_THAT(mean, WithinAbs(2, 0.04));
  CHECK_THAT(std::sqrt(square - mean * mean), WithinRel(0.5, 0.04));
}
