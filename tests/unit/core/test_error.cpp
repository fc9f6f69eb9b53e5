// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>
#include <new>

#include "catch.hpp"
#include "shearwater/core/error.hpp"

using namespace shearwater::core;

TEST_CASE("any exception has a code and one message for a user", "[core][error]") {
  auto const own = as_error(InputError("maps.pixels = 3"));
  CHECK(own.code() == ExitCode::bad_input);
  CHECK(std::string(own.what()) == "maps.pixels = 3");

  auto const file = as_error(std::filesystem::filesystem_error(
      "status", "a.h5", std::make_error_code(std::errc::permission_denied)));
  CHECK(file.code() == ExitCode::io);
  CHECK(std::string(file.what()) == "a.h5: Permission denied");

  CHECK_THAT(as_error(std::bad_alloc()).what(), ContainsSubstring("not enough memory"));

  auto const library = as_error(
      std::runtime_error("sizes differ\nException raised from add at a.cpp:3\nframe #0: main"));
  CHECK(library.code() == ExitCode::internal);
  CHECK(std::string(library.what()) == "sizes differ");
}
