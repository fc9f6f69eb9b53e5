// SPDX-License-Identifier: BSD-3-Clause
// The commands: one function each, the same shape for all. None of them does mathematics.
#pragma once

#include <string>
#include <vector>

#include "shearwater/commands/command_line.hpp"
#include "shearwater/commands/dispatch.hpp"
#include "shearwater/core/config.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/run_control.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::commands {

core::ExitCode maps(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode halos(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode train(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode calibrate(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode infer(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode run(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode report(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode inspect(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode doctor(parallel::Communicator const& comm);

/// What a dry run prints: the checked input and what it will cost.
core::ExitCode plan(CommandLine const& line);
/// Checks an input of any command, told apart by its tables.
core::ExitCode validate(CommandLine const& line);
core::ExitCode help_inputs();

/// Collective over comm: the input file, read by one rank and parsed by all.
core::Config read_input(parallel::Communicator const& comm, std::string const& path,
                        std::vector<std::string> const& overrides);

/// Table [output] of every input.
struct OutputConfig {
  std::string path;
  void describe(core::Fields& field);
};

/// One [[step]] of a chain.
struct Step {
  std::string command, input, out;
  std::vector<std::string> set;
  void describe(core::Fields& field);
};

/// The steps of a chain as command lines.
std::vector<CommandLine> read_chain(core::Config chain, CommandLine const& outer);

/// Makes a folder and its parents. Throws IoError with the system's reason.
void make_output_folder(std::string const& folder);

/// A path that a command writes, or that an earlier command of the same chain wrote: relative to
/// the chain's output folder, or to the working folder.
std::string artifact_path(CommandLine const& line, std::string const& path);
/// The main output: --out, else output.path of the input, else `fallback`.
std::string output_path(core::Config& config, CommandLine const& line, std::string const& fallback);
/// Throws InputError when `path` exists (a folder: with content) and neither --overwrite nor
/// --resume was given; makes its parent folder.
void claim_output(std::string const& path, CommandLine const& line);

}  // namespace shearwater::commands
