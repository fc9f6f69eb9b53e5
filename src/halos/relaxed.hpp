// SPDX-License-Identifier: BSD-3-Clause
// Loads and stores of words that other threads change meanwhile: whole, in no order. On the host
// Kokkos' own are a compare-exchange with a lock of the bus, ten times as dear as a plain move.
#pragma once

#include <Kokkos_Core.hpp>
#include <atomic>

namespace shearwater::halos {

template <class T>
KOKKOS_INLINE_FUNCTION T relaxed_load(T* from) {
  KOKKOS_IF_ON_HOST((return std::atomic_ref<T>(*from).load(std::memory_order_relaxed);))
  KOKKOS_IF_ON_DEVICE((return *static_cast<T volatile*>(from);))
}

template <class T>
KOKKOS_INLINE_FUNCTION void relaxed_store(T* to, T value) {
  KOKKOS_IF_ON_HOST((std::atomic_ref<T>(*to).store(value, std::memory_order_relaxed);))
  KOKKOS_IF_ON_DEVICE((*static_cast<T volatile*>(to) = value;))
}

}  // namespace shearwater::halos
