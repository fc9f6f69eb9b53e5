// SPDX-License-Identifier: BSD-3-Clause
#include "model_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/io/files.hpp"

namespace shearwater::commands {

void ModelVerdict::describe(core::Fields& field) {
  field("test", test, "", "the test").one_of({"orientations", "digits"});
  field("judged_on", judged_on, "", "digest of the graphs, the box, and how the test was made");
  field("held_out", held_out, "", "what is known of these beside the training");
  field("weights_hash", weights_hash, "", "XXH3-128 of the model.safetensors that was judged");
  field("passed", passed, "", "whether all figures are what was asked for");
  field("figures", figures, "", "what was measured, and what was asked for");
}

namespace {

std::string path_of(std::string const& model) { return model + "/verdict.toml"; }

std::string text_of(std::vector<ModelVerdict> verdicts) {
  std::string text = "# What tests said of this model; shearwater calibrate keeps it.\n";
  for (auto& verdict : verdicts) {
    core::Fields fields;
    verdict.describe(fields);
    text += "\n[[test]]\n";
    for (auto const& spec : fields.specs()) text += spec->key() + " = " + spec->value_text() + "\n";
  }
  return text;
}

}  // namespace

std::vector<ModelVerdict> read_verdicts(std::string const& model, std::string const& weights_hash) {
  std::vector<ModelVerdict> verdicts;
  if (!std::filesystem::exists(path_of(model))) return verdicts;
  auto file = core::Config::from_file(path_of(model));
  for (std::int64_t i = 0; i < file.array_size("test"); ++i)
    verdicts.push_back(file.read<ModelVerdict>(fmt::format("test[{}]", i)));
  std::erase_if(verdicts,
                [&](auto const& verdict) { return verdict.weights_hash != weights_hash; });
  return verdicts;
}

void keep_verdict(std::string const& model, ModelVerdict const& verdict) {
  try {
    auto verdicts = read_verdicts(model, verdict.weights_hash);
    std::erase_if(verdicts, [&](auto const& other) {
      return other.test == verdict.test && other.judged_on == verdict.judged_on;
    });
    verdicts.push_back(verdict);
    io::write_file(path_of(model), text_of(verdicts), io::Existing::replace);
  } catch (core::Error const& error) {
    core::log_warning(fmt::format("the verdict is not kept beside the model: {}", error.what()));
  }
}

std::string verdict_text(std::string const& model, std::string const& weights_hash) {
  std::vector<ModelVerdict> verdicts;
  try {
    verdicts = read_verdicts(model, weights_hash);
  } catch (core::Error const& error) {
    return fmt::format("{}: what tests said of it cannot be read: {}", model, error.what());
  }
  if (verdicts.empty()) return model + ": no test of these weights is known (calibrate makes one)";
  std::string text = model + ":";
  for (auto const& verdict : verdicts)
    text += fmt::format("{} {} {} ({})", &verdict == verdicts.data() ? "" : ";", verdict.test,
                        verdict.passed ? "passed" : "FAILED", verdict.held_out);
  return text;
}

}  // namespace shearwater::commands
