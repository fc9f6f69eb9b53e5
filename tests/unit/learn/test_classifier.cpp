// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/learn/classifier.hpp"
#include "support.hpp"

namespace {

using namespace shearwater;

constexpr std::int64_t across = 5, pixels = across * across;

/// Pictures of a bar (class 0), a column (1) or a diagonal (2) at a random place, with noise; box 1
/// is held out.
graph::HaloGraphs class_pictures(std::int64_t count) {
  graph::HaloGraphs graphs;
  graphs.value_names = {"pixel"};
  for (std::int64_t g = 0; g < count; ++g) {
    core::Stream random(9, core::Purpose::observation, static_cast<std::uint64_t>(g));
    auto const kind = g % 3;
    auto const place = static_cast<std::int64_t>(random.below(across));
    for (std::int64_t node = 0; node < pixels; ++node) {
      auto const x = node % across, y = node / across;
      bool const on = kind == 0 ? y == place : kind == 1 ? x == place : (x + y) % across == place;
      for (auto const at : {x, y, std::int64_t{0}})
        graphs.position.push_back(static_cast<float>(at));
      graphs.values.push_back(static_cast<float>((on ? 0.6 : 0.1) + 0.3 * random.uniform()));
      graphs.id.push_back(node);
    }
    graphs.begin.push_back(graphs.begin.back() + pixels);
    graphs.host.push_back(kind);
    graphs.box.push_back(g % 4 == 0 ? 1 : 0);
  }
  return graphs;
}

learn::ClassifierConfig small_classifier() {
  learn::ClassifierConfig config;
  config.layers = {8};
  config.directions = 4;
  config.channels = 4;
  config.features = 8;
  return config;
}

learn::TrainConfig short_training() {
  learn::TrainConfig config;
  config.steps = 150;
  config.shards = 2;
  config.shard_size = 16;
  config.learning_rate = 1e-2;
  config.warmup_steps = 10;
  config.weight_decay = 0;
  config.ema = 0.9;
  config.held_out = 120;
  config.held_out_every = 75;
  config.statistics_examples = 64;
  config.checkpoint_every = 0;
  return config;
}

learn::TrainResult train_small(graph::HaloGraphs const& graphs, std::string const& folder,
                               learn::TrainConfig const& training = short_training(),
                               learn::Lineage const& lineage = {}, std::string const& input = "") {
  bridge::GraphsConfig config;
  config.neighbours = 4;
  config.held_out_boxes = {1};
  bridge::GraphSource const source(graphs, config, 120, 1);
  core::RunControl const control(folder);
  return learn::train_classifier(test::world(), small_classifier(), training, source, lineage,
                                 control, {folder, false, input});
}

std::int64_t largest(float const* p) { return std::max_element(p, p + 3) - p; }

}  // namespace

TEST_CASE("a classifier tells held-out pictures apart, each as if it were alone", "[learn][unit]") {
  test::ScratchFolder const scratch;
  auto const graphs = class_pictures(600);
  auto const result = train_small(graphs, scratch.file("model"));
  CHECK(result.held_out < 0.2);
  learn::GraphClassifier const classifier(scratch.file("model"));
  CHECK(classifier.card().classes == 3);
  CHECK(classifier.card().nodes == pixels);

  std::vector<std::int64_t> held_out;
  for (std::int64_t g = 0; g < graphs.graphs(); g += 4) held_out.push_back(g);
  auto const all = classifier.classify(bridge::graph_batch(graphs, held_out, 4));
  auto const* p = bridge::host_data<float>(all.at("probabilities"));
  double right = 0;
  for (std::size_t i = 0; i < held_out.size(); ++i) {
    auto const* row = p + 3 * i;
    CHECK(row[0] + row[1] + row[2] == Approx(1).margin(1e-5));
    right += largest(row) == held_out[i] % 3 ? 1 : 0;
  }
  CHECK(right / static_cast<double>(held_out.size()) > 0.95);
  CHECK(classifier.card().accuracy > 0.95);

  auto const alone = classifier.classify(bridge::graph_batch(graphs, std::vector{held_out[7]}, 4));
  for (auto const* name : {"features", "probabilities"}) {
    auto const width = alone.at(name).size();
    auto const* one = bridge::host_data<float>(alone.at(name));
    CHECK(std::equal(one, one + width, bridge::host_data<float>(all.at(name)) + 7 * width));
  }
}

TEST_CASE("a classifier's card names all graphs that its weights have seen", "[learn][unit]") {
  test::ScratchFolder const scratch;
  auto const graphs = class_pictures(600);
  auto training = short_training();
  training.steps = 2;
  training.warmup_steps = 1;
  auto const train = [&](char const* name, learn::Lineage const& lineage, std::string const& parent,
                         std::string const& input = "") {
    training.start_from = parent.empty() ? "" : scratch.file(parent);
    train_small(graphs, scratch.file(name), training, lineage, input);
    return learn::GraphClassifier(scratch.file(name)).card().lineage;
  };
  using Names = std::vector<std::string>;
  auto const parent = train("parent", learn::lineage_of("a", {1, 2}), "");
  CHECK(parent.training_data == "a");
  CHECK(parent.start_hash.empty());
  CHECK(parent.unseen_boxes == Names{"a/1", "a/2"});
  auto const child = train("child", learn::lineage_of("b", {0}), "parent");
  CHECK(child.start_hash == learn::GraphClassifier(scratch.file("parent")).card().weights_hash);
  CHECK(child.training_data == "b");
  CHECK(child.seen_data == Names{"b", "a"});
  CHECK(child.unseen_boxes == Names{"a/1", "a/2", "b/0"});
  CHECK(train("again", learn::lineage_of("a", {2, 3}), "child").unseen_boxes ==
        Names{"a/2", "b/0"});
  CHECK_FALSE(child.chosen_by_held_out);
  training.patience = 5;
  CHECK(train("chosen", learn::lineage_of("a", {1}), "").chosen_by_held_out);

  // A card that names its own file alone: its input says what was held out, of a fresh start.
  learn::Lineage older;
  older.training_data = "a";
  auto const input = "[graphs]\nheld_out_boxes = [4, 5]\n";
  CHECK(train("older", older, "", input).unseen_boxes == Names{"a/4", "a/5"});
  older.start_hash = "of some model";
  auto const tuned = train("tuned", older, "", input);
  CHECK(tuned.seen_data == Names{"a"});
  CHECK(tuned.unseen_boxes.empty());
  CHECK(tuned.start_hash == older.start_hash);
}

TEST_CASE("a classifier refuses graphs that it cannot tell apart", "[learn][unit]") {
  test::ScratchFolder const scratch;
  auto const graphs = class_pictures(600);
  auto one = graphs;
  std::ranges::fill(one.host, 0);
  CHECK_THROWS_WITH(train_small(one, scratch.file("one")),
                    ContainsSubstring("nothing to tell apart"));
  auto negative = graphs;
  negative.host[5] = -2;
  CHECK_THROWS_WITH(train_small(negative, scratch.file("no")),
                    ContainsSubstring("graph 5 is of class"));
  auto uneven = graphs;
  uneven.begin[1] -= 1;
  CHECK_THROWS_AS(train_small(uneven, scratch.file("no")), core::InputError);
  auto dumb = graphs;
  dumb.value_names.clear();
  dumb.values.clear();
  CHECK_THROWS_AS(train_small(dumb, scratch.file("no")), core::InputError);
}
