// SPDX-License-Identifier: BSD-3-Clause
// Geometry of a square map on the flat sky.
#pragma once

#include <cstdint>
#include <numbers>

#include "shearwater/core/units.hpp"

namespace shearwater::fields {

/// A periodic square of pixels x pixels. Wave vectors are multiples of the fundamental 2 pi / L,
/// and the multipole of a mode is the length of its wave vector.
struct FlatSky {
  std::int64_t pixels = 128;
  double width_deg = 5.0;

  double width() const { return width_deg * units::degree; }  ///< L [radian]
  double fundamental() const { return 2.0 * std::numbers::pi / width(); }
  double nyquist() const { return fundamental() * static_cast<double>(pixels) / 2.0; }
  double area() const { return width() * width(); }  ///< [steradian]
  double pixel_area_arcmin2() const {
    double const side = width_deg * 60.0 / static_cast<double>(pixels);
    return side * side;
  }
  std::int64_t size() const { return pixels * pixels; }
};

}  // namespace shearwater::fields
