// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/linear_power.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/cosmology/background.hpp"

namespace shearwater::cosmology {

namespace {

constexpr double log_k_min = -13.0;  // 2e-6 h/Mpc: what lies below adds less than 1e-12 to sigma^2
constexpr double pivot = 0.05;       // of A_s [1/Mpc]

/// Top-hat window in Fourier space.
double window(double x) {
  if (x < 0.02) return 1 - x * x / 10 * (1 - x * x / 28);
  return 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
}

/// dW/dln x.
double window_slope(double x) {
  if (x < 0.02) return -x * x / 5 * (1 - x * x / 14);
  return 3 * (std::sin(x) / x - window(x));
}

/// Reads ln(value) over ln(k) by four-point Lagrange interpolation; power laws outside.
class LogTable {
 public:
  LogTable(std::vector<double> const& k, std::vector<double> const& value, double low_slope)
      : low_slope_(low_slope) {
    for (std::size_t n = 0; n < k.size(); ++n) {
      x_.push_back(std::log(k[n]));
      y_.push_back(std::log(value[n]));
    }
    std::size_t const last = x_.size() - 1;
    high_slope_ = (y_[last] - y_[last - 1]) / (x_[last] - x_[last - 1]);
  }
  double operator()(double k) const {
    double const x = std::log(k);
    if (x <= x_.front()) return std::exp(y_.front() + low_slope_ * (x - x_.front()));
    if (x >= x_.back()) return std::exp(y_.back() + high_slope_ * (x - x_.back()));
    auto const above = std::upper_bound(x_.begin(), x_.end(), x) - x_.begin();
    auto const first = std::clamp<std::ptrdiff_t>(above - 2, 0, std::ssize(x_) - 4);
    double sum = 0;
    for (auto i = first; i < first + 4; ++i) {
      double weight = 1;
      for (auto j = first; j < first + 4; ++j)
        if (j != i) weight *= (x - at(x_, j)) / (at(x_, i) - at(x_, j));
      sum += weight * at(y_, i);
    }
    return std::exp(sum);
  }

 private:
  static double at(std::vector<double> const& values, std::ptrdiff_t n) {
    return values[static_cast<std::size_t>(n)];
  }
  std::vector<double> x_, y_;
  double low_slope_, high_slope_;
};

}  // namespace

LinearPower::LinearPower(Cosmology const& cosmology, Transfer kind, Drag drag)
    : cosmology_(cosmology), transfer_(TransferFunction(cosmology, kind, drag)) {
  cosmology_.check();
  shape_ = [slope = cosmology.n_s, transfer = transfer_](double k) {
    double const t = transfer(k);
    return std::pow(k, slope) * t * t;
  };
  normalise();
}

LinearPower::LinearPower(Cosmology const& cosmology, PowerTable const& table, bool keep_amplitude)
    : cosmology_(cosmology) {
  cosmology_.check();
  if (keep_amplitude && table.is_transfer)
    throw core::InputError(
        "linear power: a transfer function has no amplitude of its own to keep; normalise it by "
        "sigma_8 or a_s");
  LogTable const values(table.k, table.value, table.is_transfer ? 0 : cosmology.n_s);
  if (table.is_transfer) {
    transfer_ = [values, at_large_scales = table.value.front()](double k) {
      return values(k) / at_large_scales;
    };
    shape_ = [slope = cosmology.n_s, transfer = transfer_](double k) {
      double const t = transfer(k);
      return std::pow(k, slope) * t * t;
    };
  } else {
    shape_ = values;
  }
  if (!keep_amplitude) normalise();
}

void LinearPower::normalise() {
  if (cosmology_.a_s == 0) {
    double const ratio = cosmology_.sigma_8 / sigma(8);
    amplitude_ = ratio * ratio;
    return;
  }
  if (!transfer_)
    throw core::InputError(
        "linear power: a table of P(k) alone cannot be normalised by a_s; give sigma_8, a transfer "
        "table, or keep the table's amplitude");
  // Delta^2 = (4/25) A_s (k/k_p)^(n_s - 1) (k c/H0)^4 T^2 D^2/Om^2, with D = a in the matter era.
  double const h = cosmology_.h, distance = units::hubble_distance;
  double const growth = Background(cosmology_).growth_matter_era(1);
  double const poisson = distance * distance * growth / cosmology_.omega_m();
  amplitude_ = 2 * std::numbers::pi * std::numbers::pi * 4.0 / 25 * cosmology_.a_s * poisson *
               poisson * std::pow(h / pivot, cosmology_.n_s - 1);
}

/// int dk/k k^3 P/(2 pi^2) filter(kR).
template <class Filter>
double LinearPower::filtered(double radius, Filter const& filter) const {
  if (!(radius > 0))
    throw core::InputError(fmt::format("sigma(R): R = {} Mpc/h must be positive", radius));
  // Simpson's rule in ln k up to kR = 200, where W^2 has fallen to 1e-9; the step resolves
  // sin^2(kR).
  double const log_k_max = std::log(200 / radius);
  auto const panels = static_cast<std::int64_t>(std::ceil((log_k_max - log_k_min) / 0.005)) * 2;
  double const step = (log_k_max - log_k_min) / static_cast<double>(panels);
  double sum = 0;
  for (std::int64_t n = 0; n <= panels; ++n) {
    double const k = std::exp(log_k_min + step * static_cast<double>(n));
    double const weight = n == 0 || n == panels ? 1 : n % 2 == 1 ? 4 : 2;
    sum += weight * k * k * k * (*this)(k)*filter(k * radius);
  }
  return sum * step / 3 / (2 * std::numbers::pi * std::numbers::pi);
}

double LinearPower::sigma(double radius) const {
  return std::sqrt(filtered(radius, [](double x) { return window(x) * window(x); }));
}

double LinearPower::sigma_slope(double radius) const {
  double const sum = filtered(radius, [](double x) { return window(x) * window_slope(x); });
  return sum / filtered(radius, [](double x) { return window(x) * window(x); });
}

double LinearPower::sigma_mass(double mass) const { return sigma(radius_of_mass(mass)); }

double LinearPower::radius_of_mass(double mass) const {
  if (!(mass > 0))
    throw core::InputError(fmt::format("sigma(M): M = {} Msun/h must be positive", mass));
  double const density = units::critical_density * cosmology_.omega_m();
  return std::cbrt(3 * mass / (4 * std::numbers::pi * density));
}

}  // namespace shearwater::cosmology
