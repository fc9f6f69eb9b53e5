// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "shearwater/statistics/distributions.hpp"

using namespace shearwater::statistics;

TEST_CASE("normal quantiles invert the distribution function", "[statistics]") {
  for (double const p : {1e-300, 1e-100, 1e-16, 1e-9, 0.001, 0.02, 0.3, 0.5})
    CHECK_THAT(normal_cdf(normal_quantile(p)) / p, WithinAbs(1.0, 1e-11));
  // Tabulated: 97.5 % and 99.9 % points.
  CHECK_THAT(normal_quantile(0.975), WithinAbs(1.959963984540054, 1e-13));
  CHECK_THAT(normal_quantile(0.001), WithinAbs(-3.090232306167813, 1e-13));
  CHECK(normal_quantile(0) == -INFINITY);
  CHECK(normal_quantile(1) == INFINITY);
}

TEST_CASE("chi-square critical values are the tabulated ones", "[statistics]") {
  CHECK_THAT(chi_square_quantile(0.999, 15), WithinAbs(37.70, 0.005));
  CHECK_THAT(chi_square_quantile(0.999, 19), WithinAbs(43.82, 0.005));
  CHECK_THAT(chi_square_quantile(0.999, 31), WithinAbs(61.10, 0.005));
  CHECK_THAT(chi_square_quantile(0.5, 2), WithinAbs(2 * std::log(2.0), 1e-12));
  CHECK_THAT(chi_square_cdf(1e-3, 2), WithinAbs(-std::expm1(-5e-4), 1e-15));
}

TEST_CASE("binomial tails agree with direct sums", "[statistics]") {
  auto const direct = [](std::int64_t k, std::int64_t n, double p) {
    double sum = 0, term = std::pow(1 - p, n);
    for (std::int64_t i = 0; i <= k; ++i) {
      sum += term;
      term *= static_cast<double>(n - i) / static_cast<double>(i + 1) * p / (1 - p);
    }
    return sum;
  };
  for (std::int64_t const k : {0, 3, 7, 12, 20, 39})
    CHECK_THAT(binomial_cdf(k, 40, 0.2), WithinAbs(direct(k, 40, 0.2), 1e-13));
  CHECK(binomial_cdf(-1, 40, 0.2) == 0);
  CHECK(binomial_cdf(40, 40, 0.2) == 1);
  for (double const probability : {0.005, 0.5, 0.995}) {
    auto const k = binomial_quantile(probability, 1000, 1.0 / 16);
    CHECK(binomial_cdf(k, 1000, 1.0 / 16) >= probability);
    CHECK(binomial_cdf(k - 1, 1000, 1.0 / 16) < probability);
  }
}

TEST_CASE("Kolmogorov's p-value has its tabulated points", "[statistics]") {
  // Asymptotic critical values 1.358 (5 %) and 1.949 (0.1 %) of sqrt(n) D.
  std::int64_t const n = 1'000'000;
  CHECK_THAT(kolmogorov_p_value(1.358e-3, n), WithinAbs(0.05, 2e-4));
  CHECK_THAT(kolmogorov_p_value(1.949e-3, n), WithinAbs(0.001, 1e-5));
  CHECK(kolmogorov_p_value(1e-6, n) == 1);
}
