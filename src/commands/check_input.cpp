// SPDX-License-Identifier: BSD-3-Clause
// Inputs read as their commands read them, and nothing else: for `validate`, and for every step of
// a chain before the first of them starts.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "catalogue.hpp"
#include "commands.hpp"
#include "graph_job.hpp"
#include "halo_file.hpp"
#include "measure_job.hpp"
#include "nbody_files.hpp"
#include "populate_job.hpp"
#include "sources.hpp"
#include "spectra_job.hpp"
#ifdef SHEARWATER_LEARN
#include "classifier_job.hpp"
#include "digit_job.hpp"
#include "generator_job.hpp"
#include "generator_test.hpp"
#include "models.hpp"
#include "results.hpp"
#endif

namespace shearwater::commands {

namespace {

/// The command that an input is for, by its tables.
std::string command_of(core::Config const& config) {
  // In this order: an input of a later command may have a table that also names an earlier one.
  static constexpr std::pair<char const*, char const*> known[] = {
      {"catalogue", "maps"},   {"shear_spectra", "measure"}, {"occupation", "populate"},
      {"measure", "measure"},  {"nla", "measure"},           {"outputs", "nbody"},
      {"halos", "halos"},      {"hosts", "populate"},        {"digit_test", "calibrate"},
      {"classifier", "train"}, {"train", "train"},           {"calibrate", "calibrate"},
      {"infer", "infer"},      {"graphs", "graph"},          {"sets", "maps"},
      {"box", "nbody"}};
  for (auto const& [table, command] : known)
    if (config.has(table)) return command;
  throw core::InputError(fmt::format(
      "{}: no table tells which command this input is for: [sets] or [catalogue] (maps), [box] "
      "(nbody), [halos], [hosts] or [occupation] (populate), [graphs], [measure] or "
      "[shear_spectra] (measure), [train], "
      "[calibrate], [infer] or [[step]] (run)",
      config.name()));
}

using Paths = std::vector<std::string>;

Paths paths_of(InputFiles const& files) {
  Paths paths;
  for (auto const& [name, path] : files) paths.push_back(path);
  return paths;
}

/// `output` with the text that is written beside it.
Paths with_text(std::string const& output, Paths const& endings) {
  Paths paths = {output};
  for (auto const& ending : endings)
    paths.push_back(std::filesystem::path(output).replace_extension(ending).string());
  return paths;
}

StepFiles check_maps(core::Config& config, CommandLine const& line) {
  if (config.has("catalogue")) {
    auto const job = read_catalogue(config, line);
    return {{job.input}, {job.output}};
  }
  auto const job = read_simulation(config, line);
  return {paths_of(job.inputs), {job.file}};
}

StepFiles check_nbody(core::Config& config, CommandLine const& line) {
  // Box and time are the start's: without it nothing more can be said.
  if (config.has("snapshot") || !line.in.empty()) {
    auto const file = line.in.empty()
                          ? config.path_from(config.read<io::SnapshotConfig>("snapshot").file)
                          : line.in;
    auto const folder = output_path(config, line, "nbody");
    // Of the numbers of its outputs, the first is known.
    if (is_awaited(line, file))
      return {{file}, {folder, folder + "/", folder + "/statistics_000.hdf5"}};
  }
  auto const job = read_nbody_job(config, line);
  StepFiles files{paths_of(job.tables), {job.folder}};
  files.reads.insert(files.reads.end(), {job.start.file, job.initial.white_noise});
  auto const outputs = outputs_of(job);
  files.writes.insert(files.writes.end(), outputs.begin(), outputs.end());
  return files;
}

StepFiles check_halos(core::Config& config, CommandLine const& line) {
  auto const job = read_halo_job(config, line);
  return {{job.input, job.settings.counts.power_file}, {job.output}};
}

StepFiles check_population(core::Config& config, CommandLine const& line) {
  auto const job = read_populate_job(config, line);
  StepFiles files{paths_of(inputs_of(job)), {job.output}};
  files.reads.push_back(job.model);
  return files;
}

StepFiles check_graphs(core::Config& config, CommandLine const& line) {
  auto const job = read_graph_job(config, line);
  StepFiles files{job.table.galaxies, {job.output}};
  files.reads.insert(files.reads.end(), job.table.halos.begin(), job.table.halos.end());
  files.reads.insert(files.reads.end(), {job.digits.images, job.digits.labels});
  return files;
}

StepFiles check_measurement(core::Config& config, CommandLine const& line) {
  if (config.has("shear_spectra")) {
    auto const job = read_spectra_job(config, line);
    return {paths_of(inputs_of(job)), with_text(job.output, {".ecsv"})};
  }
  auto const job = read_measure_job(config, line);
  return {paths_of(inputs_of(job)), with_text(job.output, {".ecsv", ".sacc.fits"})};
}

#ifdef SHEARWATER_LEARN

/// An input may be written before its file of graphs is.
bool has_graphs(std::string const& file, CommandLine const& line) {
  return std::filesystem::exists(file) && !is_awaited(line, file);
}

/// A model is read by the name of its folder.
StepFiles training_files(Paths reads, std::string const& folder) {
  StepFiles files{std::move(reads), {folder}};
  for (auto const* name : {"model.safetensors", "model.toml", "training.csv"})
    files.writes.push_back(folder + "/" + name);
  return files;
}

StepFiles check_training(core::Config& config, CommandLine const& line) {
  if (config.has("classifier")) {
    auto const job = read_classifier_job(config, line);
    if (has_graphs(job.graphs.file, line)) check_classifier_file(job);
    return training_files({job.graphs.file, job.train.start_from}, job.folder);
  }
  if (trains_generator(config)) {
    auto const job = read_generator_job(config, line);
    if (has_graphs(job.graphs.file, line)) check_graph_file(job);
    return training_files({job.graphs.file, job.train.start_from}, job.folder);
  }
  auto const job = read_training(config, line);
  return training_files({job.examples_file, job.train.start_from}, job.folder);
}

StepFiles check_calibration(core::Config& config, CommandLine const& line) {
  auto const folder_of = [&](std::string const& path) { return artifact_path(line, path); };
  if (config.has("digit_test")) {
    auto const job = read_digit_job(config, line);
    return {{job.graphs_file, folder_of(job.model.path), folder_of(job.judge.path)}, {job.file}};
  }
  if (config.has("graphs")) {
    auto const job = read_generator_test(config, line);
    return {{job.graphs_file, folder_of(job.model.path)}, {job.file}};
  }
  auto const job = read_calibration(config, line);
  return {{folder_of(job.model.path)}, {job.file}};
}

StepFiles check_inference(core::Config& config, CommandLine const& line) {
  auto const job = read_inference(config, line);
  return {{artifact_path(line, job.model.path), job.infer.mock_if_missing ? "" : job.infer.map},
          {job.folder, job.folder + "/"}};
}

#endif

/// Reads every table of an input as `command` does.
StepFiles check_as(std::string const& command, core::Config& config, CommandLine const& line) {
  using Check = StepFiles (*)(core::Config&, CommandLine const&);
  static std::map<std::string, Check> const checks = {
      {"maps", check_maps},       {"nbody", check_nbody},
      {"halos", check_halos},     {"populate", check_population},
      {"graph", check_graphs},    {"measure", check_measurement},
#ifdef SHEARWATER_LEARN
      {"train", check_training},  {"calibrate", check_calibration},
      {"infer", check_inference},
#endif
  };
  auto const check = checks.find(command);
  if (check == checks.end())
    throw core::UsageError(
        fmt::format("{}: this build has no '{}': it was made with SHEARWATER_LEARN=OFF; build with "
                    "LibTorch",
                    config.name(), command));
  return check->second(config, line);
}

/// The same for a step of a chain; what is thrown names it by its `number`, from 1.
StepFiles check_step(std::size_t number, CommandLine const& step) {
  try {
    auto config = core::Config::from_file(step.target, step.set);
    check_kind(config, step.command);
    return check_as(step.command, config, step);
  } catch (std::exception const& thrown) {
    auto const error = core::as_error(thrown);
    throw core::Error(error.code(),
                      fmt::format("step {} (`{}`): {}", number, step.command, error.what()));
  }
}

bool is_folder_content(std::string const& output) { return output.ends_with("/"); }

/// Throws InputError where the last step writes what one before it does, which would be lost.
void refuse_shared_outputs(std::vector<CommandLine> const& steps,
                           std::vector<StepFiles> const& files) {
  auto const last = files.size() - 1;
  for (auto const& output : files[last].writes) {
    if (is_folder_content(output)) continue;
    for (std::size_t i = 0; i < last; ++i) {
      auto others = files[i].writes;
      std::erase_if(others, is_folder_content);
      if (is_written(others, output))
        throw core::InputError(fmt::format(
            "steps {} and {} both write {} (`{}` and `{}`): give each an `out` of its own", i + 1,
            last + 1, output, steps[i].command, steps[last].command));
    }
  }
}

}  // namespace

bool is_written(std::vector<std::string> const& written, std::string const& path) {
  if (path.empty()) return false;
  auto const plain = plain_path(path);
  return std::ranges::any_of(written, [&](std::string const& output) {
    auto const name = plain_path(output);
    return is_folder_content(output) ? plain.starts_with(name + "/") : plain == name;
  });
}

bool is_awaited(CommandLine const& line, std::string const& path) {
  return line.in_chain && line.dry_run && is_written(line.written, path) &&
         (line.overwrite || !std::filesystem::exists(path));
}

void require_there(CommandLine const& line, std::string const& path) {
  if (!path.empty() && !is_awaited(line, path) && !std::filesystem::exists(path))
    throw core::IoError(fmt::format("{} does not exist", path));
}

std::vector<StepFiles> check_chain(std::vector<CommandLine> steps) {
  std::vector<StepFiles> files;
  std::vector<std::string> written;
  for (auto& step : steps) {
    step.dry_run = true;  // what earlier steps write is not there yet
    step.written = written;
    files.push_back(step.command == "report" ? StepFiles() : check_step(files.size() + 1, step));
    files.back().written = written;
    refuse_shared_outputs(steps, files);
    written.insert(written.end(), files.back().writes.begin(), files.back().writes.end());
  }
  return files;
}

std::string check_input(core::Config config, CommandLine const& line) {
  if (config.array_size("step") > 0) {
    check_chain(read_chain(config, line));
    return "run";
  }
  auto const command = command_of(config);
  check_as(command, config, line);
  return command;
}

}  // namespace shearwater::commands
