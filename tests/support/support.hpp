// SPDX-License-Identifier: BSD-3-Clause
// What tests share: the world communicator, the data folder, a scratch folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "shearwater/parallel/communicator.hpp"

namespace shearwater::test {

/// All ranks of this test program.
parallel::Communicator const& world();

/// Ends the program at once on all ranks with ctest's skip code 77 and a line that says why.
[[noreturn]] void skip_program(std::string const& why);

/// The folder of the public data sets, or nothing when SHEARWATER_DATA is unset.
std::optional<std::filesystem::path> data_folder();

/// The file of the data sets; when it is not there, ends the test program with ctest's skip code 77
/// and a line that says which file is missing and why that skips. Call it first in a program of
/// external tests.
std::filesystem::path require_data(std::string const& relative);

/// An empty folder of this test that is removed at the end; the same on all ranks. Collective over
/// world().
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  std::filesystem::path path() const { return path_; }
  std::string file(std::string const& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Names of what is in the folder, sorted.
std::vector<std::string> files_in(ScratchFolder const& folder);

}  // namespace shearwater::test
