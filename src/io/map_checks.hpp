// SPDX-License-Identifier: BSD-3-Clause
// What the masks and noise levels beside maps may hold.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace shearwater::io {

/// Throws InputError naming `name` when a value is not in [0, 1], or when one of the masks, of
/// `pixels` values each, hides every pixel.
void check_mask(std::span<float const> mask, std::int64_t pixels, std::string const& name);
/// Throws InputError when a value is negative or not finite.
void check_noise(std::span<float const> noise, std::string const& name);

}  // namespace shearwater::io
