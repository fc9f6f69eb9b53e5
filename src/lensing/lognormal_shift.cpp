// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/lognormal_shift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shift_file.hpp"

namespace shearwater::lensing {
namespace {

/// c_ij of the two-parameter case, row i: powers of x, column j: powers of y.
constexpr double kPolynomial[5][5] = {{-3.50681, -.00414985, .41226, -.323287, -.120548},
                                      {.577933, .247761, .00267238, -.615565, 0},
                                      {-.0266351, .174078, -.293675, 0, 0},
                                      {.0380511, -.0151173, 0, 0, 0},
                                      {.00954087, 0, 0, 0, 0}};

double polynomial_shift(double omega_m, double sigma_8) {
  double const x = std::log(omega_m / 0.3), y = sigma_8 - 0.8;
  double value = 0, power_x = 1;
  for (auto const& row : kPolynomial) {
    double power_y = 1;
    for (double const c : row) {
      value += c * power_x * power_y;
      power_y *= y;
    }
    power_x *= x;
  }
  return std::exp(value);
}

}  // namespace

ShiftConvention shift_convention(std::string const& name) {
  if (name == "as_coded") return ShiftConvention::as_coded;
  if (name == "table") return ShiftConvention::table;
  throw core::InputError(
      fmt::format("the shift convention '{}' is not known: use \"as_coded\" or \"table\"", name));
}

LognormalShift LognormalShift::constant(std::vector<double> shifts) {
  for (double const shift : shifts)
    if (!(shift > 0) || !std::isfinite(shift))
      throw core::InputError(fmt::format("a lognormal shift of {} is not positive", shift));
  LognormalShift result;
  result.bins_ = std::ssize(shifts);
  result.values_ = std::move(shifts);
  return result;
}

LognormalShift LognormalShift::polynomial(ShiftConvention convention) {
  LognormalShift result;
  result.kind_ = Kind::polynomial;
  result.convention_ = convention;
  result.axes_ = {Axis{8, 0.2, 0.4}, Axis{8, 0.6, 1.0}, Axis{}};
  return result;
}

LognormalShift LognormalShift::from_file(std::string const& path, ShiftConvention convention) {
  ShiftTable table = read_shift_table(path);
  LognormalShift result;
  result.kind_ = Kind::table;
  result.convention_ = convention;
  result.bins_ = table.bins;
  for (std::size_t a = 0; a < 3; ++a)
    result.axes_[a] = {table.nodes[a], table.low[a], table.high[a]};
  result.values_ = std::move(table.values);
  // read_shift_table hands out the axes Omega_m, sigma_8, w_0; the slip was made with the file of
  // three.
  if (convention == ShiftConvention::as_coded && table.nodes[2] > 1) result.order_ = {1, 0, 2};
  return result;
}

double LognormalShift::position(Axis const& axis, double value) const {
  double const last = static_cast<double>(axis.nodes - 1);
  if (axis.nodes == 1) return 0.0;
  double const u = (value - axis.low) / (axis.high - axis.low);
  double const node = convention_ == ShiftConvention::as_coded
                          ? u * static_cast<double>(axis.nodes) - 0.5
                          : u * last;
  return std::isnan(node) ? 0.0 : std::clamp(node, 0.0, last);
}

void LognormalShift::evaluate(double omega_m, double sigma_8, double w_0,
                              std::span<double> shifts) const {
  core::require(std::ssize(shifts) == bins_, "one shift for each bin");
  if (kind_ == Kind::constant) {
    std::copy(values_.begin(), values_.end(), shifts.begin());
    return;
  }
  double const parameters[3] = {omega_m, sigma_8, w_0};
  if (kind_ == Kind::polynomial) {
    double inside[2];
    for (std::size_t a = 0; a < 2; ++a)
      inside[a] =
          axes_[a].low + position(axes_[a], parameters[a]) / 7.0 * (axes_[a].high - axes_[a].low);
    shifts[0] = polynomial_shift(inside[0], inside[1]);
    return;
  }
  // The axis along which a parameter is looked up has the parameter's own ends, but its place in
  // the table is that of order_.
  std::array<std::int64_t, 3> low{};
  std::array<double, 3> fraction{};
  for (std::size_t a = 0; a < 3; ++a) {
    std::size_t const target = static_cast<std::size_t>(order_[a]);
    double const node =
        std::min(position(axes_[a], parameters[a]), static_cast<double>(axes_[target].nodes - 1));
    low[target] = std::clamp<std::int64_t>(static_cast<std::int64_t>(node), 0,
                                           std::max<std::int64_t>(axes_[target].nodes - 2, 0));
    fraction[target] = node - static_cast<double>(low[target]);
  }
  std::fill(shifts.begin(), shifts.end(), 0.0);
  for (int corner = 0; corner < 8; ++corner) {
    double weight = 1;
    std::int64_t row = 0;
    for (std::size_t a = 0; a < 3; ++a) {
      bool const upper = ((corner >> a) & 1) != 0;
      weight *= upper ? fraction[a] : 1.0 - fraction[a];
      row = row * axes_[a].nodes + std::min(low[a] + (upper ? 1 : 0), axes_[a].nodes - 1);
    }
    if (weight == 0.0) continue;
    for (std::int64_t b = 0; b < bins_; ++b)
      shifts[static_cast<std::size_t>(b)] +=
          weight * values_[static_cast<std::size_t>(row * bins_ + b)];
  }
}

}  // namespace shearwater::lensing
