// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/check_positions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "shearwater/core/error.hpp"

namespace shearwater::particles {

namespace {

/// First row with a coordinate outside [low, high] or not finite, or the number of rows.
template <class T>
std::int64_t first_bad_row(ExecSpace const& space, Strided2<T const> positions, double low,
                           double high) {
  auto const n = static_cast<std::int64_t>(positions.extent(0));
  std::int64_t first = n;
  Kokkos::parallel_reduce(
      "particles::first_bad_row",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t row, std::int64_t & bad) {
        bool good = true;
        for (int a = 0; a < 3; ++a) {
          auto const x = static_cast<double>(positions(row, a));
          good = good && x >= low && x <= high;
        }
        if (!good && row < bad) bad = row;
      },
      Kokkos::Min<std::int64_t>(first));
  return std::min(first, n);
}

}  // namespace

template <class T>
void check_positions(ExecSpace const& space, Strided2<T const> positions, double box_side) {
  if constexpr (std::is_integral_v<T>) return;
  double const most = std::numeric_limits<T>::max();
  auto const row = box_side > 0 ? first_bad_row<T>(space, positions, 0, box_side)
                                : first_bad_row<T>(space, positions, -most, most);
  if (row == static_cast<std::int64_t>(positions.extent(0))) return;
  auto const one = Kokkos::create_mirror_view_and_copy(
      HostSpace(), Kokkos::subview(positions, row, Kokkos::ALL()));
  throw core::InputError(fmt::format(
      "particle {} (row from 0, of this rank) is at ({:g}, {:g}, {:g}) Mpc/h: positions must be "
      "finite{}",
      row, static_cast<double>(one(0)), static_cast<double>(one(1)), static_cast<double>(one(2)),
      box_side > 0
          ? fmt::format(" and within [0, {:g}]: check the box's side and the unit of length",
                        box_side)
          : ""));
}

template void check_positions(ExecSpace const&, Strided2<float const>, double);
template void check_positions(ExecSpace const&, Strided2<double const>, double);
template void check_positions(ExecSpace const&, Strided2<std::uint32_t const>, double);

}  // namespace shearwater::particles
