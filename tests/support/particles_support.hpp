// SPDX-License-Identifier: BSD-3-Clause
// Particles for tests: this rank's share of points that all ranks know, and groups by comparing all
// pairs.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "shearwater/core/views.hpp"
#include "support.hpp"

namespace shearwater::test {

using Point = std::array<double, 3>;

/// Rows `first`, `first` + `step`, ... of the points, as T.
template <class T>
Array2<T const> positions_of(std::vector<Point> const& points, std::size_t first,
                             std::size_t step) {
  std::size_t const n = points.size() > first ? (points.size() - first + step - 1) / step : 0;
  Array2<T> const result("test::positions", n, 3);
  auto const host = Kokkos::create_mirror_view(result);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t a = 0; a < 3; ++a) host(i, a) = static_cast<T>(points[first + i * step][a]);
  Kokkos::deep_copy(result, host);
  return result;
}

template <class T>
Array1<T const> on_device(std::vector<T> const& values) {
  Array1<T> const result("test::values", values.size());
  auto const host = Kokkos::create_mirror_view(result);
  for (std::size_t i = 0; i < values.size(); ++i) host(i) = values[i];
  Kokkos::deep_copy(result, host);
  return result;
}

template <class T>
std::vector<T> on_host(Array1<T> const& values) {
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), values);
  return {host.data(), host.data() + host.size()};
}

/// The smallest id of each point's group, from all pairs; `side` 0 for no box.
template <class T>
std::vector<std::int64_t> groups_by_pairs(std::vector<Point> const& points,
                                          std::vector<std::int64_t> const& ids, double length,
                                          double side) {
  std::vector<std::size_t> root(points.size());
  std::iota(root.begin(), root.end(), std::size_t{0});
  auto const find = [&](std::size_t i) {
    while (root[i] != i) i = root[i] = root[root[i]];
    return i;
  };
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      double sum = 0;
      for (std::size_t a = 0; a < 3; ++a) {
        double d = std::abs(static_cast<double>(static_cast<T>(points[i][a])) -
                            static_cast<double>(static_cast<T>(points[j][a])));
        if (side > 0) d = std::min(d, side - d);
        sum += d * d;
      }
      if (sum <= length * length) root[find(i)] = find(j);
    }
  std::vector<std::int64_t> smallest(points.size(), std::numeric_limits<std::int64_t>::max());
  for (std::size_t i = 0; i < points.size(); ++i)
    smallest[find(i)] = std::min(smallest[find(i)], ids[i]);
  std::vector<std::int64_t> labels(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) labels[i] = smallest[find(i)];
  return labels;
}

}  // namespace shearwater::test
