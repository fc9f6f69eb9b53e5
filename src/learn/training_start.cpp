// SPDX-License-Identifier: BSD-3-Clause
#include "training_start.hpp"

#include <algorithm>
#include <filesystem>

#include "model_files.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/io/checkpoint.hpp"
#include "shearwater/io/files.hpp"
#include "training_state.hpp"

namespace shearwater::learn {

namespace {

std::string checkpoint_folder(TrainOutput const& output) { return output.folder + "/checkpoints"; }

/// Those of another command are not given up by --overwrite.
void refuse_foreign_checkpoints(std::string const& folder) {
  for (auto const& checkpoint : io::checkpoints_in(folder))
    if (!std::filesystem::exists(checkpoint.file(state_file)))
      throw core::InputError(checkpoint.path +
                             ": is no checkpoint of a training, so that --overwrite leaves it "
                             "alone; move it away, remove it, or train into another folder");
}

}  // namespace

TrainingStart read_start(parallel::Communicator const& comm, std::string const& folder) {
  TrainingStart start{folder, {}, {}};
  if (folder.empty()) return start;
  comm.on_root([&] {
    start.text = read_model_text(folder);
    start.weights_hash = stored_hash(folder, start.text);
  });
  start.text = comm.broadcast(start.text);
  start.weights_hash = comm.broadcast(start.weights_hash);
  return start;
}

std::optional<InputStatistics> begin_from(parallel::Communicator const& comm,
                                          TrainingStart const& start, InputStatistics scales,
                                          Task& task) {
  if (start.folder.empty()) return std::nullopt;
  ModelWeights model;
  model.running.resize(task.running().size());
  model.inputs = std::move(scales);
  comm.together([&] {
    try {
      read_model_weights(start.folder, start.weights_hash, task.arrays(), model);
    } catch (core::InputError const& error) {
      throw core::InputError("train.start_from: the model has another network or other inputs (" +
                             std::string(error.what()) +
                             "): give the keys that it was trained with");
    }
  });
  std::ranges::copy(model.weights, task.weights().begin());
  std::ranges::copy(model.running, task.running().begin());
  core::log_info("starting from the weights of " + start.folder);
  return model.inputs;
}

std::string settings_hash(std::vector<std::string> const& texts, TrainingStart const& start) {
  // The place of the model does not matter, its weights do; without one the hash is as it was
  // before there was such a key.
  auto left_out = keys_without_effect();
  left_out.insert(left_out.end(), {"train.start_from", "examples.start_hash"});
  // Nor does the program's revision: load_checkpoint() names both where another one goes on.
  left_out.insert(left_out.end(), {"card.program", "examples.program"});
  std::string text;
  for (auto const& toml : texts)
    for (auto const& [key, value] : core::resolved_keys(toml, left_out))
      text += key + " = " + value + "\n";
  if (!start.folder.empty()) text += "start = " + start.weights_hash + "\n";
  return core::hash_text(text);
}

void refuse_kept_examples(TrainConfig const& config) {
  if (config.examples > 0 || config.examples_minutes > 0)
    throw core::InputError(
        "train.examples and train.examples_minutes are for simulated maps: graphs are in memory "
        "already; leave them out");
}

void refuse_old_output(parallel::Communicator const& comm, TrainOutput const& output) {
  comm.on_root([&] {
    if (output.resume) return;
    auto const checkpoints = checkpoint_folder(output);
    if (output.overwrite) return refuse_foreign_checkpoints(checkpoints);
    io::require_writable(output.folder + "/model.safetensors", io::Existing::refuse);
    if (std::filesystem::exists(checkpoints))
      throw core::InputError(checkpoints +
                             " holds checkpoints of an earlier training: continue it with "
                             "--resume, train into another folder, or remove it");
  });
}

void remove_old_output(parallel::Communicator const& comm, TrainOutput const& output) {
  if (!output.overwrite || output.resume) return;
  comm.on_root([&] {
    std::filesystem::path const folder(output.folder);
    for (auto const* name : {"model.safetensors", "model.toml", "training.csv"})
      std::filesystem::remove(folder / name);
    io::remove_checkpoints(checkpoint_folder(output));
  });
}

}  // namespace shearwater::learn
