// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/core/random.hpp"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>

namespace shearwater::core {

std::array<std::uint32_t, 4> philox(std::uint64_t seed, Purpose purpose, std::uint64_t index,
                                    std::uint32_t draw) {
  r123::Philox4x32 generator;
  r123::Philox4x32::ctr_type counter = {{static_cast<std::uint32_t>(index),
                                         static_cast<std::uint32_t>(index >> 32), draw,
                                         static_cast<std::uint32_t>(purpose)}};
  r123::Philox4x32::key_type key = {
      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
  auto const r = generator(counter, key);
  return {r[0], r[1], r[2], r[3]};
}

std::uint32_t Stream::bits() {
  if (used_ == 4) {
    block_ = philox(seed_, purpose_, index_, draw_++);
    used_ = 0;
  }
  return block_[static_cast<std::size_t>(used_++)];
}

std::uint64_t Stream::bits64() {
  std::uint64_t const high = bits();
  return (high << 32) | bits();
}

double Stream::uniform() {
  // The half step keeps 0 and 1 out, so that logarithms are finite.
  return (static_cast<double>(bits64() >> 11) + 0.5) * 0x1p-53;
}

double Stream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double const radius = std::sqrt(-2.0 * std::log(uniform()));
  double const angle = 2.0 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

std::uint64_t Stream::below(std::uint64_t bound) {
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits64()) * bound) >> 64);
}

}  // namespace shearwater::core
