// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/npy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <regex>

#include "shearwater/core/error.hpp"

namespace shearwater::io {

static_assert(std::endian::native == std::endian::little, "file formats here are little-endian");

namespace {

constexpr std::int64_t header_cap = 65536;

struct Header {
  ElementType type = ElementType::float32;
  bool fortran = false;
  Shape shape;
  std::int64_t data_start = 0;
};

[[noreturn]] void malformed(std::string const& path, std::string const& what) {
  throw core::InputError(fmt::format("{}: not a readable .npy file: {}", path, what));
}

ElementType parse_type(std::string const& path, std::string const& text) {
  if (text == "<f4") return ElementType::float32;
  if (text == "<f8") return ElementType::float64;
  if (text == "<i4") return ElementType::int32;
  if (text == "<i8") return ElementType::int64;
  if (text == "|u1") return ElementType::uint8;
  throw core::InputError(
      fmt::format("{}: holds values of type '{}', but '<f4', '<f8', '<i4', '<i8' or '|u1' is "
                  "needed: convert it, for example with numpy.save(name, array.astype('<f4'))",
                  path, text));
}

Shape parse_shape(std::string const& path, std::string const& text) {
  Shape shape;
  static std::regex const number("[0-9]+");
  for (std::sregex_iterator it(text.begin(), text.end(), number), end; it != end; ++it) {
    if (it->length() > 18 || shape.size() == 32) malformed(path, "its shape is out of range");
    shape.push_back(std::stoll(it->str()));
  }
  return shape;
}

std::string field(std::string const& path, std::string const& header, std::regex const& pattern,
                  char const* name) {
  std::smatch match;
  if (!std::regex_search(header, match, pattern))
    malformed(path, fmt::format("its header has no valid '{}'", name));
  return match[1];
}

/// Reads magic, version, header length and the header's dictionary.
Header read_header(std::string const& path, std::ifstream& file) {
  unsigned char start[12]{};
  file.read(reinterpret_cast<char*>(start), 10);
  if (!file || std::memcmp(start, "\x93NUMPY", 6) != 0)
    malformed(path, "it does not begin with NumPy's mark");
  int const version = start[6];
  if (version < 1 || version > 3)
    malformed(path, fmt::format("format version {} where 1 to 3 are known", version));
  std::int64_t length = start[8] | start[9] << 8;
  Header header;
  header.data_start = 10 + length;
  if (version > 1) {
    file.read(reinterpret_cast<char*>(start + 10), 2);
    length |= static_cast<std::int64_t>(start[10]) << 16 | static_cast<std::int64_t>(start[11])
                                                               << 24;
    header.data_start = 12 + length;
  }
  if (length > header_cap) malformed(path, fmt::format("its header has {} bytes", length));
  std::string text(static_cast<std::size_t>(length), ' ');
  file.read(text.data(), length);
  if (!file) throw core::IoError(fmt::format("{}: is cut off inside its header", path));
  static std::regex const type("'descr'\\s*:\\s*'([^']*)'"),
      shape("'shape'\\s*:\\s*\\(([0-9, ]*)\\)"), order("'fortran_order'\\s*:\\s*(True|False)");
  header.type = parse_type(path, field(path, text, type, "descr"));
  header.fortran = field(path, text, order, "fortran_order") == "True";
  header.shape = parse_shape(path, field(path, text, shape, "shape"));
  return header;
}

/// Column-major to row-major.
std::vector<std::byte> transposed(std::vector<std::byte> const& source, Shape const& shape,
                                  std::size_t size) {
  std::vector<std::byte> result(source.size());
  std::vector<std::size_t> index(shape.size(), 0), stride(shape.size(), 1);
  for (std::size_t axis = 1; axis < shape.size(); ++axis)
    stride[axis] = stride[axis - 1] * static_cast<std::size_t>(shape[axis - 1]);
  for (std::size_t to = 0; to < source.size(); to += size) {
    std::size_t from = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) from += index[axis] * stride[axis];
    std::memcpy(result.data() + to, source.data() + from * size, size);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < static_cast<std::size_t>(shape[axis])) break;
      index[axis] = 0;
    }
  }
  return result;
}

}  // namespace

Array read_npy(std::string const& path, std::int64_t size_cap) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    throw core::IoError(fmt::format("{} does not exist or is not a file", path));
  auto const file_size = static_cast<std::int64_t>(std::filesystem::file_size(path));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw core::IoError(fmt::format("{}: cannot be read", path));
  Header const header = read_header(path, file);
  auto const size = static_cast<std::int64_t>(element_size(header.type));
  std::int64_t const count = element_count(header.shape);
  if (count > size_cap / size)
    throw core::InputError(
        fmt::format("{}: its shape {} takes more than the {} bytes accepted here", path,
                    shape_text(header.shape), size_cap));
  if (file_size - header.data_start != count * size)
    throw core::IoError(
        fmt::format("{}: holds {} bytes of data but its shape {} of {} needs {}: it is cut off or "
                    "damaged; make or copy it again",
                    path, file_size - header.data_start, shape_text(header.shape),
                    type_name(header.type), count * size));
  Array array{header.type, header.shape,
              std::vector<std::byte>(static_cast<std::size_t>(count * size))};
  file.seekg(header.data_start);
  file.read(reinterpret_cast<char*>(array.bytes.data()), count * size);
  if (!file) throw core::IoError(fmt::format("{}: reading failed", path));
  if (header.fortran && array.shape.size() > 1)
    array.bytes = transposed(array.bytes, array.shape, static_cast<std::size_t>(size));
  return array;
}

void write_npy(std::string const& path, Array const& array, Existing existing) {
  core::require(
      array.bytes.size() == static_cast<std::size_t>(array.size()) * element_size(array.type),
      "the array's bytes do not match its shape");
  char const* const types[] = {"<f4", "<f8", "<i4", "<i8", "|u1"};
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                  types[static_cast<std::size_t>(array.type)], fmt::join(array.shape, ", "),
                  array.shape.size() == 1 ? "," : "");
  // Data begin at a multiple of 64 bytes, as NumPy writes them.
  header.append(63 - (10 + header.size()) % 64, ' ').append("\n");
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<char const*>(array.bytes.data()), array.bytes.size());
  write_file(path, bytes, existing);
}

}  // namespace shearwater::io
