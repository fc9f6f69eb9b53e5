// SPDX-License-Identifier: BSD-3-Clause
// Some halos and the galaxies in them, in the memory that kernels work on.
#pragma once

#include <cstdint>
#include <string>

#include "shearwater/core/views.hpp"

namespace shearwater::galaxies {

/// Halos that are worked on together. What is not known of any has no rows; of a single halo, NaN.
struct HaloBlock {
  Array1<std::int64_t> id;
  Array1<std::uint64_t> key;   ///< what draws are keyed by; each once in the catalogue
  Array1<double> mass;         ///< [Msun/h]
  Array2<double> position;     ///< (n, 3) comoving; of a light cone from the observer [Mpc/h]
  Array2<float> velocity;      ///< (n, 3) peculiar [km/s]
  Array1<float> scale_factor;  ///< of a light cone; empty: all at the one of the box
  Array1<float> growth;        ///< linear, 1 today, at that time; empty where not needed
  Array3<float> axes;          ///< (n, 3, 3) unit vectors: major, middle, minor axis
  Array2<float> axis_ratios;   ///< (n, 2) b/a, c/a
  Array2<float> tidal_values;  ///< (n, 3) falling eigenvalues of (k_i k_j / k^2) delta
  Array3<float> tidal_axes;    ///< (n, 3, 3) their axes
  Array1<float> secondary;     ///< a further property, of any unit
  Array1<float> rank;          ///< of it among halos of this mass, in [0, 1]
  // Of the profile; set by set_profiles.
  Array1<float> radius;  ///< comoving [Mpc/h]
  Array1<float> concentration;
  Array1<float> mass_within;    ///< nfw_mass(concentration)
  Array1<float> velocity_unit;  ///< sqrt(G M_s / (a r_s)) [km/s]

  std::int64_t size() const { return mass.extent_int(0); }
};

/// Galaxies of a block, those of a halo one after the other, the central one first.
struct GalaxyBlock {
  Array1<std::int32_t> halo;     ///< row of the host in its block
  Array1<std::uint32_t> number;  ///< in the host: 0 the central one, satellites from 1
  Array2<double> position;       ///< (n, 3) as the halos'; not wrapped into the box
  Array2<float> offset;          ///< (n, 3) from the host's centre [Mpc/h]; 0 for the central one
  Array2<float> velocity;        ///< (n, 3) peculiar [km/s]; empty where the halos' are
  Array3<float> axes;            ///< (n, 3, 3) unit vectors: major, middle, minor axis
  Array2<float> axis_ratios;     ///< (n, 2) b/a, c/a
  Array1<std::int32_t> flag;     ///< bits of io::GalaxyFlag

  std::int64_t size() const { return halo.extent_int(0); }
};

/// A View of `extents` without values.
template <class View, class... Extents>
View unset(char const* label, Extents... extents) {
  return View(Kokkos::view_alloc(Kokkos::WithoutInitializing, std::string(label)),
              static_cast<std::size_t>(extents)...);
}

}  // namespace shearwater::galaxies
