// SPDX-License-Identifier: BSD-3-Clause
// The Kokkos spaces and Views used everywhere: the layout is decided here once. Maps and features
// are row-major because networks want the last axis contiguous.
#pragma once

#include <Kokkos_Core.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace shearwater {

using ExecSpace = Kokkos::DefaultExecutionSpace;
using MemorySpace = ExecSpace::memory_space;
using HostSpace = Kokkos::HostSpace;

template <class T>
using Array1 = Kokkos::View<T*, Kokkos::LayoutRight, MemorySpace>;
template <class T>
using Array2 = Kokkos::View<T**, Kokkos::LayoutRight, MemorySpace>;
/// Rows and columns as they lie in some other array.
template <class T>
using Strided2 = Kokkos::View<T**, Kokkos::LayoutStride, MemorySpace>;
template <class T>
using Array3 = Kokkos::View<T***, Kokkos::LayoutRight, MemorySpace>;
template <class T>
using Array4 = Kokkos::View<T****, Kokkos::LayoutRight, MemorySpace>;

/// A copy of values in the order of memory, on the host.
template <class View>
std::vector<typename View::non_const_value_type> to_host(View const& values) {
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), values);
  return {host.data(), host.data() + host.size()};
}

/// A copy of values on the device.
template <class T>
Array1<T> to_device(std::string const& label, std::vector<T> const& values) {
  Array1<T> const result(Kokkos::view_alloc(Kokkos::WithoutInitializing, label), values.size());
  Kokkos::deep_copy(result,
                    Kokkos::View<T const*, HostSpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>>(
                        values.data(), values.size()));
  return result;
}

/// Maps of several sets: (set, bin, row, column).
using Maps = Array4<float>;

}  // namespace shearwater
