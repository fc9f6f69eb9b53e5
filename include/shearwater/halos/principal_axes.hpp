// SPDX-License-Identifier: BSD-3-Clause
// What a symmetric tensor is along its own axes.
#pragma once

#include <array>

namespace shearwater::halos {

/// Falling eigenvalues and the unit vectors that belong to them. Axes have no heads: the first
/// component that is not zero is positive.
struct PrincipalAxes {
  std::array<double, 3> value{};
  std::array<std::array<double, 3>, 3> axis{};
};

}  // namespace shearwater::halos
