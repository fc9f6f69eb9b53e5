// SPDX-License-Identifier: BSD-3-Clause
// Maps on the host, and how far they are apart.
#pragma once

#include <cmath>

#include "shearwater/core/views.hpp"

namespace shearwater::test {

using HostMaps = Kokkos::View<float***, Kokkos::LayoutRight, HostSpace>;

inline HostMaps on_host(Array3<float> const& maps) {
  HostMaps host("test::host", maps.extent(0), maps.extent(1), maps.extent(2));
  Kokkos::deep_copy(host, maps);
  return host;
}

inline double rms(HostMaps const& a) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(static_cast<double>(a.data()[i]), 2);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

inline double rms_difference(HostMaps const& a, HostMaps const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::pow(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]), 2);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

}  // namespace shearwater::test
