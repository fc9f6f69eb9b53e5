// SPDX-License-Identifier: BSD-3-Clause
// Philox and Box-Muller over groups of 16 counters: plain loops that the compiler vectorises.
// Element e of a stream belongs to group e / 64; within it, element 16 w + lane is made of word w
// of counter 16 group + lane / 2 + 8 (lane mod 2): an order that costs no transposition.
#include <algorithm>
#include <array>
#include <cstring>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/core/vector_math.hpp"

namespace shearwater::core {
namespace {

constexpr std::size_t kLanes = 16;
constexpr std::size_t kGroup = 4 * kLanes;

/// Vectors of words that hold one word of a group's counters.
constexpr std::size_t kParts = kLanes / kWordLanes;
using Words = std::array<std::array<WordLanes, kParts>, 4>;

/// Counters first ... first + kWordLanes - 1.
inline WordLanes counters(std::uint64_t first) {
  WordLanes lane;
  for (std::size_t i = 0; i < kWordLanes; ++i) lane[i] = i;
  return lane + first;
}

/// Philox4x32-10 (Salmon et al. 2011, table 2) of counters first_draw + 0 ... 15; each word in the
/// lower half of its element.
inline Words philox_words(std::uint64_t seed, Purpose purpose, std::uint64_t index,
                          std::uint64_t first_draw) {
  Words x;
  for (std::size_t part = 0; part < kParts; ++part) {
    x[0][part] = WordLanes{} + index;
    x[1][part] = WordLanes{} + (index >> 32);
    x[2][part] = counters(first_draw + part * kWordLanes);
    x[3][part] = WordLanes{} + std::uint64_t{static_cast<std::uint32_t>(purpose)};
  }
  auto key0 = static_cast<std::uint32_t>(seed);
  auto key1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    for (std::size_t part = 0; part < kParts; ++part) {
      WordLanes const product0 = widening_product(x[0][part], 0xD2511F53U);
      WordLanes const product1 = widening_product(x[2][part], 0xCD9E8D57U);
      x[0][part] = (product1 >> 32) ^ x[1][part] ^ std::uint64_t{key0};
      x[1][part] = product1;
      x[2][part] = (product0 >> 32) ^ x[3][part] ^ std::uint64_t{key1};
      x[3][part] = product0;
    }
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
  return x;
}

/// The 64 normals of one group.
inline void normal_group(std::uint64_t seed, Purpose purpose, std::uint64_t index,
                         std::uint64_t group, float* __restrict out) {
  Words const words = philox_words(seed, purpose, index, group * kLanes);
  // Two neighbouring elements take counters i and i + 8: their words then fill a vector of 32-bit
  // lanes by one shift and one or.
  std::array<std::array<WordLanes, kParts / 2>, 4> packed;
  for (std::size_t w = 0; w < 4; ++w)
    for (std::size_t part = 0; part < kParts / 2; ++part)
      packed[w][part] = (words[w][part] & 0xffffffffU) | (words[w][part + kParts / 2] << 32);
  alignas(64) std::array<std::array<std::uint32_t, kLanes>, 4> bits;
  std::memcpy(bits.data(), packed.data(), sizeof(bits));
  for (std::size_t i = 0; i < kLanes; ++i) {
    NormalPair const a = normal_pair(bits[0][i], bits[1][i]);
    NormalPair const b = normal_pair(bits[2][i], bits[3][i]);
    out[i] = a.first;
    out[kLanes + i] = a.second;
    out[2 * kLanes + i] = b.first;
    out[3 * kLanes + i] = b.second;
  }
}

}  // namespace

void fill_normals(std::uint64_t seed, Purpose purpose, std::uint64_t index, std::uint64_t first,
                  std::span<float> out) {
  require(first % 4 == 0, "fill_normals starts at a multiple of 4");
  require((first + out.size()) / 4 < (std::uint64_t{1} << 32), "a stream of normals holds 2^34");
  std::uint64_t const last = first + out.size();
  for (std::uint64_t group = first / kGroup; group * kGroup < last; ++group) {
    std::uint64_t const begin = group * kGroup;
    if (begin >= first && begin + kGroup <= last) {
      normal_group(seed, purpose, index, group, out.data() + (begin - first));
      continue;
    }
    std::array<float, kGroup> whole;
    normal_group(seed, purpose, index, group, whole.data());
    std::uint64_t const from = std::max(begin, first);
    std::uint64_t const to = std::min(begin + kGroup, last);
    std::copy(whole.begin() + static_cast<std::ptrdiff_t>(from - begin),
              whole.begin() + static_cast<std::ptrdiff_t>(to - begin),
              out.begin() + static_cast<std::ptrdiff_t>(from - first));
  }
}

}  // namespace shearwater::core
