// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/statistics/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "shearwater/core/error.hpp"

namespace shearwater::statistics {

namespace {

constexpr double sqrt_two_pi = 2.5066282746310005;

/// Acklam's approximation of Phi^-1 for p <= 1/2, relative error 1.15e-9.
double rough_normal_quantile(double p) {
  if (p < 0.02425) {
    double const q = std::sqrt(-2 * std::log(p));
    return (((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q -
              2.549732539343734) *
                 q +
             4.374664141464968) *
                q +
            2.938163982698783) /
           ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q +
             3.754408661907416) *
                q +
            1);
  }
  double const q = p - 0.5, r = q * q;
  return (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r +
            1.383577518672690e+02) *
               r -
           3.066479806614716e+01) *
              r +
          2.506628277459239) *
         q /
         (((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r +
            6.680131188771972e+01) *
               r -
           1.328068155288572e+01) *
              r +
          1);
}

/// Regularised lower incomplete gamma function P(a, x): series below a + 1, Lentz's continued
/// fraction above (Numerical Recipes, 6.2).
double gamma_p(double a, double x) {
  if (!(x > 0)) return 0;
  double const log_front = a * std::log(x) - x - std::lgamma(a);
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (int n = 1; n < 10000 && std::abs(term) > 1e-17 * std::abs(sum); ++n) {
      term *= x / (a + n);
      sum += term;
    }
    return sum * std::exp(log_front);
  }
  double const tiny = std::numeric_limits<double>::min() / 1e-16;
  double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
  for (int n = 1; n < 10000; ++n) {
    double const an = -n * (n - a);
    b += 2;
    d = an * d + b;
    d = 1 / (std::abs(d) < tiny ? tiny : d);
    c = b + an / c;
    if (std::abs(c) < tiny) c = tiny;
    h *= d * c;
    if (std::abs(d * c - 1) < 1e-16) break;
  }
  return 1 - h * std::exp(log_front);
}

}  // namespace

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

double normal_log_density(double x) { return -0.5 * x * x - std::log(sqrt_two_pi); }

double normal_quantile(double p) {
  if (!(p > 0)) return -std::numeric_limits<double>::infinity();
  if (!(p < 1)) return std::numeric_limits<double>::infinity();
  if (p > 0.5) return -normal_quantile(1 - p);
  double x = rough_normal_quantile(p);
  for (int step = 0; step < 2; ++step) {
    double const ratio = (normal_cdf(x) - p) * sqrt_two_pi * std::exp(0.5 * x * x);
    x -= ratio / (1 + 0.5 * x * ratio);
  }
  return x;
}

double chi_square_cdf(double x, double degrees) { return gamma_p(0.5 * degrees, 0.5 * x); }

double chi_square_quantile(double probability, double degrees) {
  core::require(probability > 0 && probability < 1 && degrees > 0,
                "statistics::chi_square_quantile: probability must lie in (0, 1)");
  double low = 0, high = degrees + 10;
  while (chi_square_cdf(high, degrees) < probability) high *= 2;
  while (high - low > 1e-13 * high) {
    double const middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) break;
    (chi_square_cdf(middle, degrees) < probability ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

double binomial_cdf(std::int64_t k, std::int64_t n, double p) {
  if (k < 0) return 0;
  if (k >= n) return 1;
  if (p <= 0) return 1;
  if (p >= 1) return 0;
  // The shorter tail is summed from its largest term outwards: a geometric-like series.
  double const size = static_cast<double>(n);
  bool const lower = static_cast<double>(k) <= size * p;
  double i = static_cast<double>(lower ? k : k + 1);
  double term = std::exp(std::lgamma(size + 1) - std::lgamma(i + 1) - std::lgamma(size - i + 1) +
                         i * std::log(p) + (size - i) * std::log1p(-p));
  double sum = 0;
  while (i >= 0 && i <= size) {
    sum += term;
    if (term < 1e-17 * sum) break;
    if (lower) {
      term *= i / (size - i + 1) * (1 - p) / p;
      i -= 1;
    } else {
      term *= (size - i) / (i + 1) * p / (1 - p);
      i += 1;
    }
  }
  return lower ? std::min(sum, 1.0) : std::max(1 - sum, 0.0);
}

std::int64_t binomial_quantile(double probability, std::int64_t n, double p) {
  std::int64_t low = -1, high = n;  // cdf(low) < probability <= cdf(high)
  while (high - low > 1) {
    std::int64_t const middle = low + (high - low) / 2;
    (binomial_cdf(middle, n, p) < probability ? low : high) = middle;
  }
  return high;
}

double kolmogorov_p_value(double d, std::int64_t n) {
  double const root = std::sqrt(static_cast<double>(n));
  double const x = (root + 0.12 + 0.11 / root) * d;
  if (x < 0.2) return 1;
  double sum = 0;
  for (int k = 1; k <= 100; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * x * x);
  return std::clamp(sum, 0.0, 1.0);
}

}  // namespace shearwater::statistics
