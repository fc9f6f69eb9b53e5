// SPDX-License-Identifier: BSD-3-Clause
#include "training_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/io/checkpoint.hpp"
#include "shearwater/io/safetensors.hpp"

namespace shearwater::learn {

namespace {

char const* const hash_key = "settings_hash";
char const* const program_key = "program";
constexpr std::size_t fewest_counts = 5, fewest_numbers = 2;

template <class T>
io::NamedTensor tensor_of(std::string name, std::vector<T> const& values) {
  auto const bytes = std::as_bytes(std::span<T const>(values));
  char const* type = std::is_same_v<T, float> ? "F32" : std::is_same_v<T, double> ? "F64" : "I64";
  return {std::move(name),
          type,
          {static_cast<std::int64_t>(values.size())},
          {bytes.begin(), bytes.end()}};
}

template <class T>
void read_values(io::TensorFile const& file, std::string const& name, std::vector<T>& values) {
  auto const& bytes = file.tensor(name).bytes;
  values.resize(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
}

/// Scales of inputs that the examples do not hold are left out of a checkpoint.
bool is_input(std::string const& name) { return name.starts_with("input."); }

/// Calls `visit(name, vector of float)` for every float array of the state.
template <class State, class Visit>
void visit_arrays(State& state, Visit&& visit) {
  visit("weights", state.weights);
  visit("running", state.running);
  visit("average", state.optimiser.average);
  visit("first", state.optimiser.first);
  visit("second", state.optimiser.second);
  visit("best", state.best);
  visit("best_running", state.best_running);
  auto const both = [&](std::string const& name, auto& moments) {
    visit("input." + name + ".mean", moments.mean);
    visit("input." + name + ".sd", moments.sd);
  };
  visit_map_moments(state.inputs, both);
  visit_graph_moments(state.inputs, both);
}

std::vector<std::int64_t> counts_of(TrainingState const& state) {
  return {state.step, state.total_steps, state.loss_steps, state.evaluations_since_best,
          state.bank_blocks};
}

/// loss_sum, best_held_out, then five numbers for each point of the curve.
std::vector<double> numbers_of(TrainingState const& state) {
  std::vector<double> numbers = {state.loss_sum, state.best_held_out};
  for (auto const& point : state.curve)
    numbers.insert(numbers.end(), {static_cast<double>(point.step), point.loss, point.held_out,
                                   point.learning_rate, point.steps_per_second});
  return numbers;
}

void set_numbers(TrainingState& state, std::vector<std::int64_t> const& counts,
                 std::vector<double> const& numbers) {
  state.step = counts.at(0);
  state.total_steps = counts.at(1);
  state.loss_steps = counts.at(2);
  state.evaluations_since_best = counts.at(3);
  state.bank_blocks = counts.at(4);
  state.loss_sum = numbers.at(0);
  state.best_held_out = numbers.at(1);
  state.curve.clear();
  for (std::size_t i = 2; i + 5 <= numbers.size(); i += 5)
    state.curve.push_back({static_cast<std::int64_t>(numbers[i]), numbers[i + 1], numbers[i + 2],
                           numbers[i + 3], numbers[i + 4]});
}

/// The state that is in a checkpoint. Throws InputError where it is not one of a training with
/// these settings.
io::TensorFile read_state(io::Checkpoint const& checkpoint, std::string const& settings_hash) {
  auto file = io::read_safetensors(checkpoint.file(state_file));
  auto const hash = file.metadata.find(hash_key);
  if (hash == file.metadata.end())
    throw core::InputError(
        checkpoint.path +
        " is no checkpoint of a training: remove it, or train into another folder");
  if (hash->second != settings_hash)
    throw core::InputError(fmt::format(
        "{} was written by a training with other settings, network, prior or examples: resume "
        "with the input that began it, or train into another folder",
        checkpoint.path));
  auto const program = file.metadata.find(program_key);
  if (program != file.metadata.end() && program->second != core::version_text())
    core::log_warning(
        fmt::format("{} was written by {}, this is {}: the weights may differ from "
                    "those of one program in the last digits",
                    checkpoint.path, program->second, core::version_text()));
  return file;
}

template <class T>
void share(parallel::Communicator const& comm, std::vector<T>& values) {
  auto size = static_cast<std::int64_t>(values.size());
  comm.broadcast(std::span(&size, 1));
  values.resize(static_cast<std::size_t>(size));
  comm.broadcast(std::span(values));
}

}  // namespace

void save_checkpoint(parallel::Communicator const& comm, std::string const& folder,
                     std::string const& settings_hash, TrainingState const& state) {
  comm.on_root([&] {
    io::TensorFile file;
    file.metadata[hash_key] = settings_hash;
    file.metadata[program_key] = core::version_text();
    visit_arrays(state, [&](std::string const& name, std::vector<float> const& values) {
      if (!values.empty() || !is_input(name)) file.tensors.push_back(tensor_of(name, values));
    });
    file.tensors.push_back(tensor_of("counts", counts_of(state)));
    file.tensors.push_back(tensor_of("numbers", numbers_of(state)));
    io::CheckpointWriter writer(folder, state.step);
    io::write_safetensors(writer.file(state_file), file);
    writer.commit();
  });
}

bool load_checkpoint(parallel::Communicator const& comm, std::string const& folder,
                     std::string const& settings_hash, TrainingState& state) {
  bool found = false;
  std::vector<std::int64_t> counts;
  std::vector<double> numbers;
  comm.on_root([&] {
    auto const search = io::newest_valid(folder);
    for (auto const& why : search.rejected) core::log_warning("checkpoint left out: " + why);
    if (!search.newest && !search.rejected.empty())
      core::log_warning(folder + ": no checkpoint is whole: the training starts afresh");
    if (!search.newest) return;
    auto const file = read_state(*search.newest, settings_hash);
    visit_arrays(state, [&](std::string const& name, std::vector<float>& values) {
      bool const absent = std::ranges::none_of(
          file.tensors, [&](io::NamedTensor const& tensor) { return tensor.name == name; });
      if (absent && is_input(name))
        values.clear();
      else
        read_values(file, name, values);
    });
    read_values(file, "counts", counts);
    read_values(file, "numbers", numbers);
    if (counts.size() < fewest_counts || numbers.size() < fewest_numbers)
      throw core::InputError(
          search.newest->path +
          " lacks numbers of a training: remove it, or train into another folder");
    core::log_info("resuming from " + search.newest->path);
    found = true;
  });
  if (!comm.any(found)) return false;
  visit_arrays(state, [&](std::string const&, std::vector<float>& values) { share(comm, values); });
  share(comm, counts);
  share(comm, numbers);
  set_numbers(state, counts, numbers);
  return true;
}

}  // namespace shearwater::learn
