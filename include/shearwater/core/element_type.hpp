// SPDX-License-Identifier: BSD-3-Clause
// The types of the elements that arrays have in memory and in files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace shearwater::core {

enum class ElementType { float32, float64, int32, int64, uint8 };

/// Bytes of one element.
std::size_t element_size(ElementType type);
/// "float32", ...
std::string type_name(ElementType type);

template <class T>
constexpr ElementType element_type() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> ||
                    std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t> ||
                    std::is_same_v<T, std::uint8_t>,
                "arrays hold float, double, int32, int64 or uint8");
  if constexpr (std::is_same_v<T, float>) return ElementType::float32;
  if constexpr (std::is_same_v<T, double>) return ElementType::float64;
  if constexpr (std::is_same_v<T, std::int32_t>) return ElementType::int32;
  if constexpr (std::is_same_v<T, std::int64_t>) return ElementType::int64;
  return ElementType::uint8;
}

}  // namespace shearwater::core
