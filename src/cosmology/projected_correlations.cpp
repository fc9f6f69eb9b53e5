// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/projected_correlations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"

namespace shearwater::cosmology {

namespace {

using Complex = std::complex<double>;

// Delta^2 is taken at `points` wavenumbers, equally far apart in ln k, as a sum of powers
// k^(bias + i m step).
constexpr int points = 2048;
constexpr double k_min = 1e-5, k_max = 1e4;
// Between 0 and 1.5: Delta^2 k^-bias vanishes at both ends, and the integral of each power exists.
constexpr double bias = 1.2;

double log_step() { return std::log(k_max / k_min) / points; }
double frequency(int m) { return 2 * std::numbers::pi * m / (points * log_step()); }

/// ln Gamma(z) for Re z > 0: Stirling's series above Re z = 12.
Complex log_gamma(Complex z) {
  Complex below = 0;
  for (; z.real() < 12; z += 1.0) below += std::log(z);
  Complex const inverse = 1.0 / z, square = inverse * inverse;
  Complex const series =
      inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680.0)));
  return (z - 0.5) * std::log(z) - z + 0.5 * std::log(2 * std::numbers::pi) + series - below;
}

/// int_0^inf dx x^(s-1) j_l(x) = 2^(s-2) sqrt(pi) Gamma((l + s)/2) / Gamma((3 + l - s)/2).
Complex bessel_moment(double l, Complex s) {
  return std::exp((s - 2.0) * std::numbers::ln2 + 0.5 * std::log(std::numbers::pi) +
                  log_gamma(0.5 * (l + s)) - log_gamma(0.5 * (3.0 + l - s)));
}

/// Fourier coefficients of Delta^2 k^-bias over ln k - ln k_min, m from 0 to points / 2.
std::vector<Complex> coefficients(std::function<double(double)> const& power, double smoothing) {
  std::vector<double> values(points);
  for (int j = 0; j < points; ++j) {
    double const k = k_min * std::exp(j * log_step());
    double const p = power(k);
    if (!std::isfinite(p) || p < 0)
      throw core::InputError(fmt::format(
          "the power at k = {:g} h/Mpc is {:g}: it must be finite and not negative", k, p));
    double const square = k * smoothing * k * smoothing;
    values[static_cast<std::size_t>(j)] = p * std::exp(-0.5 * square) * std::pow(k, 3 - bias) /
                                          (2 * std::numbers::pi * std::numbers::pi);
  }
  std::vector<Complex> turn(points), result;
  for (int j = 0; j < points; ++j)
    turn[static_cast<std::size_t>(j)] = std::polar(1.0, -2 * std::numbers::pi * j / points);
  for (int m = 0; m <= points / 2; ++m) {
    Complex total = 0;
    for (int j = 0; j < points; ++j)
      total += values[static_cast<std::size_t>(j)] *
               turn[static_cast<std::size_t>(static_cast<long>(m) * j % points)];
    // A real function has the same coefficient, conjugate, at -m; the last one is its own.
    result.push_back(total * ((m == 0 || m == points / 2 ? 1.0 : 2.0) / points));
  }
  return result;
}

/// Nodes and weights of Gauss and Legendre on [0, 1].
struct Rule {
  std::vector<double> at, weight;

  explicit Rule(int n) {
    for (int i = 0; i < n; ++i) {
      double x = std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5)), slope = 1;
      for (int iteration = 0; iteration < 50; ++iteration) {
        double p = 1, before = 0;
        for (int k = 0; k < n; ++k) {
          double const next = ((2 * k + 1) * x * p - k * before) / (k + 1);
          before = p, p = next;
        }
        slope = n * (x * p - before) / (x * x - 1);
        double const step = p / slope;
        x -= step;
        if (std::abs(step) < 1e-15) break;
      }
      at.push_back(0.5 * (1 + x));
      weight.push_back(1 / ((1 - x * x) * slope * slope));
    }
  }
};

/// 2 int_0^pi_max f(pi) dpi in the mean over a ring.
template <class Function>
double over_ring(double low, double high, double pi_max, Function const& function) {
  core::require(low > 0 && high >= low && pi_max > 0, "cosmology::ProjectedCorrelations: a ring");
  static Rule const rings(6), depths(20);
  double total = 0;
  for (std::size_t i = 0; i < rings.at.size(); ++i) {
    double const r_p = std::sqrt(low * low + rings.at[i] * (high * high - low * low));
    // pi = r_p sinh u: the nearby part and the decades beyond it are smooth in u; in pieces,
    // because the correlation has features of its own.
    double const end = std::asinh(pi_max / r_p);
    int const pieces = 1 + static_cast<int>(end / 1.5);
    double line = 0;
    for (int piece = 0; piece < pieces; ++piece)
      for (std::size_t j = 0; j < depths.at.size(); ++j) {
        double const u = end * (piece + depths.at[j]) / pieces;
        line += depths.weight[j] * r_p * std::cosh(u) * function(r_p, r_p * std::cosh(u));
      }
    total += rings.weight[i] * line * end / pieces;
    if (high == low) return 2 * line * end / pieces;
  }
  return 2 * total;
}

}  // namespace

ProjectedCorrelations::ProjectedCorrelations(std::function<double(double)> const& power,
                                             double smoothing) {
  auto const of_power = coefficients(power, smoothing);
  for (int m = 0; m <= points / 2; ++m) {
    Complex const exponent(bias, frequency(m));
    // Delta^2 holds (k / k_min)^(i frequency).
    Complex const c = of_power[static_cast<std::size_t>(m)] *
                      std::exp(Complex(0, -frequency(m) * std::log(k_min)));
    density_.push_back(c * bessel_moment(0, exponent));
    tidal_.push_back(c * bessel_moment(2, exponent));
  }
}

double ProjectedCorrelations::sum(Terms const& terms, double r) {
  double const log_r = std::log(r);
  // r^-(i m step) by turns from one to the next, begun anew before rounding adds up.
  double total = 0;
  Complex const turn = std::polar(1.0, -frequency(1) * log_r);
  Complex phase = 1;
  for (int m = 0; m <= points / 2; ++m) {
    if (m % 64 == 0) phase = std::polar(1.0, -frequency(m) * log_r);
    auto const& term = terms[static_cast<std::size_t>(m)];
    total += term.real() * phase.real() - term.imag() * phase.imag();
    phase *= turn;
  }
  return total * std::pow(r, -bias);
}

double ProjectedCorrelations::density(double r) const { return sum(density_, r); }
double ProjectedCorrelations::tidal(double r) const { return sum(tidal_, r); }

double ProjectedCorrelations::projected_density(double low, double high, double pi_max) const {
  return over_ring(low, high, pi_max, [&](double, double r) { return density(r); });
}

double ProjectedCorrelations::projected_tidal(double low, double high, double pi_max) const {
  return over_ring(low, high, pi_max,
                   [&](double r_p, double r) { return r_p * r_p / (r * r) * tidal(r); });
}

}  // namespace shearwater::cosmology
