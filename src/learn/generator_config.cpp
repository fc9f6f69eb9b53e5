// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/learn/generator_config.hpp"

#include <fmt/format.h>

#include "shearwater/core/error.hpp"
#include "shearwater/learn/generator.hpp"

namespace shearwater::learn {

void GeneratorConfig::describe(core::Fields& field) {
  field("kind", kind, "",
        "flow: a flow matched on the axes' manifold, or of plain numbers; gan: a Wasserstein GAN "
        "with gradient penalty")
      .one_of({"flow", "gan"});
  field("layer", layer, "",
        "how galaxies hear of each other; equivariant: turns with the halo; directional: knows "
        "directions; isotropic: distances alone; none: not at all")
      .one_of({"equivariant", "directional", "isotropic", "none"});
  field("label", label, "",
        "what is generated; auto: frames where the graphs know them; values: plain numbers in "
        "[0, 1]")
      .one_of({"auto", "frames", "major", "values"});
  field("axis_ratios", axis_ratios, "", "axis ratios are generated too, where they are known");
  field("augment", augment, "",
        "layer = \"directional\" or a gan: each graph is turned at random in training");
  field("rounds", rounds, "", "of messages between neighbours").between(1, 8);
  field("features", features, "numbers", "that a galaxy keeps").between(1, 1024);
  field("tensors", tensors, "tensors", "that a galaxy keeps").between(1, 128);
  field("message", message, "numbers", "of a message").between(1, 1024);
  field("velocity_tensors", velocity_tensors, "tensors",
        "that the velocity is made of, a gan's too")
      .between(1, 32);
  field("velocity_units", velocity_units, "units",
        "of the two layers of the velocity and of a gan's equivariant critic")
      .between(1, 1024);
  field("noise_draws", noise_draws, "", "points on paths of each galaxy in a step").between(1, 8);
  field("sample_steps", sample_steps, "steps", "of a sample, two evaluations each").between(1, 64);
  field("blocks", blocks, "",
        "of a flow of values at the nodes and at each coarser level, of a quarter of the nodes "
        "each; all but the last come twice, on the way in and on the way out")
      .between(1, 64);
  field("condition_units", condition_units, "units",
        "by which time and the whole graph act on a flow of values")
      .between(1, 1024);
  field("places", places, "",
        "a flow of values knows where a node lies; else the directions of edges alone tell");
  field(
      "generator_layers", generator_layers, "features",
      "after each convolution of a gan's generator, with layer = \"directional\" or \"isotropic\"")
      .between(1, 1024);
  field("critic_layers", critic_layers, "features", "after each convolution of its critic")
      .between(1, 1024);
  field("critic_units", critic_units, "units",
        "of two layers after the mean over a graph's nodes, which see how its parts belong "
        "together; 0: none, the critic is the mean of one number of each node")
      .between(0, 1024);
  field("directions", directions, "",
        "that directional convolutions learn; 0: the 26 of a stencil of 3 x 3 x 3, fixed")
      .between(0, 64);
  field("noise", noise, "", "random numbers of each node of a gan, a multiple of 4")
      .between(0, 1024);
  field("shared_noise", shared_noise, "", "and those that all nodes of a graph share, likewise")
      .between(0, 1024);
  field("critic_steps", critic_steps, "", "of a gan's critic before each step of its generator")
      .between(1, 100);
  field("gradient_penalty", gradient_penalty, "",
        "weight of (|gradient of the critic| - gradient_norm)^2")
      .at_least(0);
  field("gradient_norm", gradient_norm, "",
        "1: that of a Wasserstein distance; 0: a critic that fades as the generator learns")
      .at_least(0);
  field("drift", drift, "", "weight of the square of the critic").at_least(0);
}

void GeneratorConfig::refuse_unused(std::string const& made) const {
  auto const refuse = [this](std::vector<std::string> const& keys, std::string const& why) {
    core::refuse_changed("generator", *this, keys, why);
  };
  bool const values = kind == "flow" && made == "values";
  bool const convolves = layer == "directional" || layer == "isotropic";
  std::vector<std::string> const flow_only = {"noise_draws", "sample_steps"};
  std::vector<std::string> const gan_only = {
      "generator_layers", "critic_layers",    "noise",
      "shared_noise",     "critic_steps",     "drift",
      "gradient_norm",    "gradient_penalty", "critic_units"};
  refuse(kind == "flow" ? gan_only : flow_only, fmt::format("generator.kind = \"{}\"", kind));
  auto const of_layer = fmt::format("generator.layer = \"{}\"", layer);
  if (layer != "directional") refuse({"directions"}, of_layer);
  if (kind == "flow" && made == "auto") return;
  if (values) {
    refuse({"augment", "axis_ratios", "rounds", "tensors", "message", "velocity_tensors",
            "velocity_units", "noise_draws"},
           "a flow of values is a stack of convolutions");
    return;
  }
  refuse({"blocks", "condition_units", "places"},
         "they are of a flow of values: kind = \"flow\", label = \"values\"");
  if (kind == "flow" && layer != "directional") refuse({"augment"}, of_layer);
  if (layer == "directional" || layer == "none" || (kind == "gan" && convolves))
    refuse({"message"}, of_layer);
  if (kind != "gan") return;
  if (convolves)
    refuse({"rounds", "features", "tensors", "velocity_tensors", "velocity_units"},
           "a gan's generator and critic are convolutions here");
  else
    refuse({"generator_layers", "critic_layers", "critic_units"}, of_layer);
}

std::string GeneratorConfig::resolved_label(bridge::GraphShape const& shape) const {
  if (label != "auto") return label;
  if (shape.frames) return "frames";
  return shape.major || shape.value_names.empty() ? "major" : "values";
}

void GeneratorConfig::check(bridge::GraphShape const& shape) const {
  auto const made = resolved_label(shape);
  if (made == "values" ? shape.value_names.empty() : !shape.frames && !shape.major)
    throw core::InputError(
        "the graphs hold neither frames nor major axes: a generator of orientations needs one of "
        "them; write the graphs with the axes of the galaxies");
  if (label == "frames" && !shape.frames)
    throw core::InputError(
        "generator.label = \"frames\", but the graphs hold major axes alone: use \"major\"");
  bool const convolves = layer == "directional" || layer == "isotropic";
  if (made == "values" && !convolves)
    throw core::InputError(fmt::format(
        "generator.layer = \"{}\" makes orientations, but the graphs hold plain values: "
        "use layer = \"directional\" or \"isotropic\"",
        layer));
  if (made == "values" && kind == "flow" && blocks.empty())
    throw core::InputError("generator.blocks is empty: name the blocks of one level at least");
  if (kind == "flow") return;
  if (noise % 4 != 0 || shared_noise % 4 != 0 || noise + shared_noise == 0)
    throw core::InputError(
        fmt::format("generator.noise = {} and generator.shared_noise = {}: must be multiples of 4, "
                    "and not both 0",
                    noise, shared_noise));
  if (convolves) return;
  if (noise < 4 || (noise < 8 && (made == "frames" || has_ratios(shape))))
    throw core::InputError(
        fmt::format("generator.noise = {}: layer = \"{}\" starts from a random axis, which takes 4 "
                    "numbers of a node, and with frames or ratios 8",
                    noise, layer));
}

void GeneratorCard::describe(core::Fields& field) {
  field("format_version", format_version, "", "of the model folder").at_least(1);
  field("program", program, "", "that wrote it");
  field("label", label, "", "what is generated").one_of({"frames", "major", "values"});
  field("axis_ratios", axis_ratios, "", "axis ratios are generated too");
  field("values", values, "", "names of what is generated where it is plain numbers");
  field("scalars", scalars, "", "inputs of a galaxy that are numbers");
  field("axes", axes, "", "inputs of a galaxy that are headless axes");
  field("scalar_low", scalar_low, "", "the least of each scalar in the training");
  field("scalar_high", scalar_high, "", "the greatest of each scalar in the training");
  field("neighbours", neighbours, "", "that a node hears from; 0: all of its halo").at_least(0);
  field("graphs", graphs, "", "that were trained on").at_least(0);
  field("nodes", nodes, "", "that were trained on").at_least(0);
  lineage.describe(field);
  field("redshift", redshift, "", "of the training data; -1: not known");
  field("resolution", resolution, "Msun/h", "mass of a particle there; -1: not known");
  field("steps", steps, "steps", "of the training").at_least(0);
  field("weights", weights, "", "number of trained weights").at_least(0);
  field("held_out_loss", held_out_loss, "",
        "flow: squared error of the velocity [radian^2, of values 1]; gan: minus the critic's "
        "estimate");
  field("weights_hash", weights_hash, "", "XXH3-128 of model.safetensors");
}

}  // namespace shearwater::learn
