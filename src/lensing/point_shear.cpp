// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/point_shear.hpp"

#include <fmt/format.h>

#include "sampler.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/lensing/kaiser_squires.hpp"
#include "shearwater/lensing/ray_tracing.hpp"

namespace shearwater::lensing {

namespace {

/// Shears along the axes of the map at (x, y) = (tan of east, tan of north), turned to local east
/// and north there. East, the unit vector (-s, c, 0), moves a place by (1 + x^2, x y) / cos(dec),
/// which is at the angle psi from the x axis of the map.
struct ToLocal {
  double cosine, sine;  ///< of 2 psi
  KOKKOS_INLINE_FUNCTION ToLocal(double x, double y) {
    double const a = 1 + x * x, b = x * y, square = a * a + b * b;
    cosine = (a * a - b * b) / square;
    sine = 2 * a * b / square;
  }
};

struct AtPlace {
  Array2<double const> position;
  Array2<double const> slices;
  Sampler sampler;
  double per_pixel, border, far;  ///< pixels of a radian, [pixels], [Mpc/h]
  Array2<float> seen;

  /// Of the slice's matter, with the weight chi'^2, what is in front.
  KOKKOS_INLINE_FUNCTION double efficiency(std::int64_t k, double distance) const {
    double const near = slices(k, 0), end = slices(k, 1);
    if (distance >= end) return 1 - slices(k, 2) / distance;
    if (distance <= near) return 0;
    // int_near^chi chi'^2 (1 - chi'/chi) dchi' by powers of the way into the slice: without
    // differences of large numbers.
    double const way = distance - near, slice = end - near;
    double const front =
        way * way * (6 * near * near + 4 * near * way + way * way) / (12 * distance);
    return front / (slice * (3 * near * (near + slice) + slice * slice) / 3);
  }
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    double const x = position(i, 0), y = position(i, 1), z = position(i, 2);
    double const n = static_cast<double>(sampler.maps.extent(1)), middle = 0.5 * n;
    double const east = x > 0 ? y / x : 0, north = x > 0 ? z / x : 0;
    double const column = middle + east * per_pixel, row = middle + north * per_pixel;
    bool const inside = x > 0 && column >= border && column < n - border && row >= border &&
                        row < n - border && x <= far;
    for (int c = 0; c < 3; ++c) seen(i, c) = Kokkos::Experimental::quiet_NaN_v<float>;
    if (!inside) return;
    Sampler::Axis const along(column), up(row);
    double sum[3] = {0, 0, 0};
    for (std::int64_t k = 0; k < slices.extent_int(0); ++k) {
      double const weight = efficiency(k, x);
      if (weight <= 0) continue;
      for (int c = 0; c < 3; ++c)
        sum[c] += weight * sampler(static_cast<int>(3 * k + c), along, up);
    }
    ToLocal const turn(east, north);
    seen(i, 0) = static_cast<float>(sum[0]);
    seen(i, 1) = static_cast<float>(turn.cosine * sum[1] + turn.sine * sum[2]);
    seen(i, 2) = static_cast<float>(turn.cosine * sum[2] - turn.sine * sum[1]);
  }
};

}  // namespace

PointShear::PointShear(ExecSpace const& space, particles::LensPlanes const& cone, double omega_m,
                       std::int64_t border)
    : sky_(cone.sky), far_(cone.planes.back().far), border_(static_cast<double>(border)) {
  if (border < 0 || 2 * border >= sky_.pixels)
    throw core::InputError(fmt::format("lens planes: a border of {} pixels leaves nothing of {}",
                                       border, sky_.pixels));
  auto const count = static_cast<std::int64_t>(cone.planes.size());
  auto const pixels = sky_.pixels;
  slices_ = Array2<double>("lensing::slices", count, 3);
  auto const host = Kokkos::create_mirror_view(slices_);
  for (std::int64_t k = 0; k < count; ++k) {
    auto const& plane = cone.planes[static_cast<std::size_t>(k)];
    host(k, 0) = plane.near;
    host(k, 1) = plane.far;
    host(k, 2) = plane.distance;
  }
  Kokkos::deep_copy(slices_, host);
  fields_ = Array3<float>("lensing::point_fields", 3 * count, pixels, pixels);
  auto const convergence = plane_convergence(space, cone, omega_m, 0);
  KaiserSquires const transform(sky_);
  auto const one = [&](char const* label) { return Array3<float>(label, 1, pixels, pixels); };
  auto const none = one("lensing::no_b_mode"), gamma_1 = one("lensing::plane_gamma_1"),
             gamma_2 = one("lensing::plane_gamma_2");
  // Plane by plane: no more than one plane's transforms are held beside what is kept.
  for (std::int64_t k = 0; k < count; ++k) {
    auto const plane =
        Kokkos::subview(convergence, Kokkos::make_pair(k, k + 1), Kokkos::ALL, Kokkos::ALL);
    transform.shear(space, plane, none, gamma_1, gamma_2);
    auto const keep = [&](std::int64_t c, Array3<float const> from) {
      Kokkos::deep_copy(space, Kokkos::subview(fields_, 3 * k + c, Kokkos::ALL, Kokkos::ALL),
                        Kokkos::subview(from, 0, Kokkos::ALL, Kokkos::ALL));
    };
    keep(0, plane), keep(1, gamma_1), keep(2, gamma_2);
    space.fence("lensing::point_fields");
  }
}

Array2<float> PointShear::at(ExecSpace const& space, Array2<double const> position) const {
  std::int64_t const n = position.extent_int(0);
  Array2<float> const seen(Kokkos::view_alloc(space, Kokkos::WithoutInitializing, "lensing::seen"),
                           n, 3);
  Kokkos::parallel_for(
      "lensing::point_shear", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      AtPlace{position, slices_, Sampler{fields_}, static_cast<double>(sky_.pixels) / sky_.width(),
              border_, far_, seen});
  space.fence("lensing::point_shear");
  return seen;
}

}  // namespace shearwater::lensing
