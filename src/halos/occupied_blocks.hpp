// SPDX-License-Identifier: BSD-3-Clause
// Which blocks of a grid hold points, as one bit for each, and the number of such blocks before
// any: neighbours are found by looking at bits, and no block needs a search.
#pragma once

#include <cstdint>

#include "relaxed.hpp"
#include "shearwater/core/views.hpp"

namespace shearwater::halos {

struct OccupiedBlocks {
  Array1<std::uint64_t> bits;    ///< (words + 1), the last one 0
  Array1<std::uint32_t> before;  ///< (words + 1) blocks in the words before

  KOKKOS_FUNCTION bool holds(std::uint64_t block) const {
    return (bits(block / 64) >> block % 64 & 1U) != 0;
  }
  KOKKOS_FUNCTION void mark(std::uint64_t block) const {
    std::uint64_t* const word = &bits(block / 64);
    std::uint64_t const bit = std::uint64_t{1} << block % 64;
    if ((relaxed_load(word) & bit) == 0) Kokkos::atomic_or(word, bit);
  }
  /// How many of the blocks below this one are occupied: its number, if it is one of them.
  KOKKOS_FUNCTION std::uint32_t number(std::uint64_t block) const {
    std::uint64_t const below = (std::uint64_t{1} << block % 64) - 1;
    return before(block / 64) + static_cast<std::uint32_t>(Kokkos::Experimental::popcount_builtin(
                                    bits(block / 64) & below));
  }
  /// Of this block and the two behind it, the number of occupied ones.
  KOKKOS_FUNCTION std::uint32_t count_three(std::uint64_t block) const {
    std::uint64_t const word = block / 64, shift = block % 64;
    std::uint64_t const three = bits(word) >> shift | bits(word + 1) << 1 << (63 - shift);
    return static_cast<std::uint32_t>(Kokkos::Experimental::popcount_builtin(three & 7U));
  }
};

}  // namespace shearwater::halos
