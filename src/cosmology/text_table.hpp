// SPDX-License-Identifier: BSD-3-Clause
// Columns of numbers in a text file; '#' begins a comment.
#pragma once

#include <string>
#include <vector>

namespace shearwater::cosmology {

struct TextTable {
  std::vector<std::vector<double>> columns;
  std::vector<std::string> comments;  ///< the comment lines, without '#'
};

/// Throws IoError when the file cannot be read; InputError with file and line for a line that has
/// other than numbers, or not as many as the first one, and for a file without numbers.
TextTable read_text_table(std::string const& path);

}  // namespace shearwater::cosmology
