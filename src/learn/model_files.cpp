// SPDX-License-Identifier: BSD-3-Clause
#include "model_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "shearwater/core/error.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/io/files.hpp"
#include "shearwater/io/safetensors.hpp"
#include "shearwater/learn/classifier.hpp"
#include "shearwater/learn/generator.hpp"
#include "shearwater/learn/predictor.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t newest_format = 1;

std::string weights_path(std::string const& folder) { return folder + "/model.safetensors"; }
std::string text_path(std::string const& folder) { return folder + "/model.toml"; }

io::NamedTensor tensor_of(std::string name, std::vector<std::int64_t> shape,
                          std::span<float const> values) {
  auto const bytes = std::as_bytes(values);
  return {std::move(name), "F32", std::move(shape), {bytes.begin(), bytes.end()}};
}

io::NamedTensor tensor_of(std::string name, std::vector<float> const& values) {
  return tensor_of(std::move(name), {static_cast<std::int64_t>(values.size())}, values);
}

/// Calls visit(element of the flat array, element of the row-major array) for each weight.
template <class Visit>
void visit_elements(WeightArray const& array, Visit&& visit) {
  if (!array.channels_last) {
    for (std::int64_t i = 0; i < array.size; ++i) visit(i, i);
    return;
  }
  auto const& s = array.shape;
  auto const pixels = s[2] * s[3];
  for (std::int64_t out = 0; out < s[0]; ++out)
    for (std::int64_t in = 0; in < s[1]; ++in)
      for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
        visit((out * pixels + pixel) * s[1] + in, (out * s[1] + in) * pixels + pixel);
}

std::span<float const> values_of(io::TensorFile const& file, std::string const& name,
                                 std::vector<std::int64_t> const& shape, std::string const& path) {
  auto const& tensor = file.tensor(name);
  if (tensor.dtype != "F32" || tensor.shape != shape)
    throw core::InputError(
        fmt::format("{}: '{}' has another type or shape than the network of model.toml; the two "
                    "files do not belong together",
                    path, name));
  return {reinterpret_cast<float const*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(float)};
}

/// Calls visit("input.maps.mean", values) and so on: those of graphs where there is a graph's, else
/// those of maps.
template <class Inputs, class Visit>
void visit_inputs(Inputs& inputs, Visit&& visit) {
  auto const both = [&](std::string const& name, auto& moments) {
    visit("input." + name + ".mean", moments.mean);
    visit("input." + name + ".sd", moments.sd);
  };
  if (!inputs.distance.mean.empty())
    visit_graph_moments(inputs, both);
  else
    visit_map_moments(inputs, both);
}

}  // namespace

void ModelFacts::describe(core::Fields& field) {
  field("format_version", format_version, "", "of the model folder").at_least(1);
  field("program", program, "", "that wrote it");
  field("parameters", parameters, "", "names, in the order of the posterior's axes");
  field("channels", channels, "", "of the maps").between(0, 1024);
  field("pixels", pixels, "pixels", "side of the maps").between(0, 65536);
  field("summaries", summaries, "", "physics summaries of each map").between(0, 1e6);
  field("mask", mask, "", "the examples held a mask");
  field("noise", noise, "", "the examples held a noise level");
  field("precision", precision, "", "of the convolutions").one_of({"float32", "bfloat16"});
  field("steps", steps, "steps", "of the training").at_least(0);
  field("weights", weights, "", "number of trained weights").at_least(0);
  field("held_out_loss", held_out_loss, "nats", "-ln q in the prior's unbounded coordinates");
  field("held_out_loss_theta", held_out_loss_theta, "nats", "-ln q in the parameters");
  field("start_hash", start_hash, "", "of the weights that it started from; empty: fresh ones");
  field("examples_digest", examples_digest, "", "of their file; empty: they were simulated");
  field("weights_hash", weights_hash, "", "XXH3-128 of model.safetensors");
}

bridge::ExampleShape ModelFacts::shape() const {
  return {static_cast<std::int64_t>(parameters.size()),
          channels,
          pixels,
          summaries,
          mask,
          noise,
          parameters};
}

ModelFacts facts_of(bridge::ExampleShape const& shape) {
  ModelFacts facts;
  facts.program = core::version_text();
  facts.parameters = shape.parameter_names;
  facts.channels = shape.channels;
  facts.pixels = shape.pixels;
  facts.summaries = shape.summaries;
  facts.mask = shape.mask;
  facts.noise = shape.noise;
  return facts;
}

