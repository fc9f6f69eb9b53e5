// SPDX-License-Identifier: BSD-3-Clause
#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/npy.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

/// A .npy file of any version from its parts, as NumPy writes it.
std::string npy_bytes(int version, std::string header, std::string const& data) {
  header += "\n";
  std::string bytes("\x93NUMPY", 6);
  bytes += static_cast<char>(version);
  bytes += '\0';
  auto const length = header.size();
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    bytes += static_cast<char>((length >> (8 * i)) & 0xff);
  return bytes + header + data;
}

template <class T>
std::string raw(std::vector<T> const& values) {
  return {reinterpret_cast<char const*>(values.data()), values.size() * sizeof(T)};
}

std::string const kSixFloats = raw<float>({0, 1, 2, 3, 4, 5});
std::string const kHeader = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

}  // namespace

TEST_CASE(".npy files of versions 1 to 3, in both orders and types") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("a.npy");
  for (int const version : {1, 2, 3}) {
    io::write_file(path, npy_bytes(version, kHeader, kSixFloats), io::Existing::replace);
    auto const array = io::read_npy(path);
    CHECK(array.shape == io::Shape{2, 3});
    CHECK(array.to_double() == std::vector<double>{0, 1, 2, 3, 4, 5});
  }
  auto const fortran = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }";
  io::write_file(path, npy_bytes(1, fortran, raw<double>({0, 3, 1, 4, 2, 5})),
                 io::Existing::replace);
  CHECK(io::read_npy(path).to_double() == std::vector<double>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("what is written as .npy reads back") {
  test::ScratchFolder const scratch;
  std::vector<double> const values = {1.5, -2, 1e300};
  io::write_npy(scratch.file("a.npy"), io::make_array<double>(values, {3}));
  auto const array = io::read_npy(scratch.file("a.npy"));
  CHECK(array.shape == io::Shape{3});
  CHECK(array.to_double() == values);
}

TEST_CASE(".npy files that are wrong are refused with the reason") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("a.npy");
  auto const message = [&](std::string const& bytes) -> std::string {
    io::write_file(path, bytes, io::Existing::replace);
    try {
      io::read_npy(path);
    } catch (core::Error const& error) {
      return error.what();
    }
    return "accepted";
  };
  auto const header = [](std::string const& type, std::string const& shape) {
    return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  };
  CHECK_THAT(message(npy_bytes(1, kHeader, kSixFloats.substr(0, 23))),
             ContainsSubstring("cut off"));
  CHECK_THAT(message(npy_bytes(1, kHeader, kSixFloats + "x")), ContainsSubstring("needs 24"));
  CHECK_THAT(message(npy_bytes(4, kHeader, kSixFloats)), ContainsSubstring("1 to 3"));
  CHECK_THAT(message("PK\x03\x04 a zip file"), ContainsSubstring("NumPy's mark"));
  CHECK_THAT(message(npy_bytes(1, header(">f4", "(2, 3)"), kSixFloats)),
             ContainsSubstring("astype('<f4')"));
  CHECK_THAT(message(npy_bytes(1, header("|O", "(2, 3)"), kSixFloats)), ContainsSubstring("'|O'"));
  CHECK_THAT(message(npy_bytes(1, "{'shape': 7}", kSixFloats)), ContainsSubstring("no valid"));
  CHECK_THAT(message(npy_bytes(1, header("<f4", "(400000000, 4000000000)"), kSixFloats)),
             ContainsSubstring("accepted here"));
  CHECK_THAT(message(npy_bytes(1, header("<f4", "(9000000000, 9000000000, 9000000000)"), "")),
             ContainsSubstring("impossible"));
}
