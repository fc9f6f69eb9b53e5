// SPDX-License-Identifier: BSD-3-Clause
// What every command shares: reading its input, its outputs and what is there of them already, and
// its end: finished before, stopped early, or after an error.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "commands.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/io/inspect.hpp"

namespace shearwater::commands {

core::Config read_input(parallel::Communicator const& comm, CommandLine const& line) {
  auto const& path = line.target;
  std::string text;
  comm.on_root([&] {
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path))
      throw core::IoError(fmt::format("{}: the input file cannot be read (does it exist?)", path));
    std::ostringstream content;
    content << file.rdbuf();
    text = content.str();
  });
  // What `--set` of a chain changes is for its steps.
  bool const chain = line.command == "run";
  auto config = core::Config::from_text(comm.broadcast(text), path,
                                        chain ? std::vector<std::string>() : line.set);
  check_kind(config, line.command);
  return config;
}

void check_kind(core::Config const& config, std::string const& command) {
  bool const steps = config.array_size("step") > 0;
  if (steps && command != "run")
    throw core::InputError(
        fmt::format("{0}: lists commands ([[step]]), and is not the input of one: `shearwater run "
                    "{0}` runs them",
                    config.name()));
  if (!steps && command == "run")
    throw core::InputError(fmt::format(
        "{0}: no [[step]] here; a chain lists at least one. The input of one command is "
        "run by that command: `shearwater COMMAND {0}`",
        config.name()));
}

void make_output_folder(std::string const& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw core::IoError(fmt::format("{}: the folder cannot be made: {}", folder, error.message()));
}

OutputFolder::OutputFolder(std::string const& folder) {
  auto const absolute = std::filesystem::path(absolute_path(folder));
  for (auto path = absolute; !std::filesystem::exists(path); path = path.parent_path())
    made_.push_back(path.string());
  make_output_folder(folder);
}

OutputFolder::~OutputFolder() {
  std::error_code not_empty;
  for (auto const& path : made_) std::filesystem::remove(path, not_empty);
}

void OutputConfig::describe(core::Fields& field) {
  field("path", path, "", "file or folder to write, relative to the working folder");
}

std::string artifact_path(CommandLine const& line, std::string const& path) {
  if (std::filesystem::path(path).is_absolute()) return path;
  return (std::filesystem::path(line.base) / path).lexically_normal().string();
}

std::string output_path(core::Config& config, CommandLine const& line,
                        std::string const& fallback) {
  auto const table = config.read<OutputConfig>("output");
  if (!line.out.empty()) return line.out;
  return artifact_path(line, table.path.empty() ? fallback : table.path);
}

