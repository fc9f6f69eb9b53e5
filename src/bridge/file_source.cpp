// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/bridge/file_source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shearwater/core/error.hpp"
#include "shearwater/io/map_file.hpp"

namespace shearwater::bridge {

namespace {

class FileSource : public ExampleSource {
 public:
  FileSource(std::string const& path, std::unique_ptr<SimulatorSource> features)
      : features_(std::move(features)), file_(path) {
    auto const wanted = features_->shape();
    auto const& found = file_.shape();
    if (found.bins != wanted.channels || found.pixels != wanted.pixels)
      throw core::InputError(
          fmt::format("{}: its maps have {} bins of {} pixels a side, but [sources] and [maps] say "
                      "{} of {}; make them agree",
                      path, found.bins, found.pixels, wanted.channels, wanted.pixels));
    if (found.parameter_names != wanted.parameter_names)
      throw core::InputError(fmt::format(
          "{}: its parameters are {}, but [prior] names {}; make them agree", path,
          fmt::join(found.parameter_names, ", "), fmt::join(wanted.parameter_names, ", ")));
    check_prior();
  }

  ExampleShape shape() const override { return features_->shape(); }
  std::int64_t size() const override { return file_.shape().count; }

  Batch examples(std::uint64_t first, std::int64_t count) const override {
    auto const& shape = file_.shape();
    auto const row = static_cast<std::int64_t>(first);
    auto maps = file_.maps(row, count);
    auto const map_ref = array_ref(maps.data(), {count, shape.bins, shape.pixels, shape.pixels});
    std::vector<float> mask, noise;
    ArrayRef mask_ref, noise_ref;
    if (shape.masks > 0) {
      mask = file_.mask(row, count);
      mask_ref = array_ref(mask.data(), {count, 1, shape.pixels, shape.pixels});
    }
    if (shape.noises > 0) {
      noise = file_.noise(row, count);
      noise_ref = array_ref(noise.data(), {count, shape.bins, shape.pixels, shape.pixels});
    }
    auto batch = features_->observe(map_ref, shape.masks > 0 ? &mask_ref : nullptr,
                                    shape.noises > 0 ? &noise_ref : nullptr);
    auto const parameters = file_.parameters(row, count);
    auto const width = static_cast<std::int64_t>(shape.parameter_names.size());
    batch["parameters"] = allocate(ElementType::float64, {count, width});
    check_support(parameters, row);
    std::copy(parameters.begin(), parameters.end(), host_data<double>(batch["parameters"]));
    return batch;
  }

 private:
  statistics::Prior const& prior() const { return features_->config().prior; }

  /// A file of ours says what its parameters were drawn from. A network takes the density of its
  /// examples for the prior, whatever the input calls it.
  void check_prior() const {
    for (auto const& [name, value] : file_.file().provenance().origin) {
      if (name != "input") continue;
      auto made = core::Config::from_text(value, file_.file().path());
      if (!made.has("prior")) return;
      auto const drawn = statistics::Prior::from_config(made);
      if (drawn == prior()) return;
      throw core::InputError(fmt::format(
          "{}: its parameters were drawn from another prior: {}; make [prior] that of the file, or "
          "simulate again",
          file_.file().path(),
          core::first_difference(core::resolved_keys(drawn.toml()),
                                 core::resolved_keys(prior().toml()))));
    }
  }

  void check_support(std::vector<double> const& parameters, std::int64_t first) const {
    auto const width = static_cast<std::size_t>(prior().size());
    for (std::size_t at = 0; at < parameters.size(); at += width)
      for (std::size_t p = 0; p < width; ++p) {
        auto const& range = prior().parameter(static_cast<std::int64_t>(p));
        double const value = parameters[at + p];
        if (value >= range.low && value <= range.high) continue;
        throw core::InputError(fmt::format(
            "{}: {} of set {} is {}, but [prior.{}] allows {} to {}: make them agree",
            file_.file().path(), range.name, first + static_cast<std::int64_t>(at / width), value,
            range.name, range.low, range.high));
      }
  }

  std::unique_ptr<SimulatorSource> features_;
  io::MapFileReader file_;
};

}  // namespace

std::unique_ptr<ExampleSource> make_file_source(std::string const& path,
                                                std::unique_ptr<SimulatorSource> features) {
  return std::make_unique<FileSource>(path, std::move(features));
}

}  // namespace shearwater::bridge
