// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/array.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "shearwater/core/error.hpp"

namespace shearwater::io {

std::int64_t element_count(Shape const& shape) {
  std::int64_t product = 1;
  for (auto const extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(product, extent, &product))
      throw core::InputError(fmt::format(
          "the shape {} is impossible: extents must be 0 or more and their product below 2^63",
          shape_text(shape)));
  }
  return product;
}

std::string shape_text(Shape const& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

void Array::check_type(ElementType wanted) const {
  core::require(type == wanted, fmt::format("the array holds {} but {} was asked for",
                                            type_name(type), type_name(wanted)));
}

namespace {

template <class T>
std::vector<double> converted(Array const& array) {
  auto const values = array.as<T>();
  return {values.begin(), values.end()};
}

}  // namespace

std::vector<double> Array::to_double() const {
  switch (type) {
    case ElementType::float32:
      return converted<float>(*this);
    case ElementType::float64:
      return converted<double>(*this);
    case ElementType::int32:
      return converted<std::int32_t>(*this);
    case ElementType::int64:
      return converted<std::int64_t>(*this);
    case ElementType::uint8:
      return converted<std::uint8_t>(*this);
  }
  throw core::InternalError("unknown element type");
}

}  // namespace shearwater::io
