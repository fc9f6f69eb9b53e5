// SPDX-License-Identifier: BSD-3-Clause
#include "temporary.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

namespace shearwater::io {

namespace fs = std::filesystem;

namespace {

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "host";
}

std::string start_of(std::string const& path) { return path + "." + host_name() + "."; }

bool is_alive(pid_t process) { return kill(process, 0) == 0 || errno == EPERM; }

}  // namespace

std::string temporary_name(std::string const& path) {
  return fmt::format("{}{}.tmp", start_of(path), getpid());
}

std::string claim_temporary(std::string const& path) {
  auto const start = fs::path(start_of(path)).filename().string();
  auto const folder = fs::path(path).parent_path();
  std::error_code error;
  for (auto const& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
    auto const name = entry.path().filename().string();
    if (!name.starts_with(start) || !name.ends_with(".tmp")) continue;
    auto const* const first = name.data() + start.size();
    auto const* const last = name.data() + name.size() - 4;
    pid_t process = 0;
    auto const number = std::from_chars(first, last, process);
    std::error_code ignored;
    if (number.ptr == last && process > 0 && !is_alive(process)) fs::remove(entry.path(), ignored);
  }
  return temporary_name(path);
}

}  // namespace shearwater::io
