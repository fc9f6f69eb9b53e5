// SPDX-License-Identifier: BSD-3-Clause
// What a file holds once it is in memory: a type, a shape and row-major bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shearwater/core/element_type.hpp"

namespace shearwater::io {

using core::element_size;
using core::element_type;
using core::ElementType;
using core::type_name;

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
