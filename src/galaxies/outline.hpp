// SPDX-License-Identifier: BSD-3-Clause
// The outline of an ellipsoid on a plane.
#pragma once

#include <Kokkos_Core.hpp>

namespace shearwater::galaxies {

template <class Real>
struct Ellipticity {
  Real e1, e2;
};

/// Its matrix is that of the ellipsoid, sum l_a^2 n_a n_a^T, without the line of sight.
template <class Real>
struct Outline {
  Real xx = 0, yy = 0, xy = 0;

  /// half   of the length along an axis
  /// x, y   components in the plane of that axis' unit vector
  KOKKOS_INLINE_FUNCTION void add(Real half, Real x, Real y) {
    Real const square = half * half;
    xx += square * x * x;
    yy += square * y * y;
    xy += square * x * y;
  }
  /// |e| = (1 - q) / (1 + q), q the ratio of the outline's axes.
  KOKKOS_INLINE_FUNCTION Ellipticity<Real> ellipticity() const {
    Real const det = xx * yy - xy * xy;
    Real const norm = 1 / (xx + yy + 2 * Kokkos::sqrt(det > 0 ? det : Real(0)));
    return {(xx - yy) * norm, 2 * xy * norm};
  }
};

}  // namespace shearwater::galaxies
