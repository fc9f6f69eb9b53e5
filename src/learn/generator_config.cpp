// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/learn/generator_config.hpp"

#include <fmt/format.h>

#include "shearwater/core/error.hpp"
#include "shearwater/learn/generator.hpp"

namespace shearwater::learn {

void GeneratorConfig::describe(core::Fields& field) {
  field("kind", kind, "", "flow: a flow matched on the axes' manifold").one_of({"flow"});
  field("layer", layer, "",
        "how galaxies hear of each other; equivariant: turns with the halo; directional: knows "
        "directions; isotropic: distances alone; none: not at all")
      .one_of({"equivariant", "directional", "isotropic", "none"});
  field("label", label, "", "what is generated; auto: frames where the graphs know them")
      .one_of({"auto", "frames", "major"});
  field("axis_ratios", axis_ratios, "", "axis ratios are generated too, where they are known");
  field("augment", augment, "", "layer = \"directional\": graphs are turned at random in training");
  field("rounds", rounds, "", "of messages between neighbours").between(1, 8);
  field("features", features, "numbers", "that a galaxy keeps").between(1, 1024);
  field("tensors", tensors, "tensors", "that a galaxy keeps").between(1, 128);
  field("message", message, "numbers", "of a message").between(1, 1024);
  field("velocity_tensors", velocity_tensors, "tensors", "that the velocity is made of")
      .between(1, 32);
  field("velocity_units", velocity_units, "units", "of the velocity's two layers").between(1, 1024);
  field("noise_draws", noise_draws, "", "points on paths of each galaxy in a step").between(1, 8);
  field("sample_steps", sample_steps, "steps", "of a sample, two evaluations each").between(1, 8);
}

std::string GeneratorConfig::resolved_label(bridge::GraphShape const& shape) const {
  if (label != "auto") return label;
  return shape.frames ? "frames" : "major";
}

void GeneratorConfig::check(bridge::GraphShape const& shape) const {
  if (!shape.frames && !shape.major)
    throw core::InputError(
        "the graphs hold neither frames nor major axes: a generator of orientations needs one of "
        "them; write the graphs with the axes of the galaxies");
  if (label == "frames" && !shape.frames)
    throw core::InputError(
        "generator.label = \"frames\", but the graphs hold major axes alone: use \"major\"");
}

void GeneratorCard::describe(core::Fields& field) {
  field("format_version", format_version, "", "of the model folder").at_least(1);
  field("program", program, "", "that wrote it");
  field("label", label, "", "what is generated").one_of({"frames", "major"});
  field("axis_ratios", axis_ratios, "", "axis ratios are generated too");
  field("scalars", scalars, "", "inputs of a galaxy that are numbers");
  field("axes", axes, "", "inputs of a galaxy that are headless axes");
  field("scalar_low", scalar_low, "", "the least of each scalar in the training");
  field("scalar_high", scalar_high, "", "the greatest of each scalar in the training");
  field("neighbours", neighbours, "", "that a node hears from; 0: all of its halo").at_least(0);
  field("graphs", graphs, "", "that were trained on").at_least(0);
  field("nodes", nodes, "", "that were trained on").at_least(0);
  field("training_data", training_data, "", "XXH3-128 of the file of graphs");
  field("redshift", redshift, "", "of the training data; -1: not known");
  field("resolution", resolution, "Msun/h", "mass of a particle there; -1: not known");
  field("steps", steps, "steps", "of the training").at_least(0);
  field("weights", weights, "", "number of trained weights").at_least(0);
  field("held_out_loss", held_out_loss, "radian^2", "squared error of the velocity");
  field("verdict", verdict, "", "of a test on known or held-out galaxies");
  field("weights_hash", weights_hash, "", "XXH3-128 of model.safetensors");
}

}  // namespace shearwater::learn
