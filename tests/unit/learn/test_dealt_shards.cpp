// SPDX-License-Identifier: BSD-3-Clause
// Graphs dealt out to shards of equal cost.
#include <algorithm>
#include <set>

#include "catch.hpp"
#include "shard_maker.hpp"
#include "shearwater/bridge/graph_source.hpp"

namespace {

using namespace shearwater;

/// 1,003 graphs; the sizes of a few are far above the others'.
graph::HaloGraphs uneven_graphs() {
  graph::HaloGraphs graphs;
  graphs.scalar_names = {"central"};
  for (std::int64_t g = 0; g < 1003; ++g) {
    auto const nodes = g % 100 == 7 ? 60 : 2 + g % 5;
    for (std::int64_t i = 0; i < nodes; ++i) {
      graphs.position.insert(graphs.position.end(), {static_cast<float>(i), 0, 0});
      graphs.scalars.push_back(i == 0 ? 1.0F : 0.0F);
    }
    graphs.begin.push_back(graphs.begin.back() + nodes);
  }
  return graphs;
}

}  // namespace

TEST_CASE("an epoch deals every graph at most once, in shards of about one size", "[learn]") {
  learn::TrainConfig config;
  config.held_out = 40;
  config.shards = 4;
  config.shard_size = 20;
  bridge::GraphSource const source(uneven_graphs(), {}, config.held_out, 1);
  learn::DealtShards maker(source, config);
  auto const steps = (source.size() - 40) / 80;
  std::set<std::int64_t> seen;
  std::int64_t smallest = 1 << 20, largest = 0;
  for (std::int64_t step = 0; step < steps; ++step)
    for (std::int64_t shard = 0; shard < 4; ++shard) {
      auto const batch = source.pick(maker.dealt(step, shard));
      smallest = std::min(smallest, batch.at("row").extents[0]);
      largest = std::max(largest, batch.at("row").extents[0]);
      for (auto const example : maker.dealt(step, shard)) {
        CHECK(example >= 40);
        CHECK(seen.insert(example).second);
      }
    }
  CHECK(static_cast<std::int64_t>(seen.size()) == 80 * steps);
  // 20 graphs of 4 nodes each, one of 60 nodes in ten of the 48 shards.
  CHECK(smallest > 60);
  CHECK(largest < 150);
  CHECK(maker.dealt(0, 1) != maker.dealt(steps, 1));
  // One rank asks for some shards, another for others: the same examples.
  learn::DealtShards other(source, config);
  auto const part = other.shards(3, 2, 2);
  auto const* row = bridge::host_data<std::int64_t>(part[1].at("row"));
  auto const expected = source.pick(maker.dealt(3, 3));
  CHECK(std::equal(row, row + part[1].at("row").extents[0],
                   bridge::host_data<std::int64_t>(expected.at("row"))));
}