void write_model(std::string const& folder, std::vector<WeightArray> const& arrays,
                 ModelWeights const& model,
                 std::function<std::string(std::string const&)> const& text) {
  io::TensorFile file;
  for (auto const& array : arrays) {
    std::vector<float> values(static_cast<std::size_t>(array.size));
    float const* flat = model.weights.data() + array.offset;
    visit_elements(array, [&](std::int64_t from, std::int64_t to) {
      values[static_cast<std::size_t>(to)] = flat[from];
    });
    file.tensors.push_back(tensor_of(array.name, array.shape, values));
  }
  file.tensors.push_back(tensor_of("running", model.running));
  visit_inputs(model.inputs, [&](std::string const& name, std::vector<float> const& values) {
    file.tensors.push_back(tensor_of(name, values));
  });
  std::filesystem::create_directories(folder);
  // Both are whole on the disk before either takes its name. A crash between the two renames leaves
  // weights that are not those whose hash model.toml gives, which every reader refuses.
  auto const new_weights = weights_path(folder) + ".new", new_text = text_path(folder) + ".new";
  io::write_safetensors(new_weights, file, io::Existing::replace);
  io::write_file(new_text, text(core::hash_file(new_weights)), io::Existing::replace);
  io::publish(new_weights, weights_path(folder), io::Existing::replace);
  io::publish(new_text, text_path(folder), io::Existing::replace);
}

void write_model(std::string const& folder, ModelFacts facts, NetworkConfig const& network,
                 TrainConfig const& train, std::string const& resolved_input,
                 std::vector<WeightArray> const& arrays, ModelWeights const& model) {
  write_model(folder, arrays, model, [&](std::string const& weights_hash) {
    facts.weights_hash = weights_hash;
    return toml_of("model", facts) + "\n" + toml_of("model.network", network) + "\n" +
           toml_of("model.train", train) + "\n" + resolved_input;
  });
}

std::string stored_hash(std::string const& folder, std::string const& text) {
  auto config = core::Config::from_text(text, text_path(folder));
  auto const hash_of = [&](auto const& card) {
    require_known_format(folder, card.format_version);
    return card.weights_hash;
  };
  if (config.has("model.generator")) return hash_of(config.read<GeneratorCard>("model"));
  if (config.has("model.classifier")) return hash_of(config.read<ClassifierCard>("model"));
  return hash_of(config.read<ModelFacts>("model"));
}

void require_known_format(std::string const& folder, std::int64_t format_version) {
  if (format_version > newest_format)
    throw core::InputError(
        fmt::format("{} has format_version {}, this program reads up to {}: use a newer shearwater",
                    folder, format_version, newest_format));
}

std::string model_weights_hash(std::string const& folder) {
  return folder.empty() ? "" : stored_hash(folder, read_model_text(folder));
}

InputStatistics scales_of(ModelFacts const& facts) {
  InputStatistics scales;
  auto const size = [](InputStatistics::Moments& moments, std::int64_t width) {
    moments.mean.resize(static_cast<std::size_t>(width));
    moments.sd.resize(static_cast<std::size_t>(width));
  };
  size(scales.maps, facts.pixels > 0 ? facts.channels : 0);
  size(scales.noise, facts.pixels > 0 && facts.noise ? facts.channels : 0);
  size(scales.summaries, facts.summaries);
  return scales;
}

std::string read_model_text(std::string const& folder) { return io::read_text(text_path(folder)); }

std::optional<std::string> finished_model(std::string const& folder) {
  if (!std::filesystem::exists(weights_path(folder)) || !std::filesystem::exists(text_path(folder)))
    return std::nullopt;
  auto text = read_model_text(folder);
  if (core::hash_file(weights_path(folder)) != stored_hash(folder, text)) return std::nullopt;
  return text;
}

void read_model_weights(std::string const& folder, std::string const& weights_hash,
                        std::vector<WeightArray> const& arrays, ModelWeights& model) {
  auto const path = weights_path(folder);
  auto const hash = core::hash_file(path);
  if (hash != weights_hash)
    throw core::IoError(fmt::format(
        "{} (hash {}) is not the file that {} describes (hash {}): it is damaged, or the two are "
        "of different trainings; copy the whole folder again, or train with --resume, which writes "
        "both anew from the last checkpoint",
        path, hash, text_path(folder), weights_hash));
  auto const file = io::read_safetensors(path);
  std::int64_t end = 0;
  for (auto const& array : arrays) end = std::max(end, array.offset + array.size);
  model.weights.assign(static_cast<std::size_t>((end + 15) / 16 * 16), 0.0F);
  for (auto const& array : arrays) {
    auto const values = values_of(file, array.name, array.shape, path);
    float* flat = model.weights.data() + array.offset;
    visit_elements(array, [&](std::int64_t to, std::int64_t from) {
      flat[to] = values[static_cast<std::size_t>(from)];
    });
  }
  auto const running =
      values_of(file, "running", {static_cast<std::int64_t>(model.running.size())}, path);
  std::ranges::copy(running, model.running.begin());
  visit_inputs(model.inputs, [&](std::string const& name, std::vector<float>& values) {
    auto const found = values_of(file, name, {static_cast<std::int64_t>(values.size())}, path);
    std::ranges::copy(found, values.begin());
    // Inputs are divided by it.
    if (name.ends_with(".sd") && !std::ranges::all_of(values, [](float sd) { return sd > 0; }))
      throw core::InputError(fmt::format(
          "{}: '{}' holds a value that is not positive: train the model again", path, name));
  });
}

}  // namespace shearwater::learn
