// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "descriptor.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/io/files.hpp"
#include "temporary.hpp"

namespace shearwater::io {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr char const* manifest_name = "manifest.json";
constexpr std::int64_t manifest_version = 1;

std::string folder_name(std::int64_t step) { return fmt::format("step_{:012d}", step); }

/// The folder takes its name; one of the same step, from before a restart, makes room atomically.
void publish_folder(std::string const& temporary, std::string const& path) {
  if (!fs::exists(path)) return publish(temporary, path, Existing::refuse);
  sync_path(temporary);
  if (renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) != 0)
    fs::remove_all(path), fs::rename(temporary, path);
  else
    fs::remove_all(temporary);
  sync_path(fs::path(path).parent_path().string());
}

/// Removes what runs that were killed left unfinished in `folder`, of whatever step.
void remove_unfinished(std::string const& folder) {
  static std::regex const pattern("(step_[0-9]{12,18})\\..*\\.tmp");
  std::set<std::string> begun;
  for (auto const& entry : fs::directory_iterator(folder)) {
    std::smatch match;
    std::string const name = entry.path().filename().string();
    if (std::regex_match(name, match, pattern)) begun.insert(match[1]);
  }
  for (auto const& name : begun) claim_temporary(folder + "/" + name);
}

json file_entry(std::string const& path) {
  return {{"bytes", static_cast<std::int64_t>(fs::file_size(path))},
          {"xxh3_128", core::hash_file(path)}};
}

std::string verify_file(std::string const& path, json const& entry) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return path + " is missing";
  auto const bytes = static_cast<std::int64_t>(fs::file_size(path));
  auto const wanted = entry.at("bytes").get<std::int64_t>();
  if (bytes != wanted) return fmt::format("{} has {} bytes instead of {}", path, bytes, wanted);
  if (core::hash_file(path) != entry.at("xxh3_128").get<std::string>())
    return path + " was changed or damaged: its hash is another";
  return "";
}

std::string verify_manifest(std::string const& path) {
  json const manifest = json::parse(read_text(path + "/" + manifest_name, 64 << 20));
  // The manifest's own hash: a flipped bit in a file name or a step must not go unnoticed either.
  json content = manifest;
  content.erase("self");
  if (manifest.at("self").get<std::string>() != core::hash_text(content.dump()))
    return path + ": the manifest was changed or damaged: its hash is another";
  if (manifest.at("version").get<std::int64_t>() > manifest_version)
    return path + ": made by a newer version of this program";
  if (folder_name(manifest.at("step").get<std::int64_t>()) != fs::path(path).filename().string())
    return path + ": the manifest belongs to another step";
  for (auto const& [name, entry] : manifest.at("files").items()) {
    auto const problem = verify_file(path + "/" + name, entry);
    if (!problem.empty()) return problem;
  }
  return "";
}

}  // namespace

std::vector<Checkpoint> checkpoints_in(std::string const& folder) {
  static std::regex const pattern("step_([0-9]{12,18})");
  std::vector<Checkpoint> found;
  std::error_code error;
  for (auto const& entry : fs::directory_iterator(folder, error)) {
    std::smatch match;
    std::string const name = entry.path().filename().string();
    if (std::regex_match(name, match, pattern) && entry.is_directory())
      found.push_back({entry.path().string(), std::stoll(match[1])});
  }
  std::sort(found.begin(), found.end(),
            [](Checkpoint const& a, Checkpoint const& b) { return a.step > b.step; });
  return found;
}

void remove_checkpoints(std::string const& folder) {
  if (!fs::is_directory(folder)) return;
  for (auto const& checkpoint : checkpoints_in(folder)) fs::remove_all(checkpoint.path);
  remove_unfinished(folder);
  std::error_code not_empty;
  fs::remove(folder, not_empty);
}

CheckpointWriter::CheckpointWriter(std::string folder, std::int64_t step)
    : folder_(std::move(folder)), step_(step) {
  core::require(step >= 0, "a checkpoint's step is negative");
  final_ = folder_ + "/" + folder_name(step);
  temporary_ = temporary_name(final_);
  try {
    fs::create_directories(folder_);
    remove_unfinished(folder_);
    fs::remove_all(temporary_);
    fs::create_directories(temporary_);
  } catch (fs::filesystem_error const& error) {
    throw core::IoError(
        fmt::format("{}: a checkpoint cannot be written: {}", final_, error.code().message()));
  }
}

CheckpointWriter::~CheckpointWriter() {
  std::error_code ignored;
  if (!done_) fs::remove_all(temporary_, ignored);
}

std::string CheckpointWriter::file(std::string const& name) const {
  core::require(!name.empty() && name.find('/') == std::string::npos && name != manifest_name,
                fmt::format("'{}' cannot name a file of a checkpoint", name));
  return temporary_ + "/" + name;
}

void CheckpointWriter::write(std::string const& name, std::string_view content) const {
  write_file(file(name), content, Existing::replace);
}

void CheckpointWriter::commit(int keep) {
  core::require(keep >= 1 && !done_, "a checkpoint is committed once, and at least one is kept");
  try {
    json manifest = {{"version", manifest_version}, {"step", step_}, {"files", json::object()}};
    for (auto const& entry : fs::directory_iterator(temporary_)) {
      sync_path(entry.path().string());
      manifest["files"][entry.path().filename().string()] = file_entry(entry.path().string());
    }
    manifest["self"] = core::hash_text(manifest.dump());
    write_file(temporary_ + "/" + manifest_name, manifest.dump(1), Existing::replace);
    publish_folder(temporary_, final_);
    done_ = true;
    // A later step than this one was found damaged when the run resumed: it must not count, or it
    // would push out what is whole.
    auto all = checkpoints_in(folder_);
    std::erase_if(all, [this](Checkpoint const& other) { return other.step > step_; });
    for (std::size_t i = static_cast<std::size_t>(keep); i < all.size(); ++i)
      fs::remove_all(all[i].path);
  } catch (fs::filesystem_error const& error) {
    throw core::IoError(
        fmt::format("{}: writing the checkpoint failed: {}", final_, error.code().message()));
  }
}

std::string verify_checkpoint(std::string const& path) {
  try {
    return verify_manifest(path);
  } catch (json::exception const& error) {
    return fmt::format("{}: the manifest cannot be understood: {}", path, error.what());
  } catch (std::exception const& error) {
    return error.what();
  }
}

CheckpointSearch newest_valid(std::string const& folder) {
  CheckpointSearch search;
  for (auto const& candidate : checkpoints_in(folder)) {
    auto const problem = verify_checkpoint(candidate.path);
    if (problem.empty()) {
      search.newest = candidate;
      break;
    }
    search.rejected.push_back(problem);
  }
  return search;
}

}  // namespace shearwater::io
