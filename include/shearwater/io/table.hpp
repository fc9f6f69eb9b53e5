// SPDX-License-Identifier: BSD-3-Clause
// Columns of a table, by name, from text, HDF5 or FITS: shape catalogues and the like.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shearwater/io/array.hpp"

namespace shearwater::io {

/// Which table of the file, and which of its rows.
struct TableRequest {
  std::string path;
  std::vector<std::string> columns;  ///< names in the file, in the order wanted
  std::string table;                 ///< HDF5 group or FITS extension name; empty for the first
  std::int64_t first = 0;            ///< first row
  std::int64_t count = -1;           ///< number of rows; -1 for all that follow
  bool require_finite = true;
};

/// One vector per column asked for, float64. Text: columns separated by commas or blanks, named in
/// the first line (a leading '#' is allowed), further lines that start with '#' are skipped. HDF5:
/// one dataset (n) per column. FITS: a binary or ASCII table. The content decides, not the file's
/// name. Throws InputError naming the columns that there are when one is missing, the row and
/// column of a value that is not a finite number, columns of unequal length; IoError when the file
/// is missing or damaged. Not collective: each rank may read rows of its own.
std::vector<std::vector<double>> read_columns(TableRequest const& request);

/// Ids that a column of `path` holds as float64. Throws InputError for one that is no whole number
/// below 2^53, beyond which neighbouring ids are one number.
std::vector<std::int64_t> whole_numbers(std::vector<double> const& values, std::string const& path,
                                        std::string const& column);

/// What right ascensions and declinations may be within [degrees].
struct AngleRange {
  double low, high;
};
inline constexpr AngleRange right_ascensions{-360, 720}, declinations{-90, 90};

/// Throws InputError for an angle of a column [degrees] that is no direction: of other units, or
/// damaged. `first` is the row of the first one.
void require_angles(std::span<double const> degrees, AngleRange range, std::string const& path,
                    std::string const& column, std::int64_t first);

/// What takes a column to Mpc/h or Msun/h that is in `unit`: "Mpc/h", "kpc/h", "Mpc", "kpc",
/// "Msun/h", "1e10 Msun/h" or "Msun". Throws InputError naming table.key of the input where it is
/// empty, or carries no h and `h` is 0: not known.
double unit_factor(std::string const& path, std::string const& table, std::string const& key,
                   std::string const& unit, double h);

/// Number of rows of the table.
std::int64_t table_rows(TableRequest const& request);

/// Names of the columns of the table.
std::vector<std::string> table_columns(TableRequest const& request);

}  // namespace shearwater::io
