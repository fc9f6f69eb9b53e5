// SPDX-License-Identifier: BSD-3-Clause
#include "nbody_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <regex>

#include "shearwater/io/inspect.hpp"

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

}  // namespace

void remove_old_results(std::string const& folder) {
  for (auto const& file : outputs_in(folder)) std::filesystem::remove(file);
  std::filesystem::remove_all(std::filesystem::path(folder) / "checkpoints");
}

void protect_input(NBodyJob const& job) {
  // A link of another name may lead to one of them.
  auto const ours = outputs_in(job.folder);
  for (auto const& file : {job.start.file, job.initial.white_noise}) {
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

bool is_complete(NBodyJob const& job) {
  for (std::size_t number = 0; number < job.outputs.redshifts.size(); ++number)
    for (auto const& file : files_of(job, number))
      if (!std::filesystem::exists(file)) return false;
  return true;
}

}  // namespace shearwater::commands