std::string absolute_path(std::string const& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

std::string plain_path(std::string const& path) {
  std::error_code error;
  auto const real = std::filesystem::weakly_canonical(absolute_path(path), error);
  auto text = error ? absolute_path(path) : real.string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

namespace {

char const* const remedy = "replace it by --overwrite without --resume, or name another --out";

/// What the finished file says of its origin; whole, because all its checksums are looked at.
Origin origin_of(std::string const& path, std::string const& schema, Origin const& here) {
  try {
    io::InputFile(path).check_schema(schema);
    io::digest(path);
    return stored_origin(path, here);
  } catch (core::Error const& error) {
    throw core::Error(error.code(), fmt::format("{}; --resume cannot take it for finished: {}",
                                                error.what(), remedy));
  }
}

}  // namespace

Origin stored_origin(std::string const& path, Origin const& here) {
  Origin origin{io::stored_input(path), {}};
  for (auto const& fact : io::InputFile(path).provenance().origin)
    for (auto const& [name, value] : here.facts)
      if (fact.first == name) origin.facts.push_back(fact);
  return origin;
}

std::string difference_of(Origin const& there, Origin const& here,
                          std::vector<std::string> const& left_out) {
  auto difference = core::first_difference(core::resolved_keys(there.input, left_out),
                                           core::resolved_keys(here.input, left_out));
  if (difference.empty())
    difference = core::first_difference({there.facts.begin(), there.facts.end()},
                                        {here.facts.begin(), here.facts.end()});
  return difference;
}

void require_same_origin(std::string const& path, Origin const& there, Origin const& here,
                         std::vector<std::string> const& left_out) {
  auto const difference = difference_of(there, here, left_out);
  if (!difference.empty())
    throw core::InputError(
        fmt::format("{}: --resume finds it finished, but from another input: {}; {}", path,
                    difference, remedy));
}

std::string input_of(io::InputFile const& file) {
  for (auto const& [name, value] : file.provenance().origin)
    if (name == "input") return value;
  return "";
}

std::string from_root(parallel::Communicator const& comm,
                      std::function<std::string()> const& make) {
  std::string made;
  comm.on_root([&] { made = make(); });
  return comm.broadcast(made);
}

core::Provenance::Facts hashes_of(parallel::Communicator const& comm, InputFiles const& files) {
  core::Provenance::Facts facts;
  for (auto const& file : files) {
    if (file.second.empty()) continue;
    facts.emplace_back(file.first + "_hash",
                       from_root(comm, [&] { return io::content_hash(file.second); }));
  }
  return facts;
}

bool is_finished(parallel::Communicator const& comm, CommandLine const& line,
                 std::string const& path, std::string const& schema, Origin const& here,
                 std::vector<std::string> const& without_effect) {
  if (!line.resume) return false;
  // Where the model lies says nothing: its hash is among the facts.
  std::vector<std::string> left_out = {"output.", "model.path"};
  left_out.insert(left_out.end(), without_effect.begin(), without_effect.end());
  bool found = false;
  comm.on_root([&] {
    found = std::filesystem::exists(path);
    if (found) require_same_origin(path, origin_of(path, schema, here), here, left_out);
  });
  found = comm.any(found);
  if (found) core::log_info(fmt::format("{}: finished from this input; nothing to do", path));
  return found;
}

void require_host(CommandLine const& line) {
  if (line.device != "cuda") return;
  throw core::UsageError(fmt::format(
      "--device cuda: `{}` runs on the cores of the host, whatever GPU there is; leave --device "
      "out, or give --device cpu",
      line.command));
}

void claim_output(std::string const& path, CommandLine const& line) {
  bool const folder = std::filesystem::is_directory(path);
  bool const taken = folder ? !std::filesystem::is_empty(path) : std::filesystem::exists(path);
  if (taken && !line.overwrite && !line.resume)
    throw core::InputError(
        fmt::format("{}: exists; name another output by --out, replace it by --overwrite, or go on "
                    "with it by --resume",
                    path));
  auto const parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) make_output_folder(parent.string());
  // A finished output may lie where nothing can be written: then --resume has nothing to do.
  if (!line.resume) require_writable_folder(folder ? path : parent.empty() ? "." : parent.string());
}

void claim_file(std::string const& path, CommandLine const& line) {
  claim_output(path, line);
  if (!std::filesystem::exists(path)) return;
  if (std::filesystem::is_regular_file(path)) {
    char start[8]{};
    std::ifstream(path, std::ios::binary).read(start, sizeof start);
    if (std::memcmp(start, "\x89HDF\r\n\x1a\n", sizeof start) == 0) return;
  }
  throw core::InputError(
      fmt::format("{}: is no HDF5 file, so that --overwrite and --resume leave it alone; name "
                  "another output by --out, or remove it",
                  path));
}

void require_writable_folder(std::string const& folder) {
  if (access(folder.c_str(), W_OK | X_OK) != 0)
    throw core::IoError(
        fmt::format("{}: files cannot be written there: {}", folder, std::strerror(errno)));
}

bool same_file(std::string const& one, std::string const& other) {
  std::error_code none;
  return std::filesystem::equivalent(one, other, none);
}

void protect_inputs(std::vector<std::string> const& inputs, std::string const& output) {
  for (auto const& input : inputs)
    if (same_file(input, output))
      throw core::InputError(fmt::format(
          "{}: is read by this run, which would replace it; name another output by --out", input));
}

void protect_inputs(InputFiles const& inputs, std::string const& output) {
  for (auto const& [name, path] : inputs) protect_inputs(std::vector{path}, output);
}

bool exists_unmarked(std::string const& path, std::string const& mark) {
  if (!std::filesystem::exists(std::filesystem::symlink_status(path))) return false;
  std::string start(2880, ' ');  // a block of FITS
  std::ifstream(path, std::ios::binary).read(start.data(), std::ssize(start));
  return start.find(mark) == std::string::npos;
}

void claim_text(std::string const& path, std::string const& mark, std::string const& output,
                CommandLine const& line) {
  if (path == output)
    throw core::InputError(fmt::format(
        "{}: an HDF5 file, beside which the same is written as text with this ending; name it "
        ".hdf5",
        output));
  if (line.overwrite && exists_unmarked(path, mark))
    throw core::InputError(fmt::format(
        "{}: was not written by `{}`, so that --overwrite leaves it alone; name another output "
        "by --out, or remove it",
        path, line.command));
  // Where --resume finds the HDF5 file, it replaces nothing.
  if (!line.resume || !std::filesystem::exists(output))
    io::require_writable(path, line.overwrite ? io::Existing::replace : io::Existing::refuse);
}

void mend_text(std::string const& output, std::function<void()> const& write) {
  try {
    write();
  } catch (core::IoError const& error) {
    core::log_warning(fmt::format("{}: not written as text too: {}", output, error.what()));
  }
}

core::RunControl run_control(CommandLine const& line, std::string const& file) {
  auto const folder = std::filesystem::path(file).parent_path().string();
  return core::RunControl(folder.empty() ? "." : folder, core::parse_time_limit(line.time_limit));
}

std::string reason_to_stop(parallel::Communicator const& comm, core::RunControl const& control) {
  auto const mine = control.reason_to_stop(comm.is_root());
  if (!comm.any(!mine.empty())) return "";
  auto const reason = comm.broadcast(mine);
  return reason.empty() ? "signal" : reason;  // one that did not reach the root
}

void stop_if_asked(parallel::Communicator const& comm, core::RunControl const& control) {
  if (auto const reason = reason_to_stop(comm, control); !reason.empty()) throw Stopped{reason};
}

int guarded(parallel::Communicator const& comm, std::function<core::ExitCode()> const& action) {
  std::string message;
  auto code = core::ExitCode::done;
  try {
    code = action();
  } catch (std::exception const& error) {
    auto const known = core::as_error(error);
    message = known.what();
    code = known.code();
  }
  if (message.empty()) return static_cast<int>(code);
  // Errors that all ranks share were thrown on all of them: then rank 0 alone speaks and all end in
  // order. Where only some ranks failed the others sit in a collective call, so after a moment in
  // which a shared error would have met, everything is aborted.
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Ibarrier(comm.raw(), &request);
  int met = 0;
  for (core::Timer waited; met == 0 && waited.seconds() < 5.0;)
    MPI_Test(&request, &met, MPI_STATUS_IGNORE);
  if (met != 0 && !comm.is_root()) return static_cast<int>(code);
  core::log_error(met != 0 ? message : fmt::format("rank {}: {}", comm.rank(), message));
  if (met == 0) MPI_Abort(comm.raw(), static_cast<int>(code));
  return static_cast<int>(code);
}

}  // namespace shearwater::commands
