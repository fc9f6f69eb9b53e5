// SPDX-License-Identifier: BSD-3-Clause
#include "lineage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "shearwater/learn/generator.hpp"

namespace shearwater::learn {

namespace {

bool holds(std::vector<std::string> const& names, std::string const& name) {
  return std::ranges::find(names, name) != names.end();
}

Lineage stored_lineage(TrainingStart const& start) {
  auto description = core::Config::from_text(start.text, start.folder + "/model.toml");
  if (description.has("model.generator")) return description.read<GeneratorCard>("model").lineage;
  if (description.has("model.classifier")) return read_classifier_card(description).lineage;
  return {};
}

}  // namespace

void Lineage::describe(core::Fields& field) {
  field("training_data", training_data, "", "digest of the file of graphs");
  field("seen_data", seen_data, "", "digests of all files that its weights learned from");
  field("unseen_boxes", unseen_boxes, "", "digest/box: boxes of them that were always held out");
  field("chosen_by_held_out", chosen_by_held_out, "", "the held-out graphs said when to stop");
  field("start_hash", start_hash, "", "of the weights that it started from; empty: fresh ones");
}

Lineage lineage_of(std::string const& digest, std::vector<std::int64_t> const& held_out_boxes) {
  Lineage lineage;
  lineage.training_data = digest;
  lineage.seen_data = {digest};
  for (auto const box : held_out_boxes)
    lineage.unseen_boxes.push_back(fmt::format("{}/{}", digest, box));
  return lineage;
}

Lineage with_ancestors(Lineage lineage, TrainingStart const& start) {
  if (start.folder.empty()) return lineage;
  auto const parent = stored_lineage(start);
  auto const seen_by = [](Lineage const& one, std::string const& box) {
    return holds(one.seen_data, box.substr(0, box.find('/'))) && !holds(one.unseen_boxes, box);
  };
  std::vector<std::string> unseen;
  for (auto const* boxes : {&parent.unseen_boxes, &std::as_const(lineage).unseen_boxes})
    for (auto const& box : *boxes)
      if (!seen_by(parent, box) && !seen_by(lineage, box) && !holds(unseen, box))
        unseen.push_back(box);
  lineage.unseen_boxes = std::move(unseen);
  for (auto const& data : parent.seen_data)
    if (!holds(lineage.seen_data, data)) lineage.seen_data.push_back(data);
  lineage.chosen_by_held_out = lineage.chosen_by_held_out || parent.chosen_by_held_out;
  lineage.start_hash = start.weights_hash;
  return lineage;
}

ClassifierCard read_classifier_card(core::Config& description) {
  auto card = description.read<ClassifierCard>("model");
  auto& lineage = card.lineage;
  if (!lineage.seen_data.empty() || lineage.training_data.empty()) return card;
  // An older card: the input tells what its own training held out, nothing what one before it did.
  auto const start_hash = lineage.start_hash;
  auto const graphs = description.read<bridge::GraphsConfig>("graphs");
  lineage = lineage_of(lineage.training_data,
                       start_hash.empty() ? graphs.held_out_boxes : std::vector<std::int64_t>());
  lineage.start_hash = start_hash;
  return card;
}

}  // namespace shearwater::learn
