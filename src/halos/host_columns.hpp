// SPDX-License-Identifier: BSD-3-Clause
// Columns of particles on the host.
#pragma once

#include <type_traits>

#include "shearwater/core/views.hpp"

namespace shearwater::halos {

template <class T>
using HostColumns = Kokkos::View<T const**, Kokkos::LayoutStride, HostSpace>;

/// Where they lie if that is the host, else copies. Column by column, because a copy from a device
/// wants whole memory, and columns with room between them, such as a simulation's own, are not.
template <class T>
HostColumns<T> host_columns(Strided2<T const> columns) {
  if constexpr (std::is_same_v<MemorySpace, HostSpace>) {
    return columns;
  } else {
    auto const rows = columns.extent(0);
    Kokkos::View<T**, Kokkos::LayoutLeft, HostSpace> const host(
        Kokkos::view_alloc(Kokkos::WithoutInitializing, "halos::host_columns"), rows,
        columns.extent(1));
    Array1<T> const one(Kokkos::view_alloc(Kokkos::WithoutInitializing, "halos::column"), rows);
    for (std::size_t a = 0; a < columns.extent(1); ++a) {
      Kokkos::deep_copy(one, Kokkos::subview(columns, Kokkos::ALL, a));
      Kokkos::deep_copy(Kokkos::subview(host, Kokkos::ALL, a), one);
    }
    return host;
  }
}

}  // namespace shearwater::halos
