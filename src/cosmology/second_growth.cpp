// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/second_growth.hpp"

#include <algorithm>
#include <cmath>

namespace shearwater::cosmology {

namespace {

constexpr double log_a_min = -9.2103403719761836;  // ln 1e-4, where Background's tables begin
constexpr std::size_t intervals = 920;
constexpr double step = -log_a_min / intervals;

double log_a_at(std::size_t node) {
  return std::min(log_a_min + step * static_cast<double>(node), 0.0);
}

}  // namespace

SecondGrowth::State SecondGrowth::slope(double log_a, State state) const {
  auto const& c = background_.cosmology();
  double const a = std::exp(std::min(log_a, 0.0)), matter = background_.omega_m(a);
  double const squared = expansion_squared(c, log_a);
  double const dlnh_dlna = -1.5 * matter - 1.5 * (1 + background_.w(a)) * background_.omega_de(a) -
                           (2 * c.omega_r / (a * a) + c.omega_k) / (a * a * squared);
  return {state.ratio * (state.rate - 2 * background_.growth_rate(a)),
          1.5 * matter * (1 + 1 / state.ratio) - state.rate * (state.rate + 2 + dlnh_dlna)};
}

SecondGrowth::SecondGrowth(Background const& background) : background_(background) {
  auto const after = [](State s, double h, State k) -> State {
    return {s.ratio + h * k.ratio, s.rate + h * k.rate};
  };
  State state{3.0 / 7, 2 * background.growth_rate(1e-4)};
  for (std::size_t n = 0; n <= intervals; ++n) {
    double const x = log_a_at(n);
    State const k1 = slope(x, state);
    value_.push_back(state);
    slope_.push_back(k1);
    if (n == intervals) break;
    State const k2 = slope(x + 0.5 * step, after(state, 0.5 * step, k1));
    State const k3 = slope(x + 0.5 * step, after(state, 0.5 * step, k2));
    State const k4 = slope(x + step, after(state, step, k3));
    state.ratio += step * (k1.ratio + 2 * k2.ratio + 2 * k3.ratio + k4.ratio) / 6;
    state.rate += step * (k1.rate + 2 * k2.rate + 2 * k3.rate + k4.rate) / 6;
  }
}

double SecondGrowth::interpolate(double State::*member, double a) const {
  double const position = (std::log(a) - log_a_min) / step;
  auto const n = static_cast<std::size_t>(std::clamp(position, 0.0, intervals - 1.0));
  double const t = position - static_cast<double>(n), u = 1 - t;
  return u * u * ((1 + 2 * t) * value_[n].*member + t * step * slope_[n].*member) +
         t * t * ((1 + 2 * u) * value_[n + 1].*member - u * step * slope_[n + 1].*member);
}

double SecondGrowth::growth(double a) const {
  double const first = background_.growth(a);  // refuses what lies outside the tables
  return -interpolate(&State::ratio, a) * first * first;
}

double SecondGrowth::rate(double a) const {
  background_.growth_rate(a);  // refuses what lies outside the tables
  return interpolate(&State::rate, a);
}

}  // namespace shearwater::cosmology
