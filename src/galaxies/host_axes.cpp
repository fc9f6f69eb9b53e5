// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/host_axes.hpp"

#include "axis_rows.hpp"

namespace shearwater::galaxies {

void scatter_axes(ExecSpace const& space, HaloBlock& halos, double strength, std::uint64_t seed) {
  if (strength >= 1 || halos.axes.extent(0) == 0) return;
  auto const mu = static_cast<float>(strength);
  auto const axes = halos.axes;
  auto const key = halos.key;
  Kokkos::parallel_for(
      "galaxies::scatter_axes", Kokkos::RangePolicy<ExecSpace>(space, 0, halos.size()),
      KOKKOS_LAMBDA(std::int64_t h) {
        Vector const coarse = axis_of(axes, h, 0);
        if (!is_known(coarse)) return;
        Draws draws(seed, core::Purpose::host_axes, key(h), 0);
        std::uint32_t roll = 0;
        Vector const major = normalised(watson_axis(coarse, mu, draws, roll));
        store(axes, h, 0, major);
        Vector minor = axis_of(axes, h, 2);
        if (!is_known(minor)) return;  // catalogues may tell the major axis alone
        minor = across(minor, major);
        // Nothing of a minor axis is left across a new major axis along it: any direction will do.
        if (!is_known(minor)) {
          float const angle = 6.28318530718F * uniform(roll);
          auto const plane = plane_of(major);
          minor =
              combine(Kokkos::cos(angle), plane.first, Kokkos::sin(angle), plane.second, 0, major);
        }
        store(axes, h, 1, cross(minor, major));
        store(axes, h, 2, minor);
      });
}

}  // namespace shearwater::galaxies
