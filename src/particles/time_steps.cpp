// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/time_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"

namespace shearwater::particles {
namespace {

/// Gauss and Legendre's rule with three points in each of 32 parts of ln a.
template <class Integrand>
double integral(double from, double to, Integrand const& integrand) {
  constexpr int parts = 32;
  double const width = std::log(to / from) / parts, offset = 0.5 * std::sqrt(0.6);
  auto const value = [&](double x) {
    double const a = from * std::exp(width * x);
    return a * integrand(a);
  };
  double sum = 0;
  for (int i = 0; i < parts; ++i)
    sum += 5 * value(i + 0.5 - offset) + 8 * value(i + 0.5) + 5 * value(i + 0.5 + offset);
  return width * sum / 18;
}

}  // namespace

void StepConfig::describe(core::Fields& key) {
  key("count", count, "", "steps from the start to the end").between(1, 10000);
  key("end", end, "", "scale factor of the last step").between(1e-3, 1);
  key("spacing", spacing, "", "steps of equal size in the scale factor or its logarithm")
      .one_of({"linear", "logarithmic"});
  key("growth_corrected", growth_corrected, "",
      "whether kick and drift factors keep linear growth exact (FastPM) or are plain integrals");
}

std::vector<double> StepConfig::scale_factors(double start) const {
  if (!(start > 0 && start < end))
    throw core::InputError(fmt::format(
        "steps.end = {}: must lie after initial.scale_factor = {}; start earlier or end later", end,
        start));
  std::vector<double> result;
  for (std::int64_t s = 0; s <= count; ++s) {
    double const t = static_cast<double>(s) / static_cast<double>(count);
    result.push_back(is_logarithmic() ? start * std::pow(end / start, t)
                                      : start + (end - start) * t);
  }
  result.back() = end;
  return result;
}

std::vector<double> StepConfig::scale_factors_through(double start,
                                                      std::vector<double> const& stops) const {
  auto times = scale_factors(start);
  std::vector<double> taken{start, end};
  for (double const stop : stops) {
    core::require(stop >= start && stop <= end, "stops lie between start and end");
    auto const distance = [stop](double t) { return std::abs(t - stop); };
    auto const nearest = std::min_element(
        times.begin(), times.end(), [&](double s, double t) { return distance(s) < distance(t); });
    // Closer than rounding of 1/(1 + z): the boundary is this time.
    bool const same = distance(*nearest) < 1e-12;
    if (same || std::find(taken.begin(), taken.end(), *nearest) == taken.end())
      *nearest = stop;
    else
      times.insert(std::upper_bound(times.begin(), times.end(), stop), stop);
    taken.push_back(stop);
  }
  return times;
}

double StepConfig::middle(double from, double to) const {
  return is_logarithmic() ? std::sqrt(from * to) : 0.5 * (from + to);
}

StepFactors::StepFactors(cosmology::Background const& background, bool growth_corrected)
    : background_(background), corrected_(growth_corrected) {}

double StepFactors::momentum_growth(double a) const {
  return a * a * background_.expansion(a) * background_.growth(a) * background_.growth_rate(a);
}

double StepFactors::kick(double from, double to, double at) const {
  if (corrected_) return (momentum_growth(to) - momentum_growth(from)) / background_.growth(at);
  double const matter = background_.cosmology().omega_m();
  return integral(from, to,
                  [&](double a) { return 1.5 * matter / (a * a * background_.expansion(a)); });
}

double StepFactors::drift(double from, double to, double at) const {
  if (corrected_) return (background_.growth(to) - background_.growth(from)) / momentum_growth(at);
  return integral(from, to, [&](double a) { return 1 / (a * a * a * background_.expansion(a)); });
}

}  // namespace shearwater::particles
