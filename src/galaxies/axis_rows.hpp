// SPDX-License-Identifier: BSD-3-Clause
// Axes of halos and galaxies as vectors, inside kernels.
#pragma once

#include "shearwater/core/views.hpp"
#include "shearwater/galaxies/watson.hpp"

namespace shearwater::galaxies {

/// Axis 0 (major), 1 or 2 (minor) of row i.
KOKKOS_INLINE_FUNCTION Vector axis_of(Array3<float> const& axes, std::int64_t i, int axis) {
  return {axes(i, axis, 0), axes(i, axis, 1), axes(i, axis, 2)};
}

KOKKOS_INLINE_FUNCTION void store(Array3<float> const& axes, std::int64_t i, int axis,
                                  Vector const& v) {
  axes(i, axis, 0) = v.x;
  axes(i, axis, 1) = v.y;
  axes(i, axis, 2) = v.z;
}

/// Not of an axis that is not known: zero or NaN.
KOKKOS_INLINE_FUNCTION bool is_known(Vector const& a) { return dot(a, a) > 0.5F; }

/// The direction of what of v is across the unit vector n; zero where nothing is.
KOKKOS_INLINE_FUNCTION Vector across(Vector v, Vector const& n) {
  // Twice, because what is left of two axes that are almost the same is not quite across.
  for (int pass = 0; pass < 2; ++pass) v = normalised(combine(1, v, -dot(v, n), n, 0, n));
  return v;
}

}  // namespace shearwater::galaxies
