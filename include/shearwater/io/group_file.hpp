// SPDX-License-Identifier: BSD-3-Clause
// Galaxies and their halos from group catalogues in the layout of GADGET-4, AREPO and TNG, which
// our files of galaxies and halos share: rows of /Subhalo and /Group, in one file or several.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/io/snapshot.hpp"

namespace shearwater::io {

/// Table [layout]: which datasets of /Subhalo and /Group hold what. NAME:k is column k of one with
/// several. Those that a file lacks are not known.
struct GroupLayout {
  std::string mass = "SubhaloMass";
  std::string axes = "SubhaloAxes";
  std::string axis_ratios = "SubhaloAxisRatios";
  std::string host_mass = "GroupMass";
  std::string host_axes = "GroupAxesIterative";
  std::string host_ids;

  void describe(core::Fields& field);
};

/// One row for each galaxy; columns that the file lacks are empty.
struct SubhaloRows {
  double box_side = 0;       ///< [Mpc/h]
  std::int64_t total = 0;    ///< in all files, with the unusable ones
  std::int64_t dropped = 0;  ///< SubhaloFlag says that they are not galaxies; of these rows
  std::vector<std::int64_t> id, host;  ///< without ids the rows, from 0; -1: in no group
  std::vector<double> position;        ///< (n, 3) comoving [Mpc/h]
  std::vector<std::uint8_t> central;
  std::vector<double> mass, host_mass;  ///< [Msun/h]
  std::vector<double> axes;             ///< (n, 3, 3), or (n, 3) for the major axis alone
  std::vector<double> axis_ratios;      ///< (n, 2): b/a, c/a
};

/// One row for each halo.
struct GroupRows {
  double box_side = 0;
  std::int64_t total = 0;
  std::vector<std::int64_t> id;             ///< what galaxies call their host: rows, or host_ids
  std::vector<std::int64_t> first_subhalo;  ///< id of the central galaxy, where galaxies have none
  std::vector<double> position;             ///< (n, 3) comoving [Mpc/h]
  std::vector<double> mass;                 ///< [Msun/h]
  std::vector<double> axes;                 ///< (n, 3, 3)
  std::vector<double> tidal_values;         ///< (n, 3) falling
  std::vector<double> tidal_axes;           ///< (n, 3, 3)
};

/// The share of `part` among `parts` of all rows. `path` is the file, or any of several; `units` is
/// what the files do not say themselves. Not collective. Values that are not finite are let
/// through: who uses a row decides. Throws InputError where units or positions are missing, shapes
/// are wrong, the files' counts differ from their rows, or what is stated contradicts the file;
/// IoError for missing or damaged files.
SubhaloRows read_subhalos(std::string const& path, GroupLayout const& layout,
                          SnapshotConfig const& units, int part, int parts);
/// The same for /Group. tidal_smoothing [Mpc/h] names one of the scales of GroupTidalAxes; 0: none.
GroupRows read_groups(std::string const& path, GroupLayout const& layout,
                      SnapshotConfig const& units, double tidal_smoothing, int part, int parts);

/// Whether the file is a group catalogue, and whether one with rows of /Group.
bool is_group_file(std::string const& path);
bool has_groups(std::string const& path);

}  // namespace shearwater::io
