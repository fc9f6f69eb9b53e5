// SPDX-License-Identifier: BSD-3-Clause
#include "temporary.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace shearwater::io {

namespace fs = std::filesystem;

namespace {

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "host";
}

std::string start_of(std::string const& path) { return path + "." + host_name() + "."; }

bool is_alive(pid_t process) { return kill(process, 0) == 0 || errno == EPERM; }

/// Whether `end` is that of a temporary file, or of the lock that Open MPI's library of files lays
/// beside it while it is open.
bool is_ending(std::string_view end) {
  return end == ".tmp" || (end.starts_with(".tmp-") && end.ends_with(".lock"));
}

/// Removes files and folders beside `path` that begin with its name, and have the rest that
/// `is_meant` takes.
template <class Meant>
void remove_beside(std::string const& path, Meant const& is_meant) {
  fs::path const whole(path);
  auto const start = whole.filename().string();
  auto const folder = whole.parent_path();
  // A folder that cannot be listed now keeps what is in it.
  std::error_code error, ignored;
  fs::directory_iterator entry(folder.empty() ? "." : folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    auto const name = entry->path().filename().string();
    if (name.starts_with(start) && is_meant(std::string_view(name).substr(start.size())))
      fs::remove_all(entry->path(), ignored);
  }
}

}  // namespace

std::string temporary_name(std::string const& path) {
  return fmt::format("{}{}.tmp", start_of(path), getpid());
}

std::string claim_temporary(std::string const& path) {
  remove_beside(start_of(path), [](std::string_view rest) {
    pid_t process = 0;
    auto const number = std::from_chars(rest.data(), rest.data() + rest.size(), process);
    return number.ec == std::errc() && process > 0 && !is_alive(process) &&
           is_ending(rest.substr(static_cast<std::size_t>(number.ptr - rest.data())));
  });
  return temporary_name(path);
}

void remove_temporary(std::string const& temporary) {
  remove_beside(temporary.substr(0, temporary.size() - std::string_view(".tmp").size()), is_ending);
}

}  // namespace shearwater::io
