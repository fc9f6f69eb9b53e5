// SPDX-License-Identifier: BSD-3-Clause
// What the numbers of another code's HDF5 file mean: from its attributes and what the user states.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/io/snapshot.hpp"

namespace shearwater::io {

/// Factors from stored numbers to the library's units, before powers of a.
struct UnitFactors {
  double length = 1;    ///< to Mpc/h
  double mass = 1;      ///< to Msun/h
  double velocity = 1;  ///< to km/s
};

/// A number that may be stored as integer, double or list of equal ones; nothing where it is
/// missing.
std::optional<double> find_number(InputFile const& file, std::string const& object,
                                  std::string const& name);
/// The same list of six or more, one for each particle type, as doubles; empty where missing.
std::vector<double> find_list(InputFile const& file, std::string const& object,
                              std::string const& name);
/// The first of these attributes that is there: "object:name".
std::optional<double> first_number(InputFile const& file, std::vector<std::string> const& places);

bool is_swift(InputFile const& file);

/// `stated` where it is not 0, else `found`; throws InputError naming `key` where both are there
/// and differ by more than 2 %; nothing where neither is.
std::optional<double> settle(InputFile const& file, std::string const& what, std::string const& key,
                             std::optional<double> found, double stated);

/// Box, scale factor, omega_m and h of a snapshot or group file; box_side still as stored.
SnapshotHeader read_common_header(InputFile const& file, SnapshotConfig const& config);

/// `example` is a dataset whose own attributes may say whether lengths carry 1/h.
UnitFactors read_unit_factors(InputFile const& file, SnapshotConfig const& config,
                              std::string const& example, double h);

/// The files that `path` is one of, by the file's own count: name.0.hdf5 ... name.(n-1).hdf5.
std::vector<std::string> file_set(std::string const& path, std::int64_t count);

}  // namespace shearwater::io
