// SPDX-License-Identifier: BSD-3-Clause
// What a file holds once it is in memory: a type, a shape and row-major bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace shearwater::io {

enum class ElementType { float32, float64, int32, int64, uint8 };

std::size_t element_size(ElementType type);
/// "float32", ...
std::string type_name(ElementType type);

template <class T>
constexpr ElementType element_type() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> ||
                    std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t> ||
                    std::is_same_v<T, std::uint8_t>,
                "files hold float, double, int32, int64 or uint8");
  if constexpr (std::is_same_v<T, float>) return ElementType::float32;
  if constexpr (std::is_same_v<T, double>) return ElementType::float64;
  if constexpr (std::is_same_v<T, std::int32_t>) return ElementType::int32;
  if constexpr (std::is_same_v<T, std::int64_t>) return ElementType::int64;
  return ElementType::uint8;
}

using Shape = std::vector<std::int64_t>;

/// Product of the extents. Throws InputError when one is negative or the product does not fit.
std::int64_t element_count(Shape const& shape);
/// "(3, 128, 128)".
std::string shape_text(Shape const& shape);

/// Most bytes that a reader allocates for one array unless the caller allows more: a file's own
/// header must not be able to ask for all memory.
inline constexpr std::int64_t default_size_cap = std::int64_t{16} << 30;

/// A row-major array in host memory.
struct Array {
  ElementType type = ElementType::float32;
  Shape shape;
  std::vector<std::byte> bytes;

  std::int64_t size() const { return element_count(shape); }
  /// The elements as T. Throws InternalError when the type is another.
  template <class T>
  std::span<T const> as() const {
    check_type(element_type<T>());
    return {reinterpret_cast<T const*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  /// Every element as a double (exact for all types but int64 beyond 2^53).
  std::vector<double> to_double() const;

 private:
  void check_type(ElementType wanted) const;
};

template <class T>
Array make_array(std::span<T const> values, Shape shape) {
  auto const bytes = std::as_bytes(values);
  return {element_type<T>(), std::move(shape), {bytes.begin(), bytes.end()}};
}

}  // namespace shearwater::io
