// SPDX-License-Identifier: BSD-3-Clause
// From a command line to the function that does it.
#pragma once

#include <functional>

#include "shearwater/commands/command_line.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::commands {

/// Collective over comm: runs the command of `line`.
core::ExitCode dispatch(parallel::Communicator const& comm, CommandLine const& line);

/// The commands that start no MPI: help inputs, validate, and dry runs.
core::ExitCode dispatch_alone(CommandLine const& line);

/// Collective over comm: the exit code of `action`. An error that all ranks share is printed once
/// and returned; one that other ranks cannot know of aborts them, so that nobody waits for ever.
int guarded(parallel::Communicator const& comm, std::function<core::ExitCode()> const& action);

}  // namespace shearwater::commands
