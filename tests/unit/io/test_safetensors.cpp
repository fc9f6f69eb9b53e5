// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/ranges.h>

#include <cstring>
#include <limits>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/safetensors.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

io::NamedTensor tensor(std::string const& name, std::vector<float> const& values) {
  io::NamedTensor result{name, "F32", {static_cast<std::int64_t>(values.size())}, {}};
  result.bytes.resize(values.size() * sizeof(float));
  std::memcpy(result.bytes.data(), values.data(), result.bytes.size());
  return result;
}

std::string with_header(std::string const& header, std::size_t data_bytes) {
  std::uint64_t const length = header.size();
  return std::string(reinterpret_cast<char const*>(&length), 8) + header +
         std::string(data_bytes, '\x01');
}

std::string refusal(std::string const& path, std::string const& bytes) {
  io::write_file(path, bytes, io::Existing::replace);
  try {
    io::read_safetensors(path);
  } catch (core::Error const& error) {
    return error.what();
  }
  return "accepted";
}

std::string object(std::vector<std::string> const& entries) {
  return fmt::format("{{{}}}", fmt::join(entries, ","));
}

std::string entry(std::string const& name, std::string const& type, std::string const& shape,
                  std::string const& offsets) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":{}}})", name, type, shape,
                     offsets);
}

}  // namespace

TEST_CASE("tensors and metadata read back, and the same content gives the same bytes") {
  test::ScratchFolder const scratch;
  io::TensorFile file;
  file.tensors = {tensor("head.weight", {1, 2, 3}), tensor("a.bias", {}), tensor("b", {4})};
  file.tensors.push_back({"steps", "I64", {}, std::vector<std::byte>(8)});
  file.metadata = {{"format_version", "1"}};
  io::write_safetensors(scratch.file("m.safetensors"), file);
  io::write_safetensors(scratch.file("n.safetensors"), file);
  CHECK(io::read_file(scratch.file("m.safetensors")) ==
        io::read_file(scratch.file("n.safetensors")));
  auto const read = io::read_safetensors(scratch.file("m.safetensors"));
  CHECK(read.metadata == file.metadata);
  REQUIRE(read.tensors.size() == 4);
  for (auto const& t : file.tensors) {
    CHECK(read.tensor(t.name).dtype == t.dtype);
    CHECK(read.tensor(t.name).shape == t.shape);
    CHECK(read.tensor(t.name).bytes == t.bytes);
  }
  CHECK_THROWS_WITH(read.tensor("c"), ContainsSubstring("there are: "));
}

TEST_CASE("a weight that is NaN or infinite is refused by name and place, unless allowed") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("m.safetensors");
  for (float const bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    io::TensorFile file;
    file.tensors = {tensor("good", {1}), tensor("bad", {1, bad})};
    io::write_safetensors(path, file, io::Existing::replace);
    CHECK_THROWS_WITH(io::read_safetensors(path),
                      ContainsSubstring("'bad'") && ContainsSubstring("element 1"));
    CHECK(io::read_safetensors(path, true).tensors.size() == 2);
  }
}

TEST_CASE("safetensors headers that lie are refused") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("m.safetensors");
  auto const one = entry("a", "U8", "[4]", "[0,4]");
  auto const check = [&](std::string const& header, std::size_t bytes, std::string const& why) {
    INFO(header);
    CHECK_THAT(refusal(path, with_header(header, bytes)), ContainsSubstring(why));
  };
  CHECK(refusal(path, with_header(object({one}), 4)) == "accepted");
  check(object({one}), 3, "cut off");
  check(object({one}), 5, "belong to no tensor");
  check(object({one, entry("b", "U8", "[2]", "[6,8]")}), 8, "a hole");
  check(object({one, entry("b", "U8", "[2]", "[3,5]")}), 5, "an overlap");
  check(object({entry("a", "F32", "[4]", "[0,4]")}), 4, "does not fit");
  check(object({entry("a", "U8", "[4]", "[4,0]")}), 4, "does not fit");
  check(object({entry("a", "U8", "[-4]", "[0,4]")}), 4, "not a count");
  check(object({entry("a", "U8", "[4294967296,4294967296]", "[0,4]")}), 4, "impossible");
  check(object({entry("a", "C64", "[4]", "[0,4]")}), 4, "'C64' is not one of");
  check(object({one, one}), 4, "occurs twice");
  check("{\"a\":{\"dtype\":\"U8\"}}", 4, "has unknown fields");
  check("[1, 2]", 4, "not a JSON object");
  check("{\"a\"", 4, "not JSON");
  CHECK_THAT(refusal(path, std::string(8, '\xff')), ContainsSubstring("header claims"));
  CHECK_THAT(refusal(path, "1234"), ContainsSubstring("cut off"));
  CHECK_THAT(refusal(path, with_header("{}", 0).substr(0, 9)), ContainsSubstring("cut off"));
}
