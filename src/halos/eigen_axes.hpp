// SPDX-License-Identifier: BSD-3-Clause
// Eigenvalues and axes of a symmetric tensor, in the order and with the signs of all our tables.
#pragma once

#include <Eigen/Eigenvalues>
#include <cmath>
#include <cstddef>

#include "shearwater/halos/principal_axes.hpp"

namespace shearwater::halos {

inline PrincipalAxes principal_axes(Eigen::Matrix3d const& tensor) {
  Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> const solver(tensor);  // values rise
  PrincipalAxes result;
  for (std::size_t n = 0; n < 3; ++n) {
    auto const column = static_cast<Eigen::Index>(2 - n);
    result.value[n] = solver.eigenvalues()(column);
    Eigen::Vector3d axis = solver.eigenvectors().col(column);
    int first = 0;
    while (first < 2 && std::abs(axis(first)) < 1e-12) ++first;
    if (axis(first) < 0) axis = -axis;
    for (std::size_t a = 0; a < 3; ++a) result.axis[n][a] = axis(static_cast<Eigen::Index>(a));
  }
  return result;
}

}  // namespace shearwater::halos
