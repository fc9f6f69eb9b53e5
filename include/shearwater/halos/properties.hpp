// SPDX-License-Identifier: BSD-3-Clause
// What the members of a group say of it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "shearwater/halos/group_members.hpp"
#include "shearwater/halos/shapes.hpp"

namespace shearwater::halos {

/// Of one group, from its members alone. Velocities and what follows from them are zero where the
/// particles have none.
struct GroupProperties {
  double mass = 0;                            ///< [Msun/h]
  std::array<double, 3> centre_of_mass{};     ///< in [0, box_side) [Mpc/h]
  std::array<double, 3> potential_minimum{};  ///< position of the most bound place [Mpc/h]
  std::array<double, 3> velocity{};           ///< of the centre of mass [km/s]
  double velocity_dispersion = 0;             ///< of one component: sqrt(sum m (v - V)^2 / 3 M)
  Shape simple, reduced, iterative;           ///< about the potential minimum
};

struct PropertyOptions {
  double softening = 0;  ///< of the potential, Plummer, comoving [Mpc/h]
  /// Most members whose potential is summed pair by pair: larger groups look in a sample first, and
  /// then among the members around the place found.
  std::int64_t direct_members = 4096;
  ShapeOptions shape;
};

/// Properties of this rank's groups, in their order. Sums run over a group's members in the order
/// of their ids, so that they have the same bits on any number of ranks and threads.
std::vector<GroupProperties> group_properties(GroupMembers const& groups,
                                              PropertyOptions const& options);

/// Angular momentum about `centre` of the members within `radius` of it, relative to their mean
/// velocity, as Bullock's spin: lambda = |J| / (sqrt(2) M V R) with V^2 = G M / (a R), and M the
/// mass within R (Bullock et al. 2001). NaN where fewer than two members are inside.
std::vector<double> bullock_spins(GroupMembers const& groups, std::vector<double> const& centres,
                                  std::vector<double> const& radii, double scale_factor);

/// Difference by the nearest image.
double nearest_offset(double x, double from, double box_side);

}  // namespace shearwater::halos
