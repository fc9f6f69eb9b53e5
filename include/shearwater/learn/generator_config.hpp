// SPDX-License-Identifier: BSD-3-Clause
// A learned generator of galaxy orientations as the table [generator] describes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/bridge/graph_source.hpp"
#include "shearwater/core/config.hpp"

namespace shearwater::learn {

struct GeneratorConfig {
  std::string kind = "flow";
  std::string layer = "equivariant";
  std::string label = "auto";
  bool axis_ratios = true;
  bool augment = true;

  std::int64_t rounds = 2;
  std::int64_t features = 32;
  std::int64_t tensors = 8;
  std::int64_t message = 48;
  std::int64_t velocity_tensors = 4;
  std::int64_t velocity_units = 64;

  std::int64_t noise_draws = 8;
  std::int64_t sample_steps = 6;

  // kind = "flow", values
  std::vector<std::int64_t> blocks = {2, 2, 3};
  std::int64_t condition_units = 64;
  bool places = false;

  // kind = "gan"
  std::vector<std::int64_t> generator_layers = {64, 64, 64}, critic_layers = {64, 64, 32};
  std::int64_t critic_units = 0;
  std::int64_t directions = 8;
  std::int64_t noise = 32, shared_noise = 0;
  std::int64_t critic_steps = 5;
  double gradient_penalty = 10.0, gradient_norm = 1.0, drift = 0.001;

  void describe(core::Fields& field);
  /// Throws InputError when the graphs (`shape`) lack what the generator reads or learns.
  void check(bridge::GraphShape const& shape) const;
  /// Throws InputError for a key that is given but has no effect on this kind of generator of
  /// `made`, a resolved label; with "auto" for one that has none whatever the graphs hold.
  void refuse_unused(std::string const& made) const;
  void refuse_unused() const { refuse_unused(label); }
  /// "frames", "major" or "values": `label`, or where it is "auto" the most that the graphs know.
  std::string resolved_label(bridge::GraphShape const& shape) const;
  /// Axis ratios are generated too: wanted, and known.
  bool has_ratios(bridge::GraphShape const& shape) const {
    return axis_ratios && shape.axis_ratios && resolved_label(shape) != "values";
  }
};

}  // namespace shearwater::learn
