// SPDX-License-Identifier: BSD-3-Clause
// The ellipsoid that a set of particles resembles.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace shearwater::halos {

/// Axis ratios b/a >= c/a of half-axes a >= b >= c and their unit directions. Axes have no heads:
/// the first component that is not zero is positive. Ratios are NaN where there are fewer than
/// four particles or, iterating, where the ratios did not settle.
struct Shape {
  double b_to_a = 0, c_to_a = 0;
  std::array<std::array<double, 3>, 3> axis{};  ///< [0] is the major axis
  std::int64_t iterations = 0;
};

struct ShapeOptions {
  double tolerance = 1e-4;  ///< largest change of a ratio in the last iteration
  std::int64_t most_iterations = 100;
};

/// S_ij = sum m x_i x_j / sum m; half-axes are proportional to the roots of its eigenvalues.
/// offsets  (n, 3) from the centre        masses  (n)
Shape simple_shape(std::span<double const> offsets, std::span<double const> masses);

/// The same with each term divided by r^2: all distances count alike. Rounder than the mass is.
Shape reduced_shape(std::span<double const> offsets, std::span<double const> masses);

/// The same with r^2 = x^2 + y^2 / (b/a)^2 + z^2 / (c/a)^2 in the frame of the axes found before,
/// over the particles inside the ellipsoid of these ratios and the volume of the first sphere,
/// which holds all particles; repeated until the ratios settle (Allgood et al. 2006; Schneider et
/// al. 2012).
Shape iterative_shape(std::span<double const> offsets, std::span<double const> masses,
                      ShapeOptions const& options = {});

}  // namespace shearwater::halos
