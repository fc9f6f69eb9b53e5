// SPDX-License-Identifier: BSD-3-Clause
// Distribution functions and quantiles that the priors and the calibration tests rest on.
#pragma once

#include <cstdint>

namespace shearwater::statistics {

/// Phi(x) = erfc(-x / sqrt 2) / 2, accurate relative to itself in the lower tail.
double normal_cdf(double x);
/// ln phi(x) = -(x^2 + ln 2 pi) / 2.
double normal_log_density(double x);
/// Phi^-1(p) for p in (0, 1): Acklam's rational approximation (1e-9) and two Halley steps; relative
/// error of Phi(Phi^-1(p)) below 1e-13 for p in [1e-300, 1/2]. Outside (0, 1) it returns
/// -+infinity.
double normal_quantile(double p);

/// P(X <= x) and its inverse for the chi-square distribution with `degrees` > 0 degrees of freedom.
double chi_square_cdf(double x, double degrees);
double chi_square_quantile(double probability, double degrees);

/// P(X <= k) for X ~ Binomial(n, p).
double binomial_cdf(std::int64_t k, std::int64_t n, double p);
/// The smallest k with P(X <= k) >= probability.
std::int64_t binomial_quantile(double probability, std::int64_t n, double p);

/// P(sqrt(n) D > sqrt(n) d) of Kolmogorov's statistic d for n values, with Stephens' finite-n
/// correction (1970).
double kolmogorov_p_value(double d, std::int64_t n);

}  // namespace shearwater::statistics
