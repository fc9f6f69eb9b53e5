// SPDX-License-Identifier: BSD-3-Clause
// GetDist chains: ROOT_1.txt (weight, -log p, parameters, derived), ROOT.paramnames, ROOT.ranges.
// Source: https://getdist.readthedocs.io/en/latest/intro.html#input-files
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "shearwater/io/files.hpp"

namespace shearwater::io {

struct ChainParameter {
  std::string name;
  std::string label;                ///< LaTeX without dollar signs
  bool derived = false;             ///< marked by `*` in .paramnames; derived ones come last
  std::optional<double> low, high;  ///< hard bounds ("N" in .ranges where there is none)
};

struct Chain {
  std::vector<ChainParameter> parameters;
  std::vector<double> weights;      ///< (n)
  std::vector<double> log_density;  ///< (n): ln p, stored as -ln p
  std::vector<double> values;       ///< (n, parameters)
  std::int64_t size() const { return static_cast<std::int64_t>(weights.size()); }
};

/// Writes the three files, each atomically, with digits that read back exactly. Throws
/// InternalError when lengths do not fit or a derived parameter precedes another, InputError when a
/// file exists and may not be replaced.
void write_chain(std::string const& root, Chain const& chain, Existing existing = Existing::refuse);

/// Reads ROOT_1.txt, ROOT_2.txt, ... (or ROOT.txt), .paramnames, and .ranges where present. Throws
/// IoError when a file is missing, InputError with the line number for a wrong column count or a
/// text that is not a number.
Chain read_chain(std::string const& root);

}  // namespace shearwater::io
