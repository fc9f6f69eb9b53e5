// SPDX-License-Identifier: BSD-3-Clause
// Halo catalogues of other codes in the library's units and names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/io/snapshot.hpp"

namespace shearwater::io {

/// One row for each halo. Columns that a file lacks are empty, never zero.
struct HaloCatalogue {
  std::string format;           ///< "rockstar-binary", "rockstar-ascii", "ahf", "gadget", "columns"
  std::string mass_definition;  ///< of `mass` and `radius`, in the file's own words
  double box_side = 0;          ///< [Mpc/h]; 0 where the file does not say, as the three below
  double scale_factor = 0, omega_m = 0, h = 0;
  double particle_mass = 0;  ///< [Msun/h]
  std::vector<std::int64_t> id;
  std::vector<std::int64_t> particles;  ///< how many
  std::vector<double> mass;             ///< [Msun/h]
  std::vector<double> radius;           ///< comoving [Mpc/h]
  std::vector<double> position;         ///< (n, 3) comoving [Mpc/h]
  std::vector<double> velocity;         ///< (n, 3) peculiar [km/s]
  std::vector<double> b_to_a, c_to_a;   ///< axis ratios
  std::vector<double> major_axis;       ///< (n, 3) of any length
  std::vector<double> spin;             ///< Bullock's

  std::int64_t size() const { return static_cast<std::int64_t>(mass.size()); }
};

/// Reads a catalogue; its content tells the format: Rockstar's binary or ASCII lists, AHF's _halos,
/// or Gadget's, GADGET-4's and TNG's group files (several files as one; `units` as for a snapshot).
/// Not collective. Throws InputError for another format, missing units, values that are not finite,
/// or masses that are not positive; IoError for missing or damaged files.
HaloCatalogue read_halo_catalogue(std::string const& path, SnapshotConfig const& units = {});

/// Table [columns] of a catalogue in any other table: text, HDF5 or FITS.
struct HaloColumns {
  std::string table;  ///< HDF5 group or FITS extension
  std::string id, particles;
  std::string mass = "mass", radius;
  std::string x = "x", y = "y", z = "z", vx, vy, vz;
  std::string length_unit, radius_unit, mass_unit;  ///< to be stated
  double box_side = 0, scale_factor = 0, h = 0;

  void describe(core::Fields& field);
};

/// The same for named columns. Units of length: "Mpc/h", "kpc/h", "Mpc", "kpc", comoving; of mass:
/// "Msun/h", "1e10 Msun/h", "Msun"; velocities are peculiar and in km/s. Units without h need `h`.
HaloCatalogue read_halo_columns(std::string const& path, HaloColumns const& columns);

}  // namespace shearwater::io
