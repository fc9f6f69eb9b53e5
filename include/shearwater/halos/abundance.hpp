// SPDX-License-Identifier: BSD-3-Clause
// How many halos of each mass a box holds, beside what a mass function expects.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/cosmology/mass_function.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::halos {

/// Edges of bins of equal width in ln mass, `per_decade` for a factor of 10: from `lowest` to the
/// first edge above `largest`, at least one bin. Masses in Msun/h.
std::vector<double> mass_edges(double lowest, double largest, std::int64_t per_decade);

/// Numbers of halos in bins of mass. All arrays have one element for each bin.
struct Abundance {
  std::vector<std::int64_t> count;
  /// dn/dlnM, the number over comoving volume and width in ln mass, and its Poisson error, that of
  /// the square root of the number [(h/Mpc)^3].
  std::vector<double> density, error;
};

/// Collective over comm: all ranks' masses [Msun/h] in the bins between `edges`; a mass on an edge
/// counts above it, those outside and those that are not a number count nowhere.
Abundance count_halos(parallel::Communicator const& comm, std::vector<double> const& masses,
                      std::vector<double> const& edges, double box_side);

/// dn/dlnM of a mass function, averaged over ln mass in each bin (Simpson's rule; 1e-3 for bins of
/// a fifth of a decade) [(h/Mpc)^3].
std::vector<double> expected_density(cosmology::MassFunction const& function,
                                     std::vector<double> const& edges);

}  // namespace shearwater::halos
