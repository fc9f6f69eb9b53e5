// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/core/element_type.hpp"

#include "shearwater/core/error.hpp"

namespace shearwater::core {

std::size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::float32:
    case ElementType::int32:
      return 4;
    case ElementType::float64:
    case ElementType::int64:
      return 8;
    case ElementType::uint8:
      return 1;
  }
  throw InternalError("unknown element type");
}

std::string type_name(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return "float32";
    case ElementType::float64:
      return "float64";
    case ElementType::int32:
      return "int32";
    case ElementType::int64:
      return "int64";
    case ElementType::uint8:
      return "uint8";
  }
  throw InternalError("unknown element type");
}

}  // namespace shearwater::core
