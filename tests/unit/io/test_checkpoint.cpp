// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <filesystem>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/checkpoint.hpp"
#include "shearwater/io/files.hpp"
#include "support.hpp"

using namespace shearwater;
namespace fs = std::filesystem;

namespace {

void save(std::string const& folder, std::int64_t step, std::string const& content, int keep = 2) {
  io::CheckpointWriter writer(folder, step);
  writer.write("weights", content);
  writer.write("state", "step " + std::to_string(step));
  writer.commit(keep);
}

std::string name(std::int64_t step) { return fmt::format("step_{:012d}", step); }

}  // namespace

TEST_CASE("the newest valid checkpoint is found, and the last N are kept") {
  test::ScratchFolder const scratch;
  auto const folder = scratch.file("checkpoints");
  CHECK_FALSE(io::newest_valid(folder).newest.has_value());
  for (std::int64_t const step : {9, 100, 1000}) save(folder, step, fmt::format("w{}", step));
  auto const found = io::newest_valid(folder);
  REQUIRE(found.newest.has_value());
  CHECK(found.newest->step == 1000);
  CHECK(io::read_text(found.newest->file("weights")) == "w1000");
  CHECK(found.rejected.empty());
  CHECK_FALSE(fs::exists(folder + "/" + name(9)));
  CHECK(fs::exists(folder + "/" + name(100)));
}

TEST_CASE("a checkpoint with any byte changed is passed over, and the search says why") {
  test::ScratchFolder const scratch;
  auto const folder = scratch.file("checkpoints");
  save(folder, 1, "older");
  save(folder, 2, "newer");
  auto const newest = folder + "/" + name(2);
  for (auto const* file : {"weights", "state", "manifest.json"}) {
    auto const good = io::read_text(newest + "/" + file);
    for (std::size_t i = 0; i < good.size(); ++i) {
      auto bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 1);
      io::write_file(newest + "/" + file, bad, io::Existing::replace);
      auto const found = io::newest_valid(folder);
      INFO(file << ", byte " << i);
      REQUIRE(found.newest.has_value());
      CHECK(found.newest->step == 1);
      CHECK(found.rejected.size() == 1);
      CHECK_THAT(found.rejected.at(0), ContainsSubstring(newest));
    }
    io::write_file(newest + "/" + file, good, io::Existing::replace);
  }
  fs::remove(newest + "/state");
  CHECK_THAT(io::newest_valid(folder).rejected.at(0), ContainsSubstring("state is missing"));
}

TEST_CASE("what was not committed is never taken, and a step may be written again") {
  test::ScratchFolder const scratch;
  auto const folder = scratch.file("checkpoints");
  save(folder, 5, "first");
  {
    io::CheckpointWriter writer(folder, 6);
    writer.write("weights", "half");
    CHECK(fs::exists(folder + "/" + name(6) + ".tmp"));
    CHECK(io::newest_valid(folder).newest->step == 5);
  }
  CHECK_FALSE(fs::exists(folder + "/" + name(6) + ".tmp"));
  save(folder, 5, "second");
  CHECK(io::read_text(io::newest_valid(folder).newest->file("weights")) == "second");
  CHECK(fs::directory_iterator(folder)->path().filename() == name(5));
}

TEST_CASE("damaged checkpoints of later steps do not push out new whole ones") {
  test::ScratchFolder const scratch;
  auto const folder = scratch.file("checkpoints");
  for (std::int64_t const step : {50, 60}) {
    save(folder, step, "lost");
    io::write_file(folder + "/" + name(step) + "/weights", "damaged", io::Existing::replace);
  }
  CHECK_FALSE(io::newest_valid(folder).newest.has_value());
  for (std::int64_t const step : {10, 20, 30}) {
    save(folder, step, "again");
    REQUIRE(io::newest_valid(folder).newest.has_value());
    CHECK(io::newest_valid(folder).newest->step == step);
  }
  CHECK_FALSE(fs::exists(folder + "/" + name(10)));
  CHECK(fs::exists(folder + "/" + name(20)));
}
