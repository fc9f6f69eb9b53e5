// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/halos/mass_matching.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "shearwater/core/error.hpp"
#include "shearwater/parallel/sums.hpp"

namespace shearwater::halos {

namespace {

constexpr double lowest = 1e8, highest = 1e17;
constexpr double bins_per_e = 1000;
constexpr std::int64_t nodes_per_e = 10;

std::size_t bin_of(double mass) {
  return static_cast<std::size_t>(bins_per_e * std::log(mass / lowest));
}

/// ln n(>M) at equally spaced ln M, down to where it reaches `most`.
struct Cumulative {
  std::vector<double> log_mass, log_number;

  Cumulative(cosmology::MassFunction const& function, double most) {
    double const top = std::log(highest), step = 1.0 / static_cast<double>(nodes_per_e);
    double number = 0, above = function(highest);
    for (double x = top - step; x >= std::log(lowest) - step / 2 && number < most; x -= step) {
      double const below = function(std::exp(x));
      number += step / 6 * (above + 4 * function(std::exp(x + step / 2)) + below);
      above = below;
      if (!(number > 0)) continue;  // beyond what a double holds
      log_mass.push_back(x);
      log_number.push_back(std::log(number));
    }
  }

  double mass_at(double number) const {
    double const y = std::log(number);
    if (!(y <= log_number.back()))
      throw core::InputError(fmt::format(
          "there are more halos ({:g} in a (Mpc/h)^3) than the mass function has above {:g} "
          "Msun/h; raise the smallest mass, or check the box's side",
          number, lowest));
    auto const i = static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(std::ranges::lower_bound(log_number, y) - log_number.begin(), 1,
                                   std::ssize(log_number) - 1));
    double const t = (y - log_number[i - 1]) / (log_number[i] - log_number[i - 1]);
    return std::exp(log_mass[i - 1] + t * (log_mass[i] - log_mass[i - 1]));
  }
};

}  // namespace

MassMatching::MassMatching(parallel::Communicator const& comm, std::vector<double> const& masses,
                           cosmology::MassFunction const& function, double volume)
    : matched_(bin_of(highest) + 1, 0.0) {
  core::require(volume > 0, "halos are matched in a volume");
  std::vector<std::int64_t> count(matched_.size(), 0);
  comm.together([&] {
    for (double const mass : masses) {
      if (!(mass > lowest && mass < highest))
        throw core::InputError(fmt::format(
            "a halo of {:g} Msun/h cannot be matched to a mass function: must be between {:g} and "
            "{:g}; check the catalogue's unit of mass",
            mass, lowest, highest));
      ++count[bin_of(mass)];
    }
  });
  parallel::sum(comm, count);
  auto const total = std::accumulate(count.begin(), count.end(), std::int64_t{0});
  if (total == 0) throw core::InputError("there are no halos to match to a mass function");
  Cumulative const expected(function, static_cast<double>(total) / volume);
  std::int64_t heavier = 0;
  for (std::size_t bin = count.size(); bin-- > 0;) {
    if (count[bin] == 0) continue;
    auto const middle = static_cast<double>(heavier) + 0.5 * static_cast<double>(count[bin]);
    matched_[bin] = expected.mass_at(middle / volume);
    heavier += count[bin];
  }
}

double MassMatching::operator()(double mass) const {
  core::require(mass > lowest && mass < highest && matched_[bin_of(mass)] > 0,
                "only masses that were given are matched");
  return matched_[bin_of(mass)];
}

}  // namespace shearwater::halos
