// SPDX-License-Identifier: BSD-3-Clause
// Refuses values that are not finite, with their place and the remedy.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <span>
#include <string>

#include "shearwater/core/error.hpp"
#include "shearwater/io/array.hpp"

namespace shearwater::io {

/// What to do about a pixel that has no value.
inline constexpr char const* mask_it =
    "where pixels were not observed, set them to 0 and give a mask";

/// `what` names file and dataset; `first` is added to the leading index in the message, which ends
/// with `remedy`. Throws InputError.
template <class T>
void require_finite(std::span<T const> values, Shape const& shape, std::string const& what,
                    std::int64_t first = 0, char const* remedy = mask_it) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    Shape index(shape.size(), 0);
    auto rest = static_cast<std::int64_t>(i);
    for (std::size_t axis = shape.size(); axis-- > 0; rest /= shape[axis])
      index[axis] = rest % shape[axis];
    if (!index.empty()) index[0] += first;
    throw core::InputError(fmt::format(
        "{}: the value at index {} of shape {} is {}: only finite values are accepted; {}", what,
        shape_text(index), shape_text(shape), values[i], remedy));
  }
}

}  // namespace shearwater::io
