// SPDX-License-Identifier: BSD-3-Clause
// What is seen of galaxies: projected shapes, places on the sky, redshifts.
#pragma once

#include <string>

#include "shearwater/core/config.hpp"
#include "shearwater/cosmology/background.hpp"
#include "shearwater/galaxies/blocks.hpp"

namespace shearwater::galaxies {

/// Table [observation].
struct ObservationConfig {
  std::string geometry = "box";
  std::string line_of_sight = "z";
  std::vector<double> observer = {0, 0, 0};
  bool redshift_space = false;
  double photoz_scatter = 0;

  void describe(core::Fields& field);
  /// Throws InputError for an observer of other than three numbers, or keys that have no effect.
  void check() const;
};

/// What is seen; what is not asked for has no rows.
struct Observation {
  Array2<float> ellipticity;  ///< (n, 2) e1, e2
  Array2<double> sky;         ///< (n, 2) ra in [0, 2 pi), dec [radian]
  Array2<float> redshift;     ///< (n, 2) z_cos, z_obs
};

/// Shapes of ellipsoids of half-lengths 1, q, s as seen along a line of sight (their outline, the
/// same as projecting by Joachimi et al. 2013):
///   W = P (sum of w_mu^2 s_mu s_mu^T) P^T,   e1 = (W11 - W22) / (W11 + W22 + 2 sqrt det W),
///   e2 = 2 W12 / (same),   |e| = (1 - q') / (1 + q').
/// In a box along the axis k: directions 1 and 2 are the axes k + 1 and k + 2 (mod 3). From an
/// observer: direction 1 is local east (rising right ascension), 2 local north; e2 > 0 along
/// north-east. A code that takes west for its first direction wants -e2.
Array2<float> project_along_axis(ExecSpace const& space, GalaxyBlock const& galaxies, int axis);
Array2<float> project_along_sight(ExecSpace const& space, GalaxyBlock const& galaxies);

/// Redshifts and distances of one cosmology, for kernels: linear in tables, z within 1e-7.
class RedshiftTable {
 public:
  RedshiftTable(cosmology::Background const& background, double largest_distance);
  KOKKOS_INLINE_FUNCTION double redshift(double distance) const {
    double const place = distance * nodes_per_length_;
    std::int64_t node = static_cast<std::int64_t>(place);
    if (node > last_) node = last_;
    double const w = place - static_cast<double>(node);
    return z_(node) + w * (z_(node + 1) - z_(node));
  }
  double largest_distance() const { return static_cast<double>(last_ + 1) / nodes_per_length_; }

 private:
  Array1<double> z_;
  double nodes_per_length_;
  std::int64_t last_;
};

/// Right ascension, declination and redshifts of galaxies about an observer at the origin:
///   1 + z_obs = (1 + z_cos)(1 + v_r / c),  plus photoz_scatter (1 + z) times a normal.
void observe_sky(ExecSpace const& space, HaloBlock const& halos, GalaxyBlock const& galaxies,
                 RedshiftTable const& table, double photoz_scatter, std::uint64_t seed,
                 Observation& seen);

/// Moves galaxies of a box along an axis to where their redshift places them: v / (a H) = v
/// `unit`, [Mpc/h per km/s].
void move_to_redshift_space(ExecSpace const& space, GalaxyBlock const& galaxies, int axis,
                            double unit);
/// Brings positions into [0, side).
void wrap_into_box(ExecSpace const& space, GalaxyBlock const& galaxies, double side);

}  // namespace shearwater::galaxies
