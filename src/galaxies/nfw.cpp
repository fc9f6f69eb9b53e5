// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/nfw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"

namespace shearwater::galaxies {

double nfw_radius(double mass) {
  if (!(mass > 0)) return 0;
  // Within a factor of a few of the root everywhere: the limits of small and of large x.
  double log_x = mass < 0.3 ? std::log(std::sqrt(2 * mass) * (1 + std::sqrt(2 * mass)))
                            : mass + 1 - std::exp(-mass);
  for (int step = 0; step < 60; ++step) {
    double const x = std::exp(log_x), ratio = x / (1 + x);
    double change = (mass - nfw_mass(x)) / (ratio * ratio);
    change = std::clamp(change, -1.0, 1.0);
    log_x += change;
    if (std::abs(change) < 1e-14) break;
  }
  return std::exp(log_x);
}

namespace {

/// int m(s) / (s^3 (1 + s)^2) ds from a to b, in ln s by Gauss & Legendre's five points.
double pressure_between(double a, double b) {
  constexpr double place[] = {0, 0.5384693101056831, -0.5384693101056831, 0.9061798459386640,
                              -0.9061798459386640};
  constexpr double weight[] = {0.5688888888888889, 0.4786286704993665, 0.4786286704993665,
                               0.2369268850561891, 0.2369268850561891};
  double const middle = 0.5 * (std::log(a) + std::log(b)), half = 0.5 * std::log(b / a);
  double sum = 0;
  for (int i = 0; i < 5; ++i) {
    double const s = std::exp(middle + half * place[i]);
    sum += weight[i] * nfw_mass(s) / (s * s * (1 + s) * (1 + s));
  }
  return half * sum;
}

// Steps of the quadrature for a factor e of the radius; beyond `outermost` what is left, which
// goes as ln x / x^4, is below 1e-16 of the whole.
constexpr double steps_per_e = 4, outermost = 1e5;

double pressure_beyond(double x) {
  double sum = 0;
  for (double a = x; a < outermost; a *= std::exp(1 / steps_per_e))
    sum += pressure_between(a, a * std::exp(1 / steps_per_e));
  return sum;
}

}  // namespace

double nfw_dispersion(double x) { return x > 0 ? x * (1 + x) * (1 + x) * pressure_beyond(x) : 0.0; }

NfwTable::NfwTable(double largest) {
  constexpr int nodes = 4096;
  last_ = nodes - 2;
  double const step = std::sqrt(nfw_mass(largest)) / (nodes - 1);
  nodes_per_t_ = static_cast<float>(1 / step);
  std::vector<float> x(nodes, 0.0F), sigma(nodes, 0.0F);
  double outer = 0, pressure = 0;
  for (int i = nodes - 1; i > 0; --i) {
    double const radius = nfw_radius(step * i * step * i);
    pressure =
        i == nodes - 1 ? pressure_beyond(radius) : pressure + pressure_between(radius, outer);
    outer = radius;
    auto const n = static_cast<std::size_t>(i);
    x[n] = static_cast<float>(radius);
    sigma[n] = static_cast<float>(std::sqrt(radius * (1 + radius) * (1 + radius) * pressure));
  }
  x_ = to_device("galaxies::nfw_radius", x);
  sigma_ = to_device("galaxies::nfw_dispersion", sigma);
}

ConcentrationRelation duffy_concentration(std::string const& definition) {
  if (definition == "200m") return {10.14, -0.081, -1.01};
  if (definition == "200c") return {5.71, -0.084, -0.47};
  if (definition == "virial") return {7.85, -0.081, -0.71};
  throw core::InputError(
      fmt::format("concentrations of halos of '{}' are not known: use \"200m\", \"200c\" or "
                  "\"virial\"",
                  definition));
}

}  // namespace shearwater::galaxies
