// SPDX-License-Identifier: BSD-3-Clause
// Credible regions of two parameters: a smoothed density on a grid and its closed level lines.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace shearwater::statistics {

struct Point2 {
  double x = 0, y = 0;
};
using Path2 = std::vector<Point2>;  ///< a closed polygon; the first point is not repeated

/// Values at the nodes x0 + i dx, y0 + j dy; values (ny, nx).
struct DensityGrid {
  std::int64_t nx = 0, ny = 0;
  double x0 = 0, y0 = 0, dx = 1, dy = 1;
  std::vector<double> values;
  double at(std::int64_t i, std::int64_t j) const {
    return values[static_cast<std::size_t>(j * nx + i)];
  }
};

/// The density above which lies the share `mass` of the grid's total.
double level_of_mass(DensityGrid const& grid, double mass);

/// Closed level lines by marching squares, linear along the cells' edges; the outermost nodes count
/// as zero. A saddle is resolved by the mean of its four corners.
std::vector<Path2> level_lines(DensityGrid const& grid, double level);

struct CredibleRegion {
  double mass = 0;
  std::vector<Path2> paths;
};

/// Regions of highest density of columns i and j of samples (n, dimension), one per entry of
/// `masses`. The density is a Gaussian kernel estimate in coordinates whitened by the sample's
/// covariance (bandwidth h = 1.4 n_eff^(-1/6), 1.4 times Scott's rule for smooth lines), the
/// samples shrunk by 1/sqrt(1 + h^2) towards their mean so that the estimate keeps their
/// covariance. An empty `weights` means equal weights. Throws NumericsError when the two columns
/// are degenerate.
std::vector<CredibleRegion> credible_regions(std::span<double const> samples,
                                             std::int64_t dimension, std::int64_t i, std::int64_t j,
                                             std::vector<double> const& masses,
                                             std::span<double const> weights = {});

/// A smoothed one-dimensional density on `points` nodes that span the samples; integrates to one.
/// Bandwidth 1.3 n_eff^(-1/5) standard deviations, shrunk as above.
struct Density1 {
  std::vector<double> x, density;
};
Density1 marginal_density(std::span<double const> samples, std::int64_t dimension,
                          std::int64_t column, std::int64_t points,
                          std::span<double const> weights = {});

}  // namespace shearwater::statistics
