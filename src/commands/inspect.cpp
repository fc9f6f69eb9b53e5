// SPDX-License-Identifier: BSD-3-Clause
// `shearwater inspect FILE`: what a file holds.
#include "shearwater/io/inspect.hpp"

#include <cstdio>

#include "commands.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

core::ExitCode inspect(parallel::Communicator const& comm, CommandLine const& line) {
  comm.on_root([&] {
    auto const text = line.view == "digest" ? io::digest(line.target) + "\n"
                      : line.view == "toml" ? io::stored_input(line.target)
                                            : io::inspect(line.target);
    std::fputs(text.c_str(), stdout);
  });
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
