// SPDX-License-Identifier: BSD-3-Clause
// How many galaxies a halo holds: halo occupation distributions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/core/config.hpp"
#include "shearwater/core/views.hpp"

namespace shearwater::galaxies {

/// Table [occupation]. Masses are log10 of Msun/h, of the definition that [hosts] names.
struct OccupationConfig {
  std::string model = "zheng07";
  double log_m_min = 12.02, sigma_log_m = 0.26, log_m0 = 11.38, log_m1 = 13.31, alpha = 1.06;
  bool satellites_follow_centrals = true;
  double log_stellar_mass = 10.5;
  std::string table;
  double central_bias = 0, satellite_bias = 0, split = 0.5;
  std::int64_t seed = 1;

  void describe(core::Fields& field);
};

/// Mean numbers of a halo.
struct MeanNumbers {
  double central, satellites;
};

/// Mean occupation of a mass. Models:
///   zheng07       <Nc> = (1 + erf((lg M - lg M_min) / sigma)) / 2,
///                 <Ns> = ((M - M0) / M1)^alpha, times <Nc> with satellites_follow_centrals
///                 (Zheng, Coil & Zehavi 2007, eqs. 2 and 5)
///   leauthaud11   galaxies above a stellar mass, from the relation of stellar and halo mass
///                 (Leauthaud et al. 2011, eqs. 5, 13 and 14; SIG_MOD1 at z = 0.22 to 0.48 of their
///                 table 5, H0 = 72 km/s/Mpc, masses of 200 times the mean density)
///   table         columns log10_mass, central, satellites of a file, linear in between; below the
///                 first mass nothing, above the last its numbers
/// Decorated (Hearin et al. 2016, eqs. 15 to 20): the share 1 - split of the halos of a mass with
/// the largest secondary property holds more, the others less, so that the mean of all stays:
///   central_bias, satellite_bias in [-1, 1] are the shares of the largest change possible.
class Occupation {
 public:
  /// folder   that a relative table file starts from. Throws InputError for a table without columns
  ///          or with means outside [0, 1] (centrals), below 0 (satellites), or decreasing masses.
  explicit Occupation(OccupationConfig const& config, std::string const& folder = "");

  /// Whether the numbers depend on the secondary property.
  bool is_decorated() const { return central_bias_ != 0 || satellite_bias_ != 0; }

  /// rank   of the secondary property among halos of the mass, in [0, 1]
  KOKKOS_INLINE_FUNCTION MeanNumbers mean(double mass, double rank = 0.5) const {
    auto numbers = table_.extent(0) > 0 ? from_table(Kokkos::log10(mass)) : zheng(mass);
    if (central_bias_ != 0 || satellite_bias_ != 0) decorate(numbers, rank);
    return numbers;
  }

 private:
  KOKKOS_INLINE_FUNCTION MeanNumbers zheng(double mass) const {
    double const x = (Kokkos::log10(mass) - log_m_min_) * inverse_sigma_;
    double const central = 0.5 * Kokkos::erfc(-x);
    double const excess = (mass - m0_) * inverse_m1_;
    double satellites = excess > 0 ? Kokkos::pow(excess, alpha_) : 0.0;
    if (follow_) satellites *= central;
    return {central, satellites};
  }
  KOKKOS_INLINE_FUNCTION MeanNumbers from_table(double log_mass) const {
    int const last = static_cast<int>(table_.extent(0)) - 1;
    if (log_mass < table_(0, 0)) return {0, 0};
    if (log_mass >= table_(last, 0)) return {table_(last, 1), table_(last, 2)};
    int low = 0, high = last;
    while (high - low > 1) {
      int const middle = (low + high) / 2;
      (table_(middle, 0) <= log_mass ? low : high) = middle;
    }
    double const w = (log_mass - table_(low, 0)) / (table_(high, 0) - table_(low, 0));
    return {table_(low, 1) + w * (table_(high, 1) - table_(low, 1)),
            table_(low, 2) + w * (table_(high, 2) - table_(low, 2))};
  }
  KOKKOS_INLINE_FUNCTION void decorate(MeanNumbers& numbers, double rank) const {
    double const share = 1 - split_;  // of the halos of the upper kind
    bool const upper = rank >= split_;
    double const n = numbers.central;
    // The upper kind's number is n + change, the lower one's n - change share / split.
    double const most = central_bias_ > 0 ? Kokkos::fmin(1 - n, n * split_ / share)
                                          : Kokkos::fmin(n, (1 - n) * split_ / share);
    double const change = central_bias_ * most;
    numbers.central = upper ? n + change : n - change * share / split_;
    double const largest =
        satellite_bias_ > 0 ? numbers.satellites * split_ / share : numbers.satellites;
    double const more = satellite_bias_ * largest;
    numbers.satellites += upper ? more : -more * share / split_;
  }

  double log_m_min_, inverse_sigma_, m0_, inverse_m1_, alpha_;
  double central_bias_, satellite_bias_, split_;
  bool follow_;
  Array2<double> table_;  ///< (masses, 3) log10 M, central, satellites; empty for zheng07
};

}  // namespace shearwater::galaxies
