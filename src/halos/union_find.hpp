// SPDX-License-Identifier: BSD-3-Clause
// Disjoint sets that any number of threads may join at once. A set's root is its smallest member
// whatever the order of the joins; parents are never larger than their children.
#pragma once

#include <cstdint>

#include "relaxed.hpp"
#include "shearwater/core/views.hpp"

namespace shearwater::halos {

struct DisjointSets {
  Array1<std::uint32_t> parent;

  /// The root of i; halves the path to it on the way.
  KOKKOS_FUNCTION std::uint32_t find(std::uint32_t i) const {
    std::uint32_t above = relaxed_load(&parent(i));
    while (above != i) {
      std::uint32_t const next = relaxed_load(&parent(above));
      if (next != above) relaxed_store(&parent(i), next);
      i = above;
      above = next;
    }
    return i;
  }

  KOKKOS_FUNCTION void join(std::uint32_t i, std::uint32_t j) const {
    for (;;) {
      i = find(i);
      j = find(j);
      if (i == j) return;
      std::uint32_t const larger = i > j ? i : j, smaller = i > j ? j : i;
      // Only a root may get a parent; where another thread was faster, both are looked up again.
      if (Kokkos::atomic_compare_exchange(&parent(larger), larger, smaller) == larger) return;
    }
  }
};

/// `size` sets of one member each. A function, because nvcc takes no lambda in a constructor.
inline DisjointSets make_disjoint_sets(ExecSpace const& space, std::uint32_t size) {
  Array1<std::uint32_t> const parent(
      Kokkos::view_alloc("halos::parent", Kokkos::WithoutInitializing), size);
  Kokkos::parallel_for(
      "halos::make_disjoint_sets",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::uint32_t>>(space, 0, size),
      KOKKOS_LAMBDA(std::uint32_t i) { parent(i) = i; });
  return {parent};
}

}  // namespace shearwater::halos
