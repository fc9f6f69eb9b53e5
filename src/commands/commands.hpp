// SPDX-License-Identifier: BSD-3-Clause
// The commands: one function each, the same shape for all. None of them does mathematics.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "shearwater/commands/command_line.hpp"
#include "shearwater/commands/dispatch.hpp"
#include "shearwater/core/config.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/core/run_control.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::io {
class InputFile;
}

namespace shearwater::commands {

core::ExitCode maps(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode halos(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode populate(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode graph(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode nbody(parallel::Communicator const& comm, CommandLine const& line);
core::ExitCode measure(parallel::Communicator const& comm, CommandLine const& line);
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

/// Collective over comm: the input file with what `--set` changes, read by one rank and parsed by
/// all.
core::Config read_input(parallel::Communicator const& comm, CommandLine const& line);
/// Throws InputError for a list of commands where the input of one is due, and the other way round.
void check_kind(core::Config const& config, std::string const& command);

/// Table [output] of every input.
struct OutputConfig {
  std::string path;
  void describe(core::Fields& field);
};

/// One [[step]] of a chain.
struct Step {
  std::string command, input, in, out;
  std::vector<std::string> set;
  void describe(core::Fields& field);
};

/// The steps of a chain as command lines.
std::vector<CommandLine> read_chain(core::Config chain, CommandLine const& outer);

/// What a step of a chain reads, and the files and folders that it writes; "FOLDER/" stands for all
/// that is in it.
struct StepFiles {
  std::vector<std::string> reads, writes;
  std::vector<std::string> written = {};  ///< by all steps before
};

/// Throws IoError where a step reads what is not there and no step before it writes.
/// files   of each step
void require_inputs(std::vector<CommandLine> const& steps, std::vector<StepFiles> const& files);

/// Reads an input as its command does, told apart by its tables, or as the commands of its steps
/// do, and returns the command's name. Throws what they throw.
std::string check_input(core::Config config, CommandLine const& line);
/// The same for the steps of a chain, each of its own command; returns the files of each. What is
/// thrown names the step.
std::vector<StepFiles> check_chain(std::vector<CommandLine> steps);
/// Throws IoError where a file that an input names is not there, and no step of a chain may write
/// it before. An empty name is of no file.
void require_there(CommandLine const& line, std::string const& path);
/// Whether one of `written` (StepFiles::writes) is the file or folder `path`, or has it in it.
bool is_written(std::vector<std::string> const& written, std::string const& path);
/// Whether a step of a chain is only looked at, and an earlier one writes the file `path`, or
/// writes it anew, so that nothing can be said of it yet.
bool is_awaited(CommandLine const& line, std::string const& path);

/// Makes a folder and its parents. Throws IoError with the system's reason.
void make_output_folder(std::string const& folder);

/// An output folder: made at once, so that one that cannot be is refused before any work, and
/// removed with this object where nothing was written into it. For one rank.
class OutputFolder {
 public:
  explicit OutputFolder(std::string const& folder);
  ~OutputFolder();
  OutputFolder(OutputFolder const&) = delete;
  OutputFolder& operator=(OutputFolder const&) = delete;

 private:
  std::vector<std::string> made_;  ///< with the parents that were missing, innermost first
};

/// A path that a command writes, or that an earlier command of the same chain wrote: relative to
/// the chain's output folder, or to the working folder.
std::string artifact_path(CommandLine const& line, std::string const& path);

/// Throws UsageError where --device asks for a GPU that the command of `line` has no kernels for.
void require_host(CommandLine const& line);

/// The main output: --out, else output.path of the input, else `fallback`.
std::string output_path(core::Config& config, CommandLine const& line, std::string const& fallback);
/// The text of a path from the command line that stands in an input's place: independent of the
/// working folder, so that the stored input names the same file from anywhere.
std::string absolute_path(std::string const& path);
/// The same text for all names of a path, through links and with or without a slash at its end.
std::string plain_path(std::string const& path);

/// What an output is made from.
struct Origin {
  std::string input;  ///< resolved
  /// Of what else was read, by the names of the output's provenance.
  core::Provenance::Facts facts;
};
/// What the file `path` says of its origin: its input, and those facts that `here` has too.
Origin stored_origin(std::string const& path, Origin const& here);
/// The first difference between two origins, as text; "" where there is none. Keys of `left_out`
/// (core::resolved_keys) may differ.
std::string difference_of(Origin const& there, Origin const& here,
                          std::vector<std::string> const& left_out);
/// Throws InputError naming the first difference and the remedy unless the finished output `path`,
/// made from `there`, is what this run would make.
void require_same_origin(std::string const& path, Origin const& there, Origin const& here,
                         std::vector<std::string> const& left_out);
/// The resolved input that a file was made from; "" where it does not say.
std::string input_of(io::InputFile const& file);
/// Collective over comm: what the root makes, on all ranks.
std::string from_root(parallel::Communicator const& comm, std::function<std::string()> const& make);
/// Files that a run reads, by their names in the provenance of what it writes.
using InputFiles = core::Provenance::Facts;
/// Collective over comm: NAME_hash of each, which tells it from others of the same path; without
/// those whose path is empty.
core::Provenance::Facts hashes_of(parallel::Communicator const& comm, InputFiles const& files);
/// Collective over comm: with --resume, whether the file `path` of `schema` is there, whole and
/// made from `here`, so that nothing is left to do; keys of `without_effect` may differ. Throws
/// InputError when it is another run's, IoError when it is damaged.
bool is_finished(parallel::Communicator const& comm, CommandLine const& line,
                 std::string const& path, std::string const& schema, Origin const& here,
                 std::vector<std::string> const& without_effect = {});

/// What stops a command before its end: a signal, --time-limit, or a file `stop` beside its output
/// `file`.
core::RunControl run_control(CommandLine const& line, std::string const& file);
/// Collective over comm, at a block boundary: why to stop now, the same on all ranks; "" to go on.
std::string reason_to_stop(parallel::Communicator const& comm, core::RunControl const& control);
/// Thrown by work that keeps nothing when it is stopped before its end.
struct Stopped {
  std::string reason;
};
/// Collective over comm: throws Stopped on all ranks where there is a reason to stop.
void stop_if_asked(parallel::Communicator const& comm, core::RunControl const& control);

/// Throws InputError when `path` exists (a folder: with content) and neither --overwrite nor
/// --resume was given; makes its parent folder, and throws IoError where that cannot be written to.
void claim_output(std::string const& path, CommandLine const& line);
/// The same for an HDF5 file. What is there and is none, such as a folder, a device, an input or
/// weights, is an oversight that --overwrite does not cover: InputError.
void claim_file(std::string const& path, CommandLine const& line);
/// Throws IoError when files cannot be made in the folder, such as on a read-only disk.
void require_writable_folder(std::string const& folder);
/// Whether both name the same existing file.
bool same_file(std::string const& one, std::string const& other);
/// Throws InputError where one of the `inputs` is the file `output`, which would replace it. Empty
/// names are of no file.
void protect_inputs(std::vector<std::string> const& inputs, std::string const& output);
void protect_inputs(InputFiles const& inputs, std::string const& output);

/// Whether a file is there whose beginning does not hold `mark`: somebody else wrote it.
bool exists_unmarked(std::string const& path, std::string const& mark);
/// For text that is written beside the HDF5 file `output`: throws InputError where both have one
/// name, where it is there and may not be replaced, and where --overwrite would replace one
/// without the `mark` of text of the command of `line`.
void claim_text(std::string const& path, std::string const& mark, std::string const& output,
                CommandLine const& line);
/// Writes by `write` the text that a run which was killed has left out beside the finished file
/// `output`; warns where nothing can be written.
void mend_text(std::string const& output, std::function<void()> const& write);

}  // namespace shearwater::commands
