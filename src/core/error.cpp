// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/core/error.hpp"

#include <fmt/format.h>

namespace shearwater::core {

void require(bool condition, std::string const& message, std::source_location where) {
  if (condition) return;
  throw InternalError(fmt::format("{} ({}:{} in {})", message, where.file_name(), where.line(),
                                  where.function_name()));
}

}  // namespace shearwater::core
