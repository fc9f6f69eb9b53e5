// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/learn/predictor.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "mixture_task.hpp"
#include "model_files.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t micro_batch = 64;

/// Rows [first, first + count) padded with zeros to a full micro-batch.
bridge::Batch padded(bridge::Batch const& rows, std::vector<std::string> const& names,
                     std::int64_t first, std::int64_t count) {
  bridge::Batch batch;
  for (auto const& name : names) {
    auto const& array = rows.at(name);
    auto extents = array.extents;
    auto const row = array.size() / extents[0];
    extents[0] = micro_batch;
    auto copy = bridge::allocate(bridge::ElementType::float32, extents);
    float* to = bridge::host_data<float>(copy);
    float const* from = bridge::host_data<float>(array) + first * row;
    std::copy_n(from, count * row, to);
    std::fill_n(to + count * row, (micro_batch - count) * row, 0.0F);
    batch.emplace(name, std::move(copy));
  }
  return batch;
}

/// Number of rows. Throws InputError for a missing array, unequal lengths or values not finite.
std::int64_t check_rows(bridge::Batch const& rows, std::vector<std::string> const& names) {
  std::int64_t count = -1;
  for (auto const& name : names) {
    auto const found = rows.find(name);
    if (found == rows.end())
      throw core::InputError("the network reads '" + name + "', which was not given");
    auto const& array = found->second;
    if (array.extents.empty() || (count >= 0 && array.extents[0] != count))
      throw core::InputError("'" + name + "' has another number of rows than '" + names[0] + "'");
    count = array.extents[0];
    float const* values = bridge::host_data<float>(array);
    auto const bad = std::find_if_not(values, values + array.size(),
                                      [](float value) { return std::isfinite(value); });
    if (bad != values + array.size())
      throw core::InputError("'" + name + "' holds a value that is not finite, in row " +
                             std::to_string((bad - values) / (array.size() / count)) +
                             ": mask or repair it first");
  }
  return count;
}

}  // namespace

struct Predictor::State {
  std::string text;
  NetworkConfig network;
  bridge::ExampleShape shape;
  std::vector<std::string> names;
  std::unique_ptr<PosteriorTask> task;
};

Predictor::Predictor(std::string const& folder, std::int64_t threads)
    : state_(std::make_unique<State>()) {
  state_->text = read_model_text(folder);
  auto config = core::Config::from_text(state_->text, folder + "/model.toml");
  if (config.has("model.generator"))
    throw core::InputError(folder +
                           " holds a generator of orientations, not a posterior network: use "
                           "`shearwater populate`, or name another model");
  auto const facts = config.read<ModelFacts>("model");
  require_known_format(folder, facts.format_version);
  state_->network = config.read<NetworkConfig>("model.network");
  state_->shape = facts.shape();
  try {
    state_->network.check(state_->shape);
  } catch (core::InputError const& error) {
    throw core::InputError(folder + "/model.toml describes no whole model (" + error.what() +
                           "): copy the folder again, or train anew");
  }
  if (state_->network.use_maps) state_->names.emplace_back("maps");
  if (state_->network.mask_channel) state_->names.emplace_back("mask");
  if (state_->network.noise_channel) state_->names.emplace_back("noise");
  if (state_->network.use_summaries) state_->names.emplace_back("summaries");
  prepare_torch(threads, "cpu");
  state_->task = make_mixture_task(
      {state_->network, state_->shape, 0, facts.precision == "bfloat16"}, nullptr);
  ModelWeights model;
  model.running.resize(state_->task->running().size());
  model.inputs = scales_of(facts);
  read_model_weights(folder, facts.weights_hash, state_->task->arrays(), model);
  std::ranges::copy(model.weights, state_->task->weights().begin());
  std::ranges::copy(model.running, state_->task->running().begin());
  state_->task->set_input_statistics(model.inputs);
}

Predictor::~Predictor() = default;
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;

bridge::Batch Predictor::predict(bridge::Batch const& rows) const {
  auto const n = check_rows(rows, state_->names);
  auto const k = state_->network.components, p = state_->shape.parameters;
  bridge::Batch result;
  auto output = [&](char const* name, std::vector<std::int64_t> extents) {
    auto array = bridge::allocate(bridge::ElementType::float64, std::move(extents));
    result.emplace(name, array);
    return bridge::host_data<double>(array);
  };
  double* weights = output("weights", {n, k});
  double* means = output("means", {n, k, p});
  double* tril = output("scale_tril", {n, k, p, p});
  std::vector<double> w(static_cast<std::size_t>(micro_batch * k)),
      m(static_cast<std::size_t>(micro_batch * k * p)),
      t(static_cast<std::size_t>(micro_batch * k * p * p));
  for (std::int64_t first = 0; first < n; first += micro_batch) {
    auto const count = std::min(micro_batch, n - first);
    state_->task->predict(padded(rows, state_->names, first, count), w.data(), m.data(), t.data());
    std::copy_n(w.data(), count * k, weights + first * k);
    std::copy_n(m.data(), count * k * p, means + first * k * p);
    std::copy_n(t.data(), count * k * p * p, tril + first * k * p * p);
  }
  return result;
}

bridge::ExampleShape const& Predictor::shape() const { return state_->shape; }
NetworkConfig const& Predictor::network() const { return state_->network; }
std::string const& Predictor::description() const { return state_->text; }

}  // namespace shearwater::learn
