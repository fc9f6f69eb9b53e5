// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>

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

/// `action` in another process, which ends without leaving anything in order.
template <class Action>
void in_a_killed_process(Action const& action) {
  pid_t const child = fork();
  if (child == 0) {
    try {
      action();
    } catch (...) {
      _exit(1);
    }
    _exit(0);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
}

std::ptrdiff_t entries_in(std::string const& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
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
    CHECK(fs::exists(writer.file("weights")));
    CHECK(entries_in(folder) == 2);
    CHECK(io::newest_valid(folder).newest->step == 5);
  }
  CHECK(entries_in(folder) == 1);
  save(folder, 5, "second");
  CHECK(io::read_text(io::newest_valid(folder).newest->file("weights")) == "second");
  CHECK(fs::directory_iterator(folder)->path().filename() == name(5));
}

TEST_CASE("two runs that write the checkpoint of one step do not write into one folder") {
  test::ScratchFolder const scratch;
  auto const folder = scratch.file("checkpoints");
  {
    io::CheckpointWriter writer(folder, 6);
    writer.write("weights", "mine");
    in_a_killed_process([&] { save(folder, 6, "theirs"); });
    CHECK(io::read_text(io::newest_valid(folder).newest->file("weights")) == "theirs");
    CHECK(io::read_text(writer.file("weights")) == "mine");
    writer.commit();
  }
  CHECK(io::read_text(io::newest_valid(folder).newest->file("weights")) == "mine");
  CHECK(entries_in(folder) == 1);
}

TEST_CASE("what killed runs left of any step is removed, and what live ones write is not") {
  test::ScratchFolder const scratch;
  auto const folder = scratch.file("checkpoints");
  for (std::int64_t const step : {3, 4})
    in_a_killed_process([&] {
      auto* const writer = new io::CheckpointWriter(folder, step);
      writer->write("weights", "half");
    });
  CHECK(entries_in(folder) == 1);  // the second removed what the first had left
  std::string host(256, '\0');
  REQUIRE(gethostname(host.data(), host.size() - 1) == 0);
  auto const live = fmt::format("{}/{}.{}.{}.tmp", folder, name(4), host.c_str(), getppid());
  auto const foreign = folder + "/step_4.notes.tmp";
  for (auto const& path : {live, foreign}) fs::create_directory(path);
  save(folder, 5, "whole");
  CHECK(entries_in(folder) == 3);
  CHECK((fs::exists(live) && fs::exists(foreign)));
  CHECK(io::newest_valid(folder).newest->step == 5);
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
