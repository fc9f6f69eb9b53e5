// SPDX-License-Identifier: BSD-3-Clause
// Files of lognormal shifts.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace shearwater::lensing {

/// Shifts on a grid of Omega_m, sigma_8 and w_0 (one node where the file has no w_0).
struct ShiftTable {
  std::array<std::int64_t, 3> nodes{1, 1, 1};
  std::array<double, 3> low{}, high{};
  std::int64_t bins = 1;
  std::vector<double> values;  ///< (Omega_m, sigma_8, w_0, bin)
};

/// The formats of LognormalShift::from_file, with its errors.
ShiftTable read_shift_table(std::string const& path);

}  // namespace shearwater::lensing
