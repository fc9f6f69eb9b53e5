// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/strength_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "shearwater/core/error.hpp"

namespace shearwater::galaxies {

namespace {

constexpr double lowest = -1.0 / 3, highest = 2.0 / 3;

/// Linear in ln r between the middles of bins; NaN beyond them or beside a bin without pairs.
double at(Correlation const& curve, double r) {
  auto const middles = curve.middles();
  for (std::size_t b = 0; b + 1 < middles.size(); ++b)
    if (r >= middles[b] && r <= middles[b + 1]) {
      double const part = std::log(r / middles[b]) / std::log(middles[b + 1] / middles[b]);
      return curve.value[b] + part * (curve.value[b + 1] - curve.value[b]);
    }
  return std::numeric_limits<double>::quiet_NaN();
}

/// Targets within the bins, with what each part would be there for a moment of 1.
struct Points {
  std::vector<double> r, c, s, value, error;
};

Points points_of(Correlation const& centrals, Correlation const& satellites, double central_moment,
                 double satellite_moment, AlignmentTarget const& target) {
  Points points;
  for (std::size_t i = 0; i < target.r.size(); ++i) {
    double const c = at(centrals, target.r[i]) / central_moment,
                 s = at(satellites, target.r[i]) / satellite_moment;
    if (!std::isfinite(c) || !std::isfinite(s)) continue;
    points.r.push_back(target.r[i]);
    points.c.push_back(c), points.s.push_back(s);
    points.value.push_back(target.value[i]), points.error.push_back(target.error[i]);
  }
  return points;
}

/// Normal equations of least squares: sums of products over squared errors.
struct Normal {
  double cc = 0, cs = 0, ss = 0, cv = 0, sv = 0;

  explicit Normal(Points const& p) {
    for (std::size_t i = 0; i < p.r.size(); ++i) {
      double const w = 1 / (p.error[i] * p.error[i]);
      cc += w * p.c[i] * p.c[i], cs += w * p.c[i] * p.s[i], ss += w * p.s[i] * p.s[i];
      cv += w * p.c[i] * p.value[i], sv += w * p.s[i] * p.value[i];
    }
  }
  double determinant() const { return cc * ss - cs * cs; }
  double chi_square(Points const& p, double a, double b) const {
    double sum = 0;
    for (std::size_t i = 0; i < p.r.size(); ++i)
      sum += std::pow((p.value[i] - a * p.c[i] - b * p.s[i]) / p.error[i], 2);
    return sum;
  }
  /// The best moments within the limits: inside, or the best on one of the edges.
  std::array<double, 2> best(Points const& p) const {
    std::array<double, 2> const free = {(ss * cv - cs * sv) / determinant(),
                                        (cc * sv - cs * cv) / determinant()};
    auto const within = [](double m) { return std::clamp(m, lowest, highest); };
    if (within(free[0]) == free[0] && within(free[1]) == free[1]) return free;
    std::array<double, 2> best{};
    double least = std::numeric_limits<double>::max();
    for (double const limit : {lowest, highest})
      for (auto const& trial : {std::array{limit, within((sv - cs * limit) / ss)},
                                std::array{within((cv - cs * limit) / cc), limit}})
        if (double const chi = chi_square(p, trial[0], trial[1]); chi < least)
          least = chi, best = trial;
    return best;
  }
};

double strength_error(double moment, double error) {
  double const step = 1e-4;
  if (moment < lowest + 2 * step || moment > highest - 2 * step)
    return std::numeric_limits<double>::quiet_NaN();
  double const slope =
      (watson_strength(moment + step) - watson_strength(moment - step)) / (2 * step);
  return slope * error;
}

}  // namespace

double watson_moment(double mu) {
  if (mu >= 1) return highest;
  if (mu <= -1) return lowest;
  double const kappa = std::tan(0.5 * std::numbers::pi * mu);
  // Simpson's rule over the range in which p is not negligible: t = 1 - c for aligned axes, c for
  // perpendicular ones. The largest value of p is 1.
  double const width = kappa > 0 ? std::min(1.0, 40 / kappa)
                                 : std::min(1.0, std::sqrt(-40 / std::min(kappa, -1e-300)));
  constexpr int steps = 2000;
  double norm = 0, square = 0;
  for (int i = 0; i <= steps; ++i) {
    double const t = width * i / steps, c = kappa > 0 ? 1 - t : t;
    double const weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
    double const p = weight * std::exp(kappa > 0 ? kappa * t * (t - 2) : kappa * t * t);
    norm += p, square += p * c * c;
  }
  return square / norm - 1.0 / 3;
}

double watson_strength(double moment) {
  if (moment <= lowest) return -1;
  if (moment >= highest) return 1;
  double low = -1, high = 1;
  for (int i = 0; i < 60; ++i) {
    double const middle = 0.5 * (low + high);
    (watson_moment(middle) < moment ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

StrengthFit fit_strengths(Correlation const& centrals, Correlation const& satellites,
                          double made_central, double made_satellite,
                          AlignmentTarget const& target) {
  if (made_central == 0 || made_satellite == 0)
    throw core::InputError(
        "fit.made_central and made_satellite: a catalogue of random axes (strength 0) holds "
        "nothing to scale; populate one with strengths of 1");
  auto const points = points_of(centrals, satellites, watson_moment(made_central),
                                watson_moment(made_satellite), target);
  if (points.r.size() < 3)
    throw core::InputError(fmt::format(
        "fit: {} of {} separations of the target lie between the middles of bins that have pairs; "
        "at least 3 are needed: widen measure.r_min and r_max",
        points.r.size(), target.r.size()));
  Normal const normal(points);
  if (!(normal.determinant() > 1e-9 * normal.cc * normal.ss))
    throw core::InputError(
        "fit: the parts of centrals and satellites cannot be told apart: are there galaxies of "
        "both kinds?");
  auto const [a, b] = normal.best(points);
  StrengthFit fit;
  fit.central = watson_strength(a);
  fit.satellite = watson_strength(b);
  fit.central_error = strength_error(a, std::sqrt(normal.ss / normal.determinant()));
  fit.satellite_error = strength_error(b, std::sqrt(normal.cc / normal.determinant()));
  fit.chi_square = normal.chi_square(points, a, b);
  fit.r = points.r;
  for (std::size_t i = 0; i < points.r.size(); ++i)
    fit.model.push_back(a * points.c[i] + b * points.s[i]);
  return fit;
}

}  // namespace shearwater::galaxies
