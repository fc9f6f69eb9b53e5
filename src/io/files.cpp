// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "descriptor.hpp"
#include "shearwater/core/error.hpp"
#include "temporary.hpp"

namespace shearwater::io {

namespace fs = std::filesystem;

namespace {

std::string folder_of(std::string const& path) {
  auto const folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

/// Renames without replacing; file systems without that operation get a check and a rename.
int rename_new(std::string const& from, std::string const& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (fs::exists(to)) return EEXIST;
  return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

void sync_path(std::string const& path) {
  Descriptor const file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() || fsync(file.get()) != 0)
    throw core::IoError(fmt::format("{}: syncing to disk failed: {}", path, std::strerror(errno)));
}

void require_writable(std::string const& path, Existing existing) {
  if (existing == Existing::refuse && fs::exists(fs::symlink_status(path)))
    throw core::InputError(fmt::format(
        "{} exists already: name another output or allow it to be replaced (--overwrite)", path));
}

void publish(std::string const& temporary, std::string const& path, Existing existing) {
  sync_path(temporary);
  int const status = existing == Existing::replace
                         ? (std::rename(temporary.c_str(), path.c_str()) == 0 ? 0 : errno)
                         : rename_new(temporary, path);
  if (status == EEXIST) require_writable(path, existing);
  if (status != 0)
    throw core::IoError(
        fmt::format("{}: renaming to {} failed: {}", temporary, path, std::strerror(status)));
  sync_path(folder_of(path));
}

void write_file(std::string const& path, std::span<std::byte const> bytes, Existing existing) {
  require_writable(path, existing);
  auto const temporary = claim_temporary(path);
  try {
    Descriptor const file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file.is_open())
      throw core::IoError(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
    for (std::size_t done = 0; done < bytes.size();) {
      auto const piece = std::min(bytes.size() - done, std::size_t{1} << 30);
      auto const count = ::write(file.get(), bytes.data() + done, piece);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0)
        throw core::IoError(fmt::format("{}: writing failed after {} of {} bytes: {}", path, done,
                                        bytes.size(), std::strerror(errno)));
      done += static_cast<std::size_t>(count);
    }
    publish(temporary, path, existing);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
}

void write_file(std::string const& path, std::string_view text, Existing existing) {
  write_file(path, std::as_bytes(std::span(text.data(), text.size())), existing);
}

std::vector<std::byte> read_file(std::string const& path, std::int64_t size_cap) {
  std::error_code error;
  if (!fs::exists(path, error)) throw core::IoError(fmt::format("{} does not exist", path));
  if (!fs::is_regular_file(path, error)) throw core::IoError(fmt::format("{} is not a file", path));
  auto const size = static_cast<std::int64_t>(fs::file_size(path));
  if (size > size_cap)
    throw core::IoError(fmt::format("{} has {} bytes, more than the {} that are accepted here",
                                    path, size, size_cap));
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  if (!file || file.gcount() != size)
    throw core::IoError(
        fmt::format("{}: reading its {} bytes failed: {}", path, size, std::strerror(errno)));
  return bytes;
}

std::string read_text(std::string const& path, std::int64_t size_cap) {
  auto const bytes = read_file(path, size_cap);
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

std::int64_t free_bytes(std::string const& path) {
  struct statvfs status {};
  std::string const folder = folder_of(path);
  if (statvfs(folder.c_str(), &status) != 0)
    throw core::IoError(
        fmt::format("{}: the folder {} cannot be used: {}", path, folder, std::strerror(errno)));
  return static_cast<std::int64_t>(status.f_bavail) * static_cast<std::int64_t>(status.f_frsize);
}

void require_space(std::string const& path, std::int64_t bytes) {
  std::int64_t const free = free_bytes(path);
  auto const wanted = static_cast<std::int64_t>(1.1 * static_cast<double>(bytes));
  if (free < wanted)
    throw core::IoError(fmt::format(
        "{}: {:.1f} MB are needed but {:.1f} MB are free there: make room or name another output",
        path, static_cast<double>(wanted) / 1e6, static_cast<double>(free) / 1e6));
}

namespace {

void append_csv_field(std::string& line, std::string const& text) {
  bool const quote = text.find_first_of(",\"\n\r") != std::string::npos;
  if (quote) line += '"';
  for (char const c : text) line.append(c == '"' ? 2 : 1, c);
  if (quote) line += '"';
}

std::string csv_line(std::vector<std::string> const& fields) {
  std::string line;
  for (auto const& field : fields) {
    if (&field != &fields.front()) line += ',';
    append_csv_field(line, field);
  }
  line += '\n';
  return line;
}

}  // namespace

std::string csv_text(std::vector<std::string> const& header,
                     std::vector<std::vector<std::string>> const& rows) {
  std::string text = csv_line(header);
  for (auto const& row : rows) {
    core::require(row.size() == header.size(),
                  fmt::format("a row has {} fields, the header {}", row.size(), header.size()));
    text += csv_line(row);
  }
  return text;
}

std::string number_text(double value) {
  char buffer[32];
  auto const end = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end.ptr};
}

}  // namespace shearwater::io
