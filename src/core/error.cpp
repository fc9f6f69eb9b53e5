// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <new>

namespace shearwater::core {

Error as_error(std::exception const& error) {
  if (auto const* own = dynamic_cast<Error const*>(&error)) return *own;
  if (auto const* file = dynamic_cast<std::filesystem::filesystem_error const*>(&error))
    return IoError(fmt::format("{}: {}", file->path1().string(), file->code().message()));
  if (dynamic_cast<std::bad_alloc const*>(&error) != nullptr ||
      dynamic_cast<std::length_error const*>(&error) != nullptr)
    return InternalError(
        "there is not enough memory: use fewer ranks per node, or fewer examples, maps or samples; "
        "--dry-run prints what an input needs");
  std::string const text = error.what();
  // As LibTorch marks the beginning of its call stack.
  auto const end = std::min(text.find("\nException raised from"), text.find("\nframe #"));
  return InternalError(text.substr(0, end));
}

void require(bool condition, std::string const& message, std::source_location where) {
  if (condition) return;
  throw InternalError(fmt::format("{} ({}:{} in {})", message, where.file_name(), where.line(),
                                  where.function_name()));
}

}  // namespace shearwater::core
