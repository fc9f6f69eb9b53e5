// SPDX-License-Identifier: BSD-3-Clause
// Whole files, written so that a reader meets the old content or the new one, never a part. None of
// these is collective: call them on one rank (Communicator::on_root).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shearwater::io {

enum class Existing { refuse, replace };

/// Throws InputError when `path` exists and may not be replaced.
void require_writable(std::string const& path, Existing existing);

/// Writes beside `path`, syncs, renames, syncs the folder. Throws InputError when `path` exists and
/// `existing` says refuse, IoError when a step fails; the old file is then still there.
void write_file(std::string const& path, std::span<std::byte const> bytes,
                Existing existing = Existing::refuse);
void write_file(std::string const& path, std::string_view text,
                Existing existing = Existing::refuse);

/// Renames a finished temporary file or folder to its name after syncing it, then syncs the folder.
void publish(std::string const& temporary, std::string const& path, Existing existing);

/// The file's bytes. Throws IoError when it is missing, unreadable or larger than `size_cap`.
std::vector<std::byte> read_file(std::string const& path,
                                 std::int64_t size_cap = std::int64_t{4} << 30);
std::string read_text(std::string const& path, std::int64_t size_cap = std::int64_t{1} << 30);

/// Free bytes for this user on the file system that holds `path` (or will hold it).
std::int64_t free_bytes(std::string const& path);

/// Throws IoError naming both numbers when fewer than 1.1 * `bytes` are free where `path` will be.
void require_space(std::string const& path, std::int64_t bytes);

/// Comma-separated values: a header line and rows of texts. Texts with a comma, quote or line break
/// are quoted (RFC 4180). Throws InternalError when a row has another length than the header.
std::string csv_text(std::vector<std::string> const& header,
                     std::vector<std::vector<std::string>> const& rows);

/// Shortest decimal text that reads back as the same double.
std::string number_text(double value);

}  // namespace shearwater::io
