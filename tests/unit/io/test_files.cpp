// SPDX-License-Identifier: BSD-3-Clause
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/files.hpp"
#include "support.hpp"

using namespace shearwater;

TEST_CASE("a file is refused when it exists and replaced only when asked for") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("a.txt");
  io::write_file(path, "first");
  CHECK_THROWS_AS(io::write_file(path, "second"), core::InputError);
  CHECK(io::read_text(path) == "first");
  io::write_file(path, "second", io::Existing::replace);
  CHECK(io::read_text(path) == "second");
  CHECK(test::files_in(scratch) == std::vector<std::string>{"a.txt"});
}

TEST_CASE("what killed writers of this host left is removed, and what live ones write is not") {
  test::ScratchFolder const scratch;
  std::string host(256, '\0');
  REQUIRE(gethostname(host.data(), host.size() - 1) == 0);
  host = host.c_str();
  pid_t const child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  auto const left = [&](std::string const& of, std::string const& process) {
    auto const name = of + "." + process + ".tmp";
    std::ofstream(scratch.file(name)) << "half";
    return name;
  };
  left("a.txt", host + "." + std::to_string(child));
  std::vector<std::string> expected = {
      "a.txt", left("a.txt", host + "." + std::to_string(getppid())),
      left("a.txt", "elsewhere." + std::to_string(child)), left("a.txt", host + ".x"),
      left("b.txt", host + "." + std::to_string(child))};
  std::ranges::sort(expected);
  io::write_file(scratch.file("a.txt"), "whole");
  CHECK(test::files_in(scratch) == expected);
  CHECK(io::read_text(scratch.file("a.txt")) == "whole");
}

TEST_CASE("a file that cannot be written names the reason") {
  test::ScratchFolder const scratch;
  CHECK_THROWS_WITH(io::write_file(scratch.file("no/such/folder.txt"), "x"),
                    ContainsSubstring("cannot be written: No such file or directory"));
  CHECK_THROWS_WITH(io::read_file(scratch.file("missing")), ContainsSubstring("does not exist"));
  io::write_file(scratch.file("big"), "12345");
  CHECK_THROWS_WITH(io::read_file(scratch.file("big"), 4), ContainsSubstring("more than the 4"));
  CHECK_THROWS_WITH(io::require_space(scratch.file("huge"), std::int64_t{1} << 60),
                    ContainsSubstring("MB are free"));
}

TEST_CASE("CSV fields with commas, quotes and line breaks are quoted") {
  CHECK(io::csv_text({"a", "b"}, {{"1", "x,y"}, {"say \"no\"", "two\nlines"}}) ==
        "a,b\n1,\"x,y\"\n\"say \"\"no\"\"\",\"two\nlines\"\n");
}

TEST_CASE("numbers are written with the fewest digits that read back") {
  for (double const value : {0.1, 1.0 / 3, 1e-300, -2.5e17, 0.0})
    CHECK(std::stod(io::number_text(value)) == value);
  CHECK(io::number_text(0.1) == "0.1");
}
