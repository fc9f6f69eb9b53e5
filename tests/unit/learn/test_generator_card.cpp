// SPDX-License-Identifier: BSD-3-Clause
// What the card of a generator says, and what it decides: where a training may start, and whether a
// model can be used.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "catch.hpp"
#include "generator_fixture.hpp"
#include "support.hpp"

namespace {

using namespace shearwater;
using test::message_of;

std::string read_card(std::string const& folder) {
  std::ifstream file(folder + "/model.toml");
  return {std::istreambuf_iterator<char>(file), {}};
}

void edit_card(std::string const& folder, std::string const& from, std::string const& to) {
  auto text = read_card(folder);
  auto const at = text.find(from);
  REQUIRE(at != std::string::npos);
  std::ofstream(folder + "/model.toml") << text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a training may start from a model", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallGenerator small;
  auto const first = scratch.file("first");
  auto const result = small.run(test::world(), first);
  learn::GeneratorModel const model(first);
  CHECK(model.card().scalars == std::vector<std::string>{"log10_host_mass", "central"});
  CHECK(model.card().scalar_low[0] > 11.9);
  CHECK(model.card().scalar_high[0] < 14.1);
  CHECK(model.card().held_out_loss == Approx(result.held_out));
  CHECK(model.operations_per_galaxy() > 1e4);

  // With no learning to speak of, weights stay, and with them the held-out loss.
  small.train.start_from = first;
  small.train.learning_rate = 1e-30;
  small.train.seed = 2;
  auto const again = small.run(test::world(), scratch.file("again"));
  CHECK(again.curve.front().held_out != result.curve.front().held_out);
  CHECK(core::hash_file(scratch.file("again") + "/model.safetensors") ==
        core::hash_file(first + "/model.safetensors"));

  small.generator.features = 20;
  CHECK(message_of([&] {
          small.run(test::world(), scratch.file("other"));
        }).find("train.start_from") != std::string::npos);
}

TEST_CASE("a training starts from a generator of the same labels and inputs alone",
          "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallGenerator small;
  auto const first = scratch.file("first");
  small.run(test::world(), first);
  small.train.start_from = first;
  // The shapes of all arrays stay the same.
  auto graphs = small.kind.make(0, small.graphs);
  std::swap(graphs.scalar_names[0], graphs.scalar_names[1]);
  bridge::GraphSource const swapped(graphs, {}, small.train.held_out, 1);
  CHECK(message_of([&] {
          learn::train_generator(test::world(), small.generator, small.train, swapped, {},
                                 core::RunControl(), {scratch.file("swapped"), false, ""});
        }).find("the scalars") != std::string::npos);
  bridge::GraphsConfig few;
  few.neighbours = 3;
  bridge::GraphSource const other(small.kind.make(0, small.graphs), few, small.train.held_out, 1);
  CHECK(message_of([&] {
          learn::train_generator(test::world(), small.generator, small.train, other, {},
                                 core::RunControl(), {scratch.file("few"), false, ""});
        }).find("neighbours 8, this training 3") != std::string::npos);

  edit_card(first, "format_version = 1", "format_version = 9");
  CHECK(message_of([&] {
          small.run(test::world(), scratch.file("newer"));
        }).find("format_version 9") != std::string::npos);
}

TEST_CASE("a damaged card is refused", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallGenerator const small;
  auto const folder = scratch.file("model");
  small.run(test::world(), folder);
  auto const whole = read_card(folder);
  auto const at = whole.find("scalar_low = [");
  auto const low = whole.substr(at, whole.find('\n', at) - at);
  for (auto const* wrong : {"scalar_low = []", "scalar_low = [12.0]", "scalar_low = [12.0, nan]",
                            "scalar_low = [99.0, 0.0]"}) {
    edit_card(folder, low, wrong);
    INFO(wrong);
    CHECK(message_of([&] { learn::GeneratorModel const model(folder); }).find("scalar_low") !=
          std::string::npos);
    edit_card(folder, wrong, low);
  }
  CHECK(message_of([&] { learn::GeneratorModel const model(folder); }).empty());
}

TEST_CASE("a card names all graphs that its weights have seen", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallGenerator small;
  small.train.steps = 2;
  auto const train = [&](char const* name, std::string const& data,
                         std::vector<std::string> const& unseen, std::string const& parent) {
    small.train.start_from = parent.empty() ? "" : scratch.file(parent);
    learn::GeneratorCard facts;
    facts.lineage = {data, {data}, unseen, false, ""};
    learn::train_generator(test::world(), small.generator, small.train, small.source(), facts,
                           core::RunControl(), {scratch.file(name), false, ""});
    return learn::GeneratorModel(scratch.file(name)).card().lineage;
  };
  using Names = std::vector<std::string>;
  auto const parent = train("parent", "a", {"a/1", "a/2"}, "");
  CHECK(parent.start_hash.empty());
  CHECK(parent.unseen_boxes == Names{"a/1", "a/2"});
  auto const child = train("child", "b", {"b/0"}, "parent");
  CHECK(child.start_hash == learn::GeneratorModel(scratch.file("parent")).card().weights_hash);
  CHECK(child.seen_data == Names{"b", "a"});
  CHECK(child.unseen_boxes == Names{"a/1", "a/2", "b/0"});
  // What a parent learned from, its child has seen, whatever it held out itself.
  CHECK(train("again", "a", {"a/2", "a/3"}, "child").unseen_boxes == Names{"a/2", "b/0"});
  CHECK_FALSE(child.chosen_by_held_out);
  small.train.patience = 5;
  train("chosen", "a", {"a/1"}, "");
  small.train.patience = 0;
  CHECK(train("heir", "b", {}, "chosen").chosen_by_held_out);
}
