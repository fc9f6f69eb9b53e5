// SPDX-License-Identifier: BSD-3-Clause
// `shearwater inspect FILE`: what a file holds.
#include "shearwater/io/inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "commands.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

namespace {

/// "DIGEST\n" of a file; of a folder "DIGEST  NAME\n" of each HDF5 file in it, by name.
std::string digests_of(std::string const& path) {
  if (!std::filesystem::is_directory(path)) return io::digest(path) + "\n";
  std::vector<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::directory_iterator(path))
    if (auto const ending = entry.path().extension(); ending == ".hdf5" || ending == ".h5")
      files.push_back(entry.path());
  if (files.empty())
    throw core::InputError(
        fmt::format("{}: no file in this folder is named .hdf5 or .h5; name another", path));
  std::ranges::sort(files);
  std::string text;
  for (auto const& file : files)
    text += fmt::format("{}  {}\n", io::digest(file.string()), file.filename().string());
  return text;
}

}  // namespace

core::ExitCode inspect(parallel::Communicator const& comm, CommandLine const& line) {
  comm.on_root([&] {
    auto const text = line.view == "digest" ? digests_of(line.target)
                      : line.view == "toml" ? io::stored_input(line.target)
                                            : io::inspect(line.target);
    // What is cut off must not pass for the whole, as an input that makes the file again.
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
      throw core::IoError(
          fmt::format("writing to the standard output failed: {}", std::strerror(errno)));
  });
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
