// SPDX-License-Identifier: BSD-3-Clause
#include "nbody_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>

#include "nbody_state.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/io/checkpoint.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

namespace {

/// Whether a file of this name is one that this command writes.
bool is_output(std::filesystem::path const& path) {
  static std::regex const ours(
      "(snapshot|subsample|statistics|halos|cone)_[0-9]+\\.hdf5|(light_cone|cone_halos|maps)\\."
      "hdf5");
  return std::regex_match(path.filename().string(), ours);
}

/// The cone's particles of the steps to output `number` from the one before.
std::vector<std::string> cone_files(NBodyJob const& job, std::size_t number) {
  std::vector<std::string> files;
  if (!job.cone || !job.cone->particles) return files;
  cosmology::Background const background(job.cosmology);
  auto const times = job.output_times();
  auto const steps = job.steps.scale_factors_through(job.initial.scale_factor, times);
  for (std::size_t step = 1; step < steps.size(); ++step)
    if (steps[step] <= times[number] && (number == 0 || steps[step] > times[number - 1]) &&
        job.cone->sees(steps[step], background))
      files.push_back(job.file("cone", step));
  return files;
}

/// The files that this run writes at output `number` and on the way to it.
std::vector<std::string> files_of(NBodyJob const& job, std::size_t number) {
  std::vector<std::string> files{job.file("statistics", number)};
  if (job.outputs.snapshots) files.push_back(job.file("snapshot", number));
  if (job.outputs.subsample > 0) files.push_back(job.file("subsample", number));
  if (job.outputs.halos) files.push_back(job.file("halos", number));
  for (auto const& file : cone_files(job, number)) files.push_back(file);
  if (number + 1 < job.outputs.redshifts.size()) return files;
  if (job.halo_cone) files.push_back(job.folder + "/cone_halos.hdf5");
  if (!job.cone) return files;
  files.push_back(job.folder + "/light_cone.hdf5");
  if (!job.sources.empty()) files.push_back(job.folder + "/maps.hdf5");
  return files;
}

/// Those of any run that are in the folder, sorted.
std::vector<std::string> outputs_in(std::string const& folder) {
  std::vector<std::string> files;
  if (std::filesystem::is_directory(folder))
    for (auto const& entry : std::filesystem::directory_iterator(folder))
      if (is_output(entry.path())) files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

std::string checkpoint_folder(std::string const& folder) { return folder + "/checkpoints"; }

/// What tells a run's files from those of another, as they say it themselves.
struct OldResult {
  std::string path;  ///< of a file, or of a checkpoint's folder
  Origin origin;
};

core::InputError foreign(std::string const& path, std::string const& what) {
  return core::InputError(
      fmt::format("{}: {}, so that --overwrite leaves it alone; move it away, remove it, or name "
                  "another output by --out",
                  path, what));
}

/// By what the file itself says; `path` is what messages name.
OldResult old_result(std::string const& path, core::Provenance::Facts const& facts) {
  OldResult result{path, {}};
  bool ours = false;
  for (auto const& [name, value] : facts) {
    if (name == "command") ours = value == "nbody";
    if (name == "input") result.origin.input = value;
    // Of the files that were read.
    if (name.ends_with("_hash") && name != "input_hash")
      result.origin.facts.emplace_back(name, value);
  }
  if (!ours) throw foreign(path, "was not written by `nbody`");
  return result;
}

core::Provenance::Facts facts_of(std::string const& file) {
  return io::InputFile(file).provenance().origin;
}

OldResult old_output(std::string const& path) {
  core::Provenance::Facts facts;
  try {
    facts = facts_of(path);
  } catch (core::Error const& error) {
    throw foreign(path, fmt::format("does not say what wrote it ({})", error.what()));
  }
  return old_result(path, facts);
}

/// The checkpoints that can be read. What is damaged is of no use to anybody.
std::vector<OldResult> old_checkpoints(std::string const& folder) {
  std::vector<OldResult> results;
  for (auto const& checkpoint : io::checkpoints_in(checkpoint_folder(folder))) {
    auto const file = checkpoint.file(particle_file);
    if (!std::filesystem::exists(file))
      throw foreign(checkpoint.path, "is no checkpoint of `nbody`");
    core::Provenance::Facts facts;
    try {
      facts = facts_of(file);
    } catch (core::Error const& error) {
      core::log_warning(fmt::format("{}; --overwrite removes it", error.what()));
      continue;
    }
    results.push_back(old_result(checkpoint.path, facts));
  }
  return results;
}

/// Equal for the results of one run.
std::string run_key(Origin const& origin) {
  std::string text;
  auto const& left_out = SimulationOutputs::keys_without_effect();
  for (auto const& [key, value] : core::resolved_keys(origin.input, left_out))
    text += key + " = " + value + "\n";
  for (auto const& [name, value] : origin.facts) text += name + " " + value + "\n";
  return text;
}

/// What an output of a complete run says of its origin.
Origin origin_of_output(std::string const& path, Origin const& here) {
  try {
    return stored_origin(path, here);
  } catch (core::Error const& error) {
    throw core::Error(error.code(),
                      fmt::format("{}; --resume cannot take the run for finished: replace it by "
                                  "--overwrite without --resume, or name another --out",
                                  error.what()));
  }
}

}  // namespace

void claim_old_results(std::string const& folder) {
  auto results = old_checkpoints(folder);
  for (auto const& path : outputs_in(folder)) results.push_back(old_output(path));
  std::map<std::string, std::vector<OldResult const*>> runs;
  for (auto const& result : results) runs[run_key(result.origin)].push_back(&result);
  if (runs.size() < 2) return;
  // The folder is that of the run that most are of.
  auto const size = [](auto const& run) { return run.second.size(); };
  auto const own = std::ranges::max_element(runs, {}, size);
  auto const other = own == runs.begin() ? std::next(own) : runs.begin();
  auto const& one = *other->second.front();
  auto const& rest = *own->second.front();
  throw foreign(one.path, fmt::format("is of another run than {} ({})", rest.path,
                                      difference_of(one.origin, rest.origin,
                                                    SimulationOutputs::keys_without_effect())));
}

void remove_old_results(std::string const& folder) {
  for (auto const& file : outputs_in(folder)) std::filesystem::remove(file);
  io::remove_checkpoints(checkpoint_folder(folder));
}

void protect_input(NBodyJob const& job) {
  // A link of another name may lead to one of them.
  auto const ours = outputs_in(job.folder);
  std::vector<std::string> inputs = {job.start.file, job.initial.white_noise};
  for (auto const& [name, path] : job.tables) inputs.push_back(path);
  for (auto const& file : inputs) {
    auto const is_it = [&](std::string const& output) { return same_file(output, file); };
    if (!file.empty() && std::ranges::any_of(ours, is_it))
      throw core::InputError(fmt::format(
          "{}: is read by this run, whose outputs of that name it would be lost to; name "
          "another --out",
          file));
  }
}

void require_same_outputs(NBodyJob const& job, Origin const& origin) {
  for (auto const& path : outputs_in(job.folder))
    require_same_origin(path, stored_origin(path, origin), origin,
                        SimulationOutputs::keys_without_effect());
}

void require_output(NBodyJob const& job, std::size_t number) {
  for (auto const& file : files_of(job, number))
    if (!std::filesystem::exists(file))
      throw core::IoError(fmt::format(
          "{}: is missing, and the newest checkpoint is later: put it back, or run afresh "
          "by --overwrite without --resume",
          file));
}

std::vector<std::string> outputs_of(NBodyJob const& job) {
  std::vector<std::string> files;
  for (std::size_t number = 0; number < job.outputs.redshifts.size(); ++number)
    for (auto const& file : files_of(job, number)) files.push_back(file);
  return files;
}

bool is_complete(NBodyJob const& job) {
  return std::ranges::all_of(outputs_of(job),
                             [](std::string const& file) { return std::filesystem::exists(file); });
}

void require_own_outputs(NBodyJob const& job, Origin const& origin, std::string const& left_out) {
  for (auto const& path : outputs_of(job))
    if (path != left_out)
      require_same_origin(path, origin_of_output(path, origin), origin,
                          SimulationOutputs::keys_without_effect());
}

}  // namespace shearwater::commands
