// SPDX-License-Identifier: BSD-3-Clause
// Blocks of halos that tests of galaxies share.
#pragma once

#include <cmath>

#include "shearwater/galaxies/satellites.hpp"

namespace shearwater::test {

/// `count` halos of one mass at the middle of nowhere, each with its own key, without axes.
inline galaxies::HaloBlock equal_halos(std::int64_t count, double mass) {
  galaxies::HaloBlock halos;
  auto const n = static_cast<std::size_t>(count);
  halos.id = Array1<std::int64_t>("test::id", n);
  halos.key = Array1<std::uint64_t>("test::key", n);
  halos.mass = Array1<double>("test::mass", n);
  halos.position = Array2<double>("test::position", n, 3);
  halos.velocity = Array2<float>("test::velocity", n, 3);
  for (std::size_t h = 0; h < n; ++h) {
    halos.id(h) = static_cast<std::int64_t>(h);
    halos.key(h) = h;
    halos.mass(h) = mass;
  }
  return halos;
}

/// All with these axes (rows) and ratios.
inline void set_axes(galaxies::HaloBlock& halos, float const (&axes)[3][3], float q, float s) {
  auto const n = static_cast<std::size_t>(halos.size());
  halos.axes = Array3<float>("test::axes", n, 3, 3);
  halos.axis_ratios = Array2<float>("test::ratios", n, 2);
  for (std::size_t h = 0; h < n; ++h) {
    for (int a = 0; a < 3; ++a)
      for (int k = 0; k < 3; ++k) halos.axes(h, a, k) = axes[a][k];
    halos.axis_ratios(h, 0) = q;
    halos.axis_ratios(h, 1) = s;
  }
}

/// Exactly `satellites` of each halo, and a central one.
inline galaxies::GalaxyCounts fixed_counts(std::int64_t halos, std::int32_t satellites) {
  galaxies::GalaxyCounts counts;
  auto const n = static_cast<std::size_t>(halos);
  counts.central = Array1<std::uint8_t>("test::central", n);
  counts.satellites = Array1<std::int32_t>("test::satellites", n);
  counts.first = Array1<std::int32_t>("test::first", n);
  for (std::size_t h = 0; h < n; ++h) {
    counts.central(h) = 1;
    counts.satellites(h) = satellites;
    counts.first(h) = static_cast<std::int32_t>(h) * (satellites + 1);
  }
  counts.total = halos * (satellites + 1);
  return counts;
}

}  // namespace shearwater::test
