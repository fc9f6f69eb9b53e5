// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/lensing/ray_tracing.hpp"

namespace shearwater::lensing {
namespace {

/// Integrals of n(z)/chi(z) from each redshift of `from` (increasing) to the end of n(z), by Gauss
/// and Legendre's rule within each of its pieces.
std::vector<double> inverse_distance_above(cosmology::Background const& background,
                                           cosmology::RedshiftDistribution const& n,
                                           std::vector<double> const& from) {
  auto const integrand = [&](double z) { return n(z) / background.comoving_distance(z); };
  auto const integral = [&](double low, double high) {
    double const middle = 0.5 * (low + high), half = 0.5 * (high - low);
    double const offset = std::sqrt(0.6) * half;
    return half / 9 *
           (5 * integrand(middle - offset) + 8 * integrand(middle) +
            5 * integrand(middle + offset));
  };
  std::vector<double> above(from.size(), 0.0);
  auto const& nodes = n.nodes();
  double sum = 0, high = nodes.back();
  auto node = nodes.rbegin();
  for (std::size_t k = from.size(); k-- > 0;) {
    while (high > from[k]) {
      while (node != nodes.rend() && *node >= high) ++node;
      double const low = node == nodes.rend() ? from[k] : std::max(*node, from[k]);
      sum += integral(low, high);
      high = low;
    }
    above[k] = sum;
  }
  return above;
}

}  // namespace

Array3<float> plane_convergence(ExecSpace const& space, particles::LensPlanes const& cone,
                                double omega_m, std::int64_t line) {
  auto const pixels = cone.sky.pixels;
  auto const count = static_cast<std::int64_t>(cone.planes.size());
  core::require(line >= 0 && line < cone.overdensity.extent_int(0), "a line of sight of the cone");
  Array1<float> const factor("lensing::plane_factors", count);
  auto const host = Kokkos::create_mirror_view(factor);
  for (std::int64_t k = 0; k < count; ++k) {
    auto const& plane = cone.planes[static_cast<std::size_t>(k)];
    host(k) = static_cast<float>(1.5 * omega_m / std::pow(units::hubble_distance, 2) *
                                 plane.distance * plane.thickness / plane.scale_factor);
  }
  Kokkos::deep_copy(factor, host);
  Array3<float> const planes(
      Kokkos::view_alloc(space, Kokkos::WithoutInitializing, "lensing::plane_convergence"), count,
      pixels, pixels);
  auto const overdensity = cone.overdensity;
  Kokkos::parallel_for(
      "lensing::plane_convergence",
      Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<3>>(space, {0, 0, 0}, {count, pixels, pixels}),
      KOKKOS_LAMBDA(std::int64_t k, std::int64_t row, std::int64_t column) {
        planes(k, row, column) = factor(k) * overdensity(line, k, row, column);
      });
  space.fence("lensing::plane_convergence");
  return planes;
}

std::vector<double> lens_efficiency(std::vector<particles::LensPlane> const& planes,
                                    cosmology::Background const& background,
                                    std::vector<cosmology::RedshiftDistribution> const& sources) {
  std::vector<double> z;
  for (auto const& plane : planes) z.push_back(background.redshift(plane.distance));
  std::vector<double> result;
  for (auto const& bin : sources) {
    auto const above = inverse_distance_above(background, bin, z);
    for (std::size_t k = 0; k < planes.size(); ++k)
      result.push_back(std::max(0.0, 1 - bin.cumulative(z[k]) - planes[k].distance * above[k]));
  }
  return result;
}

void born_convergence(ExecSpace const& space, Array3<float const> planes,
                      std::vector<double> const& efficiency, Array3<float> kappa) {
  std::int64_t const count = planes.extent_int(0), bins = kappa.extent_int(0);
  core::require(std::ssize(efficiency) == bins * count, "one efficiency for each bin and plane");
  Array1<double> const weight("lensing::plane_weights", bins * count);
  auto const host = Kokkos::create_mirror_view(weight);
  std::copy(efficiency.begin(), efficiency.end(), host.data());
  Kokkos::deep_copy(weight, host);
  Kokkos::parallel_for(
      "lensing::born_convergence",
      Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<3>>(
          space, {0, 0, 0}, {bins, planes.extent_int(1), planes.extent_int(2)}),
      KOKKOS_LAMBDA(std::int64_t b, std::int64_t row, std::int64_t column) {
        double sum = 0;
        for (std::int64_t k = 0; k < count; ++k)
          sum += weight(b * count + k) * static_cast<double>(planes(k, row, column));
        kappa(b, row, column) = static_cast<float>(sum);
      });
  space.fence("lensing::born_convergence");
}

}  // namespace shearwater::lensing
