// SPDX-License-Identifier: BSD-3-Clause
// What every command shares: reading its input, its folders, and the end after an error.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "commands.hpp"
#include "shearwater/core/log.hpp"

namespace shearwater::commands {

core::Config read_input(parallel::Communicator const& comm, std::string const& path,
                        std::vector<std::string> const& overrides) {
  std::string text;
  comm.on_root([&] {
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path))
      throw core::IoError(fmt::format("{}: the input file cannot be read (does it exist?)", path));
    std::ostringstream content;
    content << file.rdbuf();
    text = content.str();
  });
  return core::Config::from_text(comm.broadcast(text), path, overrides);
}

void make_output_folder(std::string const& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw core::IoError(fmt::format("{}: the folder cannot be made: {}", folder, error.message()));
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
}

int guarded(parallel::Communicator const& comm, std::function<core::ExitCode()> const& action) {
  std::string message;
  auto code = core::ExitCode::done;
  try {
    code = action();
  } catch (core::Error const& error) {
    message = error.what();
    code = error.code();
  } catch (std::exception const& error) {
    message = error.what();
    code = core::ExitCode::internal;
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
