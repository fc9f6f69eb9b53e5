// SPDX-License-Identifier: BSD-3-Clause
// The Kokkos spaces and Views used everywhere: the layout is decided here once. Maps and features
// are row-major because networks want the last axis contiguous.
#pragma once

#include <Kokkos_Core.hpp>
#include <cstdint>

namespace shearwater {

using ExecSpace = Kokkos::DefaultExecutionSpace;
using MemorySpace = ExecSpace::memory_space;
using HostSpace = Kokkos::HostSpace;

template <class T>
using Array1 = Kokkos::View<T*, Kokkos::LayoutRight, MemorySpace>;
template <class T>
using Array2 = Kokkos::View<T**, Kokkos::LayoutRight, MemorySpace>;
template <class T>
using Array3 = Kokkos::View<T***, Kokkos::LayoutRight, MemorySpace>;
template <class T>
using Array4 = Kokkos::View<T****, Kokkos::LayoutRight, MemorySpace>;

/// Maps of several sets: (set, bin, row, column).
using Maps = Array4<float>;

}  // namespace shearwater
