// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/sample_distance.hpp"

namespace {

using namespace shearwater;

/// Rows (n, 3) whose mean and covariance are exactly those given: a normal sample is whitened by
/// hand in the diagonal case alone, so pairs of opposite points do it.
std::vector<double> crosses(std::vector<double> const& mean, std::vector<double> const& sd) {
  std::vector<double> rows;
  // Points mean +- sd sqrt((n - 1) / 2) along each axis: n = 6 rows.
  for (std::size_t axis = 0; axis < 3; ++axis)
    for (double const side : {-1.0, 1.0})
      for (std::size_t k = 0; k < 3; ++k)
        rows.push_back(mean[k] + (k == axis ? side * sd[k] * std::sqrt(2.5) : 0.0));
  return rows;
}

std::vector<double> normals(std::size_t n, std::uint64_t index, double sd = 1) {
  std::vector<double> values(n);
  core::Stream stream(8, core::Purpose::observation, index);
  for (auto& value : values) value = sd * stream.normal();
  return values;
}

}  // namespace

TEST_CASE("the Frechet distance of known normals is its closed form", "[statistics][unit]") {
  auto const a = crosses({0, 0, 0}, {1, 2, 3}), b = crosses({1, -2, 0.5}, {2, 2, 1});
  // |mu|^2 + sum (sd_a - sd_b)^2, since the covariances commute.
  CHECK_THAT(statistics::frechet_distance(a, b, 3), WithinAbs(5.25 + 1 + 0 + 4, 1e-12));
  CHECK_THAT(statistics::frechet_distance(a, a, 3), WithinAbs(0, 1e-6));
  // Covariances that do not commute: diag(4, 1) and the same turned by 45 degrees, for which
  // tr (C_a^1/2 C_b C_a^1/2)^1/2 = sqrt(tr C_a C_b + 2 sqrt(det C_a det C_b)) = sqrt(12.5 + 8).
  double const s = std::sqrt(1.5), c = std::sqrt(0.5);
  std::vector<double> const flat = {2 * s, 0, -2 * s, 0, 0, s, 0, -s};
  std::vector<double> turned;
  for (std::size_t i = 0; i < flat.size(); i += 2) {
    turned.push_back(c * (flat[i] - flat[i + 1]));
    turned.push_back(c * (flat[i] + flat[i + 1]));
  }
  CHECK_THAT(statistics::frechet_distance(flat, turned, 2),
             WithinAbs(10 - 2 * std::sqrt(12.5 + 8), 1e-10));
}

TEST_CASE("the Frechet distance tells another distribution from the same", "[statistics][unit]") {
  auto const a = normals(20000, 1), b = normals(20000, 2), wide = normals(20000, 3, 1.3);
  // 2,000 rows in ten dimensions: about 10 (10 + 3) / (4 x 2,000) for equal distributions.
  CHECK(statistics::frechet_distance(a, b, 10) < 0.1);
  CHECK_THAT(statistics::frechet_distance(a, wide, 10), WithinAbs(10 * 0.09, 0.15));
}

TEST_CASE("the nearest distance finds copies", "[statistics][unit]") {
  auto const data = normals(6000, 1), fresh = normals(6000, 2);
  double const unseen = statistics::mean_nearest_distance(fresh, data, 6);
  CHECK(unseen > 0.5);
  auto copies = data;
  for (auto& value : copies) value += 1e-3;
  CHECK_THAT(statistics::mean_nearest_distance(copies, data, 6),
             WithinAbs(1e-3 * std::sqrt(6.0), 1e-6));
  // By loops for a few rows.
  std::vector<double> const few(fresh.begin(), fresh.begin() + 18);
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    double nearest = 1e9;
    for (std::size_t j = 0; j < 1000; ++j) {
      double square = 0;
      for (std::size_t k = 0; k < 6; ++k) square += std::pow(few[6 * i + k] - data[6 * j + k], 2);
      nearest = std::min(nearest, std::sqrt(square));
    }
    sum += nearest / 3;
  }
  CHECK_THAT(statistics::mean_nearest_distance(few, data, 6), WithinAbs(sum, 1e-12));
}

TEST_CASE("samples that have no distance are refused", "[statistics][unit]") {
  std::vector<double> const one = {1, 2}, two = {1, 2, 3, 4};
  auto broken = two;
  broken[1] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(statistics::frechet_distance(one, two, 2), core::InputError);
  CHECK_THROWS_AS(statistics::frechet_distance(two, broken, 2), core::InputError);
  CHECK_THROWS_AS(statistics::mean_nearest_distance({}, two, 2), core::InputError);
}
