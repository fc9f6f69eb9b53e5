// SPDX-License-Identifier: BSD-3-Clause
// Catalogues of galaxies: what `populate` writes and `measure` and `graph` read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shearwater::io {

/// Galaxies of one rank. Columns that a file lacks are empty, never zero.
struct GalaxyCatalogue {
  double box_side = 0;      ///< periodic box [Mpc/h]; 0 for a light cone, as the next
  double scale_factor = 0;  ///< of a box
  double omega_m = 0, omega_de = 0, h = 0;
  bool redshift_space = false;        ///< positions are moved along the line of sight already
  std::vector<std::int64_t> id;       ///< of the galaxy, each once in the file
  std::vector<double> position;       ///< (n, 3) comoving [Mpc/h]
  std::vector<float> velocity;        ///< (n, 3) peculiar [km/s]
  std::vector<std::int64_t> host;     ///< id of the host halo
  std::vector<float> host_mass;       ///< [Msun/h]
  std::vector<std::uint8_t> central;  ///< 1 for the central galaxy of its host
  std::vector<float> axes;            ///< (n, 3, 3) unit vectors: major, middle, minor axis
  std::vector<float> axis_ratios;     ///< (n, 2): q = b/a, s = c/a
  std::vector<double> ra, dec;        ///< [radian]
  std::vector<float> z_cos, z_obs;    ///< redshift without and with motions and errors
  std::vector<float> e1, e2;          ///< projected shape, |e| = (1 - q) / (1 + q)
  std::vector<float> gamma1, gamma2, kappa;
  std::vector<float> weight;
  std::vector<std::int32_t> flag;  ///< bits of GalaxyFlag

  std::int64_t size() const { return static_cast<std::int64_t>(position.size() / 3); }
};

}  // namespace shearwater::io
