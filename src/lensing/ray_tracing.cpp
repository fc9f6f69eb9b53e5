// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/ray_tracing.hpp"

#include "sampler.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/lensing/kaiser_squires.hpp"

namespace shearwater::lensing {
namespace {

/// A ray on its way back: on this plane and on the one before.
struct Ray {
  double place[2], before[2];  ///< from the corner of the field [pixels]; centres at halves
  double distortion[4], distortion_before[4];  ///< A: xx, xy, yx, yy
};

/// What one plane does to all rays: adds to the sums (bins, 3, rays) of kappa, gamma_1, gamma_2,
/// and moves the rays on.
struct Bend {
  Array1<Ray> rays;
  Sampler sampler;
  Array1<double const> efficiency;  ///< of the plane, by bin
  Array3<double> sums;
  double mean;        ///< of the plane's convergence
  double per_pixel;   ///< pixels of a radian
  double keep, turn;  ///< c and d of RayTracer

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t r) const {
    Ray& ray = rays(r);
    Sampler::Axis const x(ray.place[0]), y(ray.place[1]);
    double const kappa = sampler(0, x, y), gamma_1 = sampler(3, x, y), gamma_2 = sampler(4, x, y);
    double const centre = 0.5 * static_cast<double>(sampler.maps.extent(1));
    double const tide[3] = {kappa + gamma_1, gamma_2, kappa - gamma_1};
    double const* const a = ray.distortion;
    double const bent[4] = {tide[0] * a[0] + tide[1] * a[2], tide[0] * a[1] + tide[1] * a[3],
                            tide[1] * a[0] + tide[2] * a[2], tide[1] * a[1] + tide[2] * a[3]};
    for (std::int64_t b = 0; b < sums.extent_int(0); ++b) {
      sums(b, 0, r) += efficiency(b) * 0.5 * (bent[0] + bent[3]);
      sums(b, 1, r) += efficiency(b) * 0.5 * (bent[0] - bent[3]);
      sums(b, 2, r) += efficiency(b) * 0.5 * (bent[1] + bent[2]);
    }
    for (int i = 0; i < 2; ++i) {
      double const deflection = per_pixel * sampler(1 + i, x, y) + mean * (ray.place[i] - centre);
      move_on(ray.place[i], ray.before[i], deflection);
    }
    for (int i = 0; i < 4; ++i) move_on(ray.distortion[i], ray.distortion_before[i], bent[i]);
  }
  KOKKOS_INLINE_FUNCTION void move_on(double& now, double& before, double deflection) const {
    double const next = (1 - keep) * before + keep * now - turn * deflection;
    before = now;
    now = next;
  }
};

Array1<Ray> straight_rays(ExecSpace const& space, std::int64_t pixels) {
  Array1<Ray> const rays("lensing::rays", pixels * pixels);
  Kokkos::parallel_for(
      "lensing::straight_rays", Kokkos::RangePolicy<ExecSpace>(space, 0, pixels * pixels),
      KOKKOS_LAMBDA(std::int64_t r) {
        double const x = static_cast<double>(r % pixels) + 0.5;
        double const y = static_cast<double>(r / pixels) + 0.5;
        rays(r) = {{x, y}, {x, y}, {1, 0, 0, 1}, {1, 0, 0, 1}};
      });
  return rays;
}

/// The mean of a map, summed row by row in their order.
double mean_of(Array3<float const> map) {
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), map);
  double sum = 0;
  for (std::size_t row = 0; row < host.extent(1); ++row) {
    double of_row = 0;
    for (std::size_t column = 0; column < host.extent(2); ++column)
      of_row += static_cast<double>(host(0, row, column));
    sum += of_row;
  }
  return sum / static_cast<double>(host.size());
}

void write_maps(ExecSpace const& space, Array3<double> const& sums, ShearMaps const& maps) {
  auto const kappa = maps.kappa, gamma_1 = maps.gamma_1, gamma_2 = maps.gamma_2;
  std::int64_t const pixels = kappa.extent_int(1);
  Kokkos::parallel_for(
      "lensing::write_maps",
      Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<3>>(space, {0, 0, 0},
                                                        {kappa.extent_int(0), pixels, pixels}),
      KOKKOS_LAMBDA(std::int64_t b, std::int64_t row, std::int64_t column) {
        std::int64_t const r = row * pixels + column;
        kappa(b, row, column) = static_cast<float>(sums(b, 0, r));
        gamma_1(b, row, column) = static_cast<float>(sums(b, 1, r));
        gamma_2(b, row, column) = static_cast<float>(sums(b, 2, r));
      });
  space.fence("lensing::write_maps");
}

}  // namespace

