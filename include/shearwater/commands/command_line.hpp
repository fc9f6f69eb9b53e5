// SPDX-License-Identifier: BSD-3-Clause
// What the user typed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shearwater::commands {

/// One call of the program. Commands that compute use every field; those that look use `target` and
/// `view` alone.
struct CommandLine {
  std::string command;     ///< "maps", "train", ..., "" when the program has ended already
  std::string target;      ///< input file, or file or folder to look at
  std::string in;          ///< overrides the main input
  std::string out;         ///< overrides the main output
  std::string base = ".";  ///< folder of what the commands of a chain write and read
  bool in_chain = false;   ///< a step: earlier ones write what it reads
  /// What the earlier steps write, where that is known: StepFiles::writes.
  std::vector<std::string> written;
  std::vector<std::string> set;  ///< table.key=value
  std::string time_limit;        ///< as core::parse_time_limit reads it
  std::string device = "auto";   ///< auto, cpu, cuda
  std::string view;              ///< inspect: "", "digest" or "toml"; help: the topic
  std::string mem_per_rank;      ///< with dry_run: memory of one rank, "4G"
  std::int64_t ranks = 1;        ///< with dry_run: ranks to plan for
  bool dry_run = false, resume = false, overwrite = false;
};

/// Parses the arguments. `exit_code` is set when the program should end at once (help, version, or
/// a mistake, which has been printed with the usage).
CommandLine parse_command_line(int argc, char const* const* argv, std::optional<int>& exit_code);

/// Whether this process speaks for those that were launched together, before MPI is started: the
/// first of them by its launcher's variables, or a process alone.
bool is_first_of_launch();

/// True for the commands that start no MPI: help, doctor's parts, dry runs, validate.
bool runs_without_mpi(CommandLine const& line);

}  // namespace shearwater::commands
