// SPDX-License-Identifier: BSD-3-Clause
// `shearwater inspect FILE`: what a file holds.
#include "shearwater/io/inspect.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "commands.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

core::ExitCode inspect(parallel::Communicator const& comm, CommandLine const& line) {
  comm.on_root([&] {
    auto const text = line.view == "digest" ? io::digest(line.target) + "\n"
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
