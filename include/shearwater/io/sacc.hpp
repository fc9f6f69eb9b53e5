// SPDX-License-Identifier: BSD-3-Clause
// Data vectors with their covariance in the FITS layout (version 2) of SACC, which likelihood codes
// of surveys read: github.com/LSSTDESC/sacc.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "shearwater/io/files.hpp"

namespace shearwater::io {

/// One data type: rows in the order of the data vector.
struct SaccBlock {
  std::string type;                                               ///< "galaxy_alignment_ed"
  std::string tracers[2];                                         ///< of those in SaccData
  std::vector<double> value;                                      ///< (n)
  std::vector<std::pair<std::string, std::vector<double>>> tags;  ///< such as "r", (n) each
};

struct SaccData {
  std::vector<std::string> tracers;  ///< of the class Misc
  std::vector<SaccBlock> blocks;
  std::vector<double> covariance;  ///< (N, N) over all rows of all blocks; empty for none
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Writes the file on the calling rank. Throws InputError when it exists and may not be replaced,
/// IoError when writing fails.
void write_sacc(std::string const& path, SaccData const& data,
                Existing existing = Existing::refuse);

}  // namespace shearwater::io