void deflection_modes(ExecSpace const& space, double fundamental, parallel::Modes kappa,
                      parallel::Modes deflection) {
  using Complex = Kokkos::complex<float>;
  std::int64_t const rows = kappa.extent_int(1), columns = kappa.extent_int(2);
  double const scale = -2 / (fundamental * static_cast<double>(rows) * static_cast<double>(rows));
  Kokkos::parallel_for(
      "lensing::deflection_modes",
      Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>>(space, {0, 0}, {rows, columns}),
      KOKKOS_LAMBDA(std::int64_t row, std::int64_t column) {
        double const x = static_cast<double>(column);
        double const y = static_cast<double>(row <= rows / 2 ? row : row - rows);
        double const square = x * x + y * y;
        auto const along = [&](double wave, bool defined) {
          auto const factor = static_cast<float>(square > 0 && defined ? scale * wave / square : 0);
          auto const value = kappa(0, row, column);
          return Complex(-factor * value.imag(), factor * value.real());
        };
        deflection(0, row, column) = along(x, 2 * column != rows);
        deflection(1, row, column) = along(y, 2 * row != rows);
      });
}

RayTracer::RayTracer(fields::FlatSky sky) : sky_(sky), fft_(sky.pixels, sky.pixels) {}

void RayTracer::bend(ExecSpace const& space, Array3<float const> plane, parallel::Modes modes,
                     Array3<float> fields) const {
  auto const some = [&](int first, int last) {
    return parallel::Modes(
        Kokkos::subview(modes, Kokkos::make_pair(first, last), Kokkos::ALL, Kokkos::ALL));
  };
  fft_.forward(space, plane, some(2, 3));
  deflection_modes(space, sky_.fundamental(), some(2, 3), some(0, 2));
  Kokkos::deep_copy(space, some(3, 4), Kokkos::complex<float>(0));
  rotate_modes(space, 1.0F, some(2, 3), some(3, 4));
  Kokkos::deep_copy(space, Kokkos::subview(fields, 0, Kokkos::ALL, Kokkos::ALL),
                    Kokkos::subview(plane, 0, Kokkos::ALL, Kokkos::ALL));
  fft_.inverse(space, modes,
               Kokkos::subview(fields, Kokkos::make_pair(1, kFields), Kokkos::ALL, Kokkos::ALL));
}

void RayTracer::trace(ExecSpace const& space, Array3<float const> planes,
                      std::vector<double> const& distances, std::vector<double> const& efficiency,
                      ShearMaps const& maps) const {
  auto const pixels = sky_.pixels, bins = static_cast<std::int64_t>(maps.kappa.extent(0));
  auto const count = static_cast<std::int64_t>(planes.extent(0));
  core::require(planes.extent_int(1) == pixels && std::ssize(distances) == count &&
                    std::ssize(efficiency) == bins * count,
                "planes, distances and efficiencies of one field");
  parallel::Modes const modes("lensing::plane_modes", kFields - 1, pixels, pixels / 2 + 1);
  Array3<float> const fields("lensing::plane_fields", kFields, pixels, pixels);
  Array3<double> const sums("lensing::ray_sums", bins, 3, pixels * pixels);
  auto const rays = straight_rays(space, pixels);
  for (std::int64_t k = 0; k < count; ++k) {
    auto const plane =
        Kokkos::subview(planes, Kokkos::make_pair(k, k + 1), Kokkos::ALL, Kokkos::ALL);
    bend(space, plane, modes, fields);
    Array1<double> const of_plane("lensing::plane_efficiency", bins);
    auto const host = Kokkos::create_mirror_view(of_plane);
    for (std::int64_t b = 0; b < bins; ++b)
      host(b) = efficiency[static_cast<std::size_t>(b * count + k)];
    Kokkos::deep_copy(of_plane, host);
    auto const at = [&](std::int64_t i) {
      return i < 0 ? 0 : distances[static_cast<std::size_t>(i)];
    };
    // Behind the last plane nobody asks for the rays.
    double const here = at(k), next = k + 1 < count ? at(k + 1) : 2 * here;
    Kokkos::parallel_for(
        "lensing::bend_rays", Kokkos::RangePolicy<ExecSpace>(space, 0, pixels * pixels),
        Bend{rays, Sampler{fields}, of_plane, sums, mean_of(plane),
             static_cast<double>(pixels) / sky_.width(),
             here / next * (next - at(k - 1)) / (here - at(k - 1)), 1 - here / next});
    space.fence("lensing::bend_rays");
  }
  write_maps(space, sums, maps);
}

}  // namespace shearwater::lensing
