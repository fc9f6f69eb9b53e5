// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/linear_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "shearwater/core/error.hpp"

namespace shearwater::cosmology {

namespace {

constexpr std::size_t stencil = 6;  // points of the interpolation; check_range leaves more
constexpr double first_k = 1e-3, last_k = 1;          // a table must reach as far [h/Mpc]
constexpr double compared_low = 5e-3, widest = 1.4;   // of the comparison with the formula
constexpr double gap_low = 0.01, largest_gap = 0.25;  // in ln k, where the oscillations are
constexpr std::array served = {"sigma_8", "a_s", "n_s", "w_0", "w_a"};

void check_range(std::vector<double> const& k, std::string const& name) {
  if (k.front() > first_k || k.back() < last_k)
    throw core::InputError(
        fmt::format("{}: k reaches from {:.4g} to {:.4g} h/Mpc, but must from {} or less to {} or "
                    "more: write a longer table, or correct spectra.table_k_unit",
                    name, k.front(), k.back(), first_k, last_k));
  for (std::size_t n = 1; n < k.size(); ++n)
    if (k[n] > gap_low && k[n - 1] < last_k && std::log(k[n] / k[n - 1]) > largest_gap)
      throw core::InputError(fmt::format(
          "{}: nothing between k = {:.4g} and {:.4g} h/Mpc: baryon oscillations need steps of at "
          "most {} in ln k between {} and {} h/Mpc; write a denser table",
          name, k[n - 1], k[n], largest_gap, gap_low, last_k));
}

/// The units, the time and the cosmology of a table show in its values.
void check_values(PowerTable const& table, Cosmology const& cosmology, std::string const& name) {
  LinearPower const formula(cosmology, Transfer::eisenstein_hu_no_wiggle);
  std::vector<double> log_ratio, k;
  for (std::size_t n = 0; n < table.k.size(); ++n) {
    if (table.k[n] < compared_low || table.k[n] > last_k) continue;
    double const value = table.is_transfer
                             ? std::pow(table.k[n], cosmology.n_s) * table.value[n] * table.value[n]
                             : table.value[n];
    k.push_back(table.k[n]);
    log_ratio.push_back(std::log(value / formula(table.k[n])));
  }
  auto const [low, high] = std::minmax_element(log_ratio.begin(), log_ratio.end());
  double const middle = table.is_transfer ? 0.5 * (*low + *high) : 0;
  auto const worst = *high - middle > middle - *low ? high : low;
  if (std::abs(*worst - middle) <= std::log(widest)) return;
  throw core::InputError(fmt::format(
      "{}: at k = {:.4g} h/Mpc {} {:.3g} times that of Eisenstein & Hu for [cosmology], and must "
      "be between {:.2f} and {}: check spectra.table_k_unit{}, that the table is linear and of "
      "redshift 0, and that [cosmology] holds the parameters that it was made with",
      name, k[static_cast<std::size_t>(worst - log_ratio.begin())],
      table.is_transfer ? "the shape of T^2 is" : "P is", std::exp(*worst - middle), 1 / widest,
      widest, table.is_transfer ? "" : " and spectra.table_power_unit"));
}

}  // namespace

LinearTable::LinearTable(PowerTable const& table, Cosmology const& cosmology,
                         std::string const& name)
    : cosmology_(cosmology), name_(name), smooth_(cosmology, Transfer::eisenstein_hu_no_wiggle) {
  check_range(table.k, name);
  check_values(table, cosmology, name);
  for (std::size_t n = 0; n < table.k.size(); ++n) {
    double const log_k = std::log(table.k[n]), log_value = std::log(table.value[n]);
    double const log_transfer =
        table.is_transfer ? log_value : 0.5 * (log_value - cosmology.n_s * log_k);
    log_k_.push_back(log_k);
    log_ratio_.push_back(log_transfer - std::log(smooth_(table.k[n])));
  }
  for (double const largest_scale = log_ratio_.front(); double& value : log_ratio_)
    value -= largest_scale;
}

double LinearTable::operator()(double k) const {
  double const x = std::clamp(std::log(k), log_k_.front(), log_k_.back());
  auto const above = std::upper_bound(log_k_.begin(), log_k_.end(), x) - log_k_.begin();
  auto const first = static_cast<std::size_t>(
      std::clamp<std::ptrdiff_t>(above - 3, 0, std::ssize(log_k_) - std::ptrdiff_t{stencil}));
  double sum = 0;
  for (auto i = first; i < first + stencil; ++i) {
    double weight = 1;
    for (auto j = first; j < first + stencil; ++j)
      if (j != i) weight *= (x - log_k_[j]) / (log_k_[i] - log_k_[j]);
    sum += weight * log_ratio_[i];
  }
  return smooth_(k) * std::exp(sum);
}

bool LinearTable::serves(std::string_view parameter) {
  return std::find(served.begin(), served.end(), parameter) != served.end();
}

void LinearTable::require_served(Cosmology const& other) const {
  for (auto const& parameter : Cosmology::parameter_names())
    if (!serves(parameter) && other.get(parameter) != cosmology_.get(parameter))
      throw core::InputError(fmt::format(
          "{} = {}, but {} was made for {}: a table serves other values of sigma_8, a_s, n_s, w_0 "
          "and w_a only",
          parameter, other.get(parameter), name_, cosmology_.get(parameter)));
}

}  // namespace shearwater::cosmology
