// SPDX-License-Identifier: BSD-3-Clause
#include "generator_lineage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

core::Config description_of(TrainingStart const& start) {
  return core::Config::from_text(start.text, start.folder + "/model.toml");
}

bool holds(std::vector<std::string> const& names, std::string const& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

void require_same_generator(TrainingStart const& start, GeneratorCard const& card,
                            GeneratorConfig const& generator) {
  if (start.folder.empty()) return;
  auto description = description_of(start);
  if (!description.has("model.generator"))
    throw core::InputError(fmt::format(
        "train.start_from: {} holds no generator: name a folder that was trained from [graphs]",
        start.folder));
  auto const parent = description.read<GeneratorCard>("model");
  auto const its = description.read<GeneratorConfig>("model.generator");
  auto const compare = [&](char const* what, auto const& there, auto const& here) {
    if (there != here)
      throw core::InputError(fmt::format(
          "train.start_from: the model of {} has {} {}, this training {}: give the keys and the "
          "inputs of graphs that it was trained with",
          start.folder, what, there, here));
  };
  compare("the kind", its.kind, generator.kind);
  compare("the layer", its.layer, generator.layer);
  compare("the label", parent.label, card.label);
  compare("axis ratios:", parent.axis_ratios, card.axis_ratios);
  compare("the values", parent.values, card.values);
  compare("the scalars", parent.scalars, card.scalars);
  compare("the axes", parent.axes, card.axes);
  compare("neighbours", parent.neighbours, card.neighbours);
}

GeneratorCard with_ancestors(GeneratorCard card, TrainingStart const& start) {
  if (start.folder.empty()) return card;
  auto const parent = description_of(start).read<GeneratorCard>("model");
  auto const seen_by = [](GeneratorCard const& one, std::string const& box) {
    return holds(one.seen_data, box.substr(0, box.find('/'))) && !holds(one.unseen_boxes, box);
  };
  std::vector<std::string> unseen;
  for (auto const* boxes : {&parent.unseen_boxes, &std::as_const(card).unseen_boxes})
    for (auto const& box : *boxes)
      if (!seen_by(parent, box) && !seen_by(card, box) && !holds(unseen, box))
        unseen.push_back(box);
  card.unseen_boxes = std::move(unseen);
  for (auto const& data : parent.seen_data)
    if (!holds(card.seen_data, data)) card.seen_data.push_back(data);
  card.chosen_by_held_out = card.chosen_by_held_out || parent.chosen_by_held_out;
  card.start_hash = start.weights_hash;
  return card;
}

}  // namespace shearwater::learn
