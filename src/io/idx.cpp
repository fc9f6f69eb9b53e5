// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/idx.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <span>

#include "shearwater/core/error.hpp"
#include "shearwater/io/files.hpp"

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_NO_STDIO
#define STBI_ONLY_PNG  // the reader of PNG holds the one of deflated bytes
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb_image.h>
#pragma GCC diagnostic pop

namespace shearwater::io {

namespace {

using Bytes = std::span<std::byte const>;

std::uint32_t byte_at(Bytes bytes, std::size_t i) {
  return std::to_integer<std::uint32_t>(bytes[i]);
}

/// CRC-32 of RFC 1952.
std::uint32_t checksum(Bytes bytes) {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit)
      table[i] = (table[i] & 1U) != 0 ? 0xedb88320U ^ (table[i] >> 1) : table[i] >> 1;
  }
  std::uint32_t sum = 0xffffffffU;
  for (auto const byte : bytes)
    sum = table[(sum ^ std::to_integer<std::uint32_t>(byte)) & 0xffU] ^ (sum >> 8);
  return ~sum;
}

std::uint32_t little_endian(Bytes bytes) {
  return byte_at(bytes, 0) | byte_at(bytes, 1) << 8 | byte_at(bytes, 2) << 16 |
         byte_at(bytes, 3) << 24;
}

/// Bytes before the deflated ones (RFC 1952); 0 where the file ends before.
std::size_t gzip_header(Bytes bytes) {
  std::uint32_t const flags = byte_at(bytes, 3);
  std::size_t at = 10;
  auto const left = [&](std::size_t count) { return at + count <= bytes.size(); };
  if ((flags & 4U) != 0) {
    if (!left(2)) return 0;
    at += 2 + byte_at(bytes, at) + 256 * byte_at(bytes, at + 1);
  }
  for (std::uint32_t const text : {8U, 16U}) {
    if ((flags & text) == 0) continue;
    while (left(1) && byte_at(bytes, at) != 0) ++at;
    ++at;
  }
  if ((flags & 2U) != 0) at += 2;
  return left(8) ? at : 0;
}

std::vector<std::byte> inflated(std::string const& path, std::vector<std::byte> bytes,
                                std::int64_t size_cap) {
  if (bytes.size() < 2 || byte_at(bytes, 0) != 0x1f || byte_at(bytes, 1) != 0x8b) return bytes;
  auto const damaged = [&] {
    return core::IoError(path + ": is truncated, damaged or goes on after its end (gzip)");
  };
  std::size_t const start = bytes.size() < 18 ? 0 : gzip_header(bytes);
  if (start == 0) throw damaged();
  auto const end = bytes.size() - 8;
  std::uint32_t const size = little_endian(Bytes(bytes).subspan(end + 4));
  if (size > size_cap)
    throw core::InputError(fmt::format(
        "{}: holds {} bytes by its last four, more than {}; or it goes on after its end "
        "(gzip)",
        path, size, size_cap));
  int found = 0;
  std::unique_ptr<char, decltype(&std::free)> const data(
      stbi_zlib_decode_noheader_malloc(reinterpret_cast<char const*>(&bytes[start]),
                                       static_cast<int>(end - start), &found),
      &std::free);
  if (!data || static_cast<std::uint32_t>(found) != size) throw damaged();
  auto const* begin = reinterpret_cast<std::byte const*>(data.get());
  std::vector<std::byte> content(begin, begin + size);
  if (checksum(content) != little_endian(Bytes(bytes).subspan(end))) throw damaged();
  return content;
}

}  // namespace

Array read_idx(std::string const& path, std::int64_t size_cap) {
  auto const bytes = inflated(path, read_file(path, size_cap), size_cap);
  // Two zeros, the type (8: bytes), the number of axes, then each extent in four bytes.
  if (bytes.size() < 4 || byte_at(bytes, 0) != 0 || byte_at(bytes, 1) != 0 ||
      byte_at(bytes, 2) != 8 || byte_at(bytes, 3) == 0)
    throw core::InputError(path + ": is no IDX file of bytes by its first four");
  std::size_t const axes = byte_at(bytes, 3), header = 4 + 4 * axes;
  if (bytes.size() < header) throw core::IoError(path + ": is truncated");
  Array array{ElementType::uint8, {}, {}};
  for (std::size_t a = 0; a < axes; ++a) {
    auto const at = 4 + 4 * a;
    array.shape.push_back(byte_at(bytes, at) << 24 | byte_at(bytes, at + 1) << 16 |
                          byte_at(bytes, at + 2) << 8 | byte_at(bytes, at + 3));
  }
  if (element_count(array.shape) != std::ssize(bytes) - static_cast<std::int64_t>(header))
    throw core::IoError(fmt::format("{}: its header says {}, but {} bytes follow", path,
                                    shape_text(array.shape), bytes.size() - header));
  array.bytes.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header), bytes.end());
  return array;
}

}  // namespace shearwater::io
