// SPDX-License-Identifier: BSD-3-Clause
#include <omp.h>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/c2st.hpp"

using namespace shearwater;

namespace {

/// Rows of a two-dimensional Gaussian with correlation -0.9.
std::vector<double> gaussian_rows(std::uint64_t index, int rows, double width) {
  core::Stream random(11, core::Purpose::observation, index);
  std::vector<double> result;
  for (int n = 0; n < rows; ++n) {
    double const x = width * random.normal(), y = width * random.normal();
    result.push_back(3 + 0.1 * x);
    result.push_back(-0.9 * x + std::sqrt(1 - 0.81) * y);
  }
  return result;
}

}  // namespace

TEST_CASE("C2ST: two halves of one sample cannot be told apart", "[c2st]") {
  // 2 x 10,000 rows: the accuracy has a standard error of 0.0035; 0.01 is 2.8 of them. Fixed seeds.
  auto const a = gaussian_rows(0, 10000, 1), b = gaussian_rows(1, 10000, 1);
  CHECK_THAT(statistics::c2st(a, b, 2, 1), WithinAbs(0.50, 0.01));
}

TEST_CASE("C2ST: a Gaussian widened by 1.086 in two dimensions gives 0.53", "[c2st]") {
  // The best possible accuracy: with w = width^2, r^2 at equal density is 2 w ln w / (w - 1);
  // P(right) = 1/2 + (e^(-r^2 / 2w) - e^(-r^2 / 2)) / 2 = 0.530.
  double const w = 1.086 * 1.086, r2 = 2 * w * std::log(w) / (w - 1);
  double const best = 0.5 + 0.5 * (std::exp(-r2 / (2 * w)) - std::exp(-r2 / 2));
  CHECK_THAT(best, WithinAbs(0.530, 0.0005));
  auto const a = gaussian_rows(2, 10000, 1), b = gaussian_rows(3, 10000, 1.086);
  CHECK_THAT(statistics::c2st(a, b, 2, 1), WithinAbs(best, 0.01));
}

TEST_CASE("C2ST does not depend on the number of threads, but on the seed", "[c2st]") {
  auto const a = gaussian_rows(4, 500, 1), b = gaussian_rows(5, 500, 1.5);
  int const threads = omp_get_max_threads();
  omp_set_num_threads(1);
  double const one = statistics::c2st(a, b, 2, 3);
  omp_set_num_threads(3);
  double const three = statistics::c2st(a, b, 2, 3);
  omp_set_num_threads(threads);
  CHECK(one == three);
  CHECK(one != statistics::c2st(a, b, 2, 4));
}

TEST_CASE("C2ST sees samples that do not overlap and refuses broken ones", "[c2st]") {
  auto const a = gaussian_rows(6, 200, 1);
  auto b = a;
  for (auto& value : b) value += 50;
  CHECK(statistics::c2st(a, b, 2, 1) == 1.0);
  b.resize(100);
  CHECK_THROWS_WITH(statistics::c2st(a, b, 2, 1), ContainsSubstring("200 and 50 rows"));
  b = a;
  b[3] = NAN;
  CHECK_THROWS_WITH(statistics::c2st(a, b, 2, 1), ContainsSubstring("not finite"));
  std::vector<double> const flat(400, 1.0);
  CHECK_THROWS_WITH(statistics::c2st(flat, a, 2, 1), ContainsSubstring("constant"));
}
