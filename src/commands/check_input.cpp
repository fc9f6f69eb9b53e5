// SPDX-License-Identifier: BSD-3-Clause
// Inputs read as their commands read them, and nothing else: for `validate`, and for every step of
// a chain before the first of them starts.
#include <fmt/format.h>

#include <filesystem>

#include "catalogue.hpp"
#include "commands.hpp"
#include "graph_job.hpp"
#include "halo_file.hpp"
#include "measure_job.hpp"
#include "nbody_job.hpp"
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

void check_nbody(core::Config& config, CommandLine const& line) {
  // Box and time are the start's: without it nothing more can be said.
  if (config.has("snapshot") || !line.in.empty()) {
    auto const file = line.in.empty()
                          ? config.path_from(config.read<io::SnapshotConfig>("snapshot").file)
                          : line.in;
    if (is_awaited(line, file)) return;
  }
  read_nbody_job(config, line);
}

#ifdef SHEARWATER_LEARN

/// An input may be written before its file of graphs is.
bool has_graphs(std::string const& file, CommandLine const& line) {
  return std::filesystem::exists(file) && !is_awaited(line, file);
}

void check_training(core::Config& config, CommandLine const& line) {
  if (config.has("classifier")) {
    auto const job = read_classifier_job(config, line);
    if (has_graphs(job.graphs.file, line)) check_classifier_file(job);
  } else if (trains_generator(config)) {
    auto const job = read_generator_job(config, line);
    if (has_graphs(job.graphs.file, line)) check_graph_file(job);
  } else {
    read_training(config, line);
  }
}

void check_calibration(core::Config& config, CommandLine const& line) {
  if (config.has("digit_test"))
    read_digit_job(config, line);
  else if (config.has("graphs"))
    read_generator_test(config, line);
  else
    read_calibration(config, line);
}

#endif

/// Reads every table of an input as `command` does.
void check_as(std::string const& command, core::Config& config, CommandLine const& line) {
  if (command == "maps")
    config.has("catalogue") ? void(read_catalogue(config, line))
                            : void(read_simulation(config, line));
  else if (command == "nbody")
    check_nbody(config, line);
  else if (command == "halos")
    read_halo_job(config, line);
  else if (command == "populate")
    read_populate_job(config, line);
  else if (command == "graph")
    read_graph_job(config, line);
  else if (command == "measure")
    config.has("shear_spectra") ? void(read_spectra_job(config, line))
                                : void(read_measure_job(config, line));
#ifdef SHEARWATER_LEARN
  else if (command == "train")
    check_training(config, line);
  else if (command == "calibrate")
    check_calibration(config, line);
  else if (command == "infer")
    read_inference(config, line);
#endif
  else
    throw core::UsageError(
        fmt::format("{}: this build has no '{}': it was made with SHEARWATER_LEARN=OFF; build with "
                    "LibTorch",
                    config.name(), command));
}

}  // namespace

bool is_awaited(CommandLine const& line, std::string const& path) {
  return line.in_chain && line.dry_run && (line.overwrite || !std::filesystem::exists(path));
}

void require_there(CommandLine const& line, std::string const& path) {
  if (!path.empty() && !is_awaited(line, path) && !std::filesystem::exists(path))
    throw core::IoError(fmt::format("{} does not exist", path));
}

void check_chain(std::vector<CommandLine> steps) {
  for (auto& step : steps) {
    step.dry_run = true;  // what earlier steps write is not there yet
    if (step.command == "report") continue;
    auto config = core::Config::from_file(step.target, step.set);
    check_as(step.command, config, step);
  }
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
