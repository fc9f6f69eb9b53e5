// SPDX-License-Identifier: BSD-3-Clause
// Published alignments to compare with.
#pragma once

#include <string>
#include <vector>

namespace shearwater::report {

/// omega(r) = <(e_i . r)^2> - 1/3 of a published sample.
struct AlignmentReference {
  std::string name, description, source;
  std::vector<double> r;             ///< [Mpc/h]
  std::vector<double> value, error;  ///< of ED
  std::vector<double> ee_r, ee, ee_error;
};

/// The values of a name; all empty for "".
AlignmentReference alignment_reference(std::string const& name);
/// "" and the names that there are.
std::vector<std::string> alignment_reference_names();

}  // namespace shearwater::report
