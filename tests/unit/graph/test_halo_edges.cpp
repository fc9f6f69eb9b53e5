// SPDX-License-Identifier: BSD-3-Clause
// Edges inside graphs beside those from sorting all pairs.
#include <algorithm>
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/graph/halo_edges.hpp"

using namespace shearwater;

namespace {

struct Batch {
  std::vector<std::int64_t> begin = {0};
  std::vector<float> position;
};

/// Clustered nodes, some of them coincident, on a coarse lattice in part: many equal distances.
Batch make_batch(std::vector<std::int64_t> const& sizes) {
  Batch batch;
  for (auto const size : sizes) {
    for (std::int64_t i = 0; i < size; ++i) {
      core::Stream random(7, core::Purpose::observation,
                          static_cast<std::uint64_t>(batch.begin.back() + i));
      bool const lattice = i % 3 == 0;
      for (int a = 0; a < 3; ++a)
        batch.position.push_back(static_cast<float>(lattice ? std::floor(3 * random.uniform())
                                                            : random.normal() / (1 + i % 5)));
    }
    batch.begin.push_back(batch.begin.back() + size);
  }
  return batch;
}

/// Neighbours of every node by sorting all others of its graph.
std::vector<std::vector<std::int64_t>> by_sorting(Batch const& batch, std::int64_t neighbours) {
  std::vector<std::vector<std::int64_t>> lists;
  for (std::size_t g = 0; g + 1 < batch.begin.size(); ++g)
    for (auto i = batch.begin[g]; i < batch.begin[g + 1]; ++i) {
      std::vector<std::pair<double, std::int64_t>> others;
      for (auto j = batch.begin[g]; j < batch.begin[g + 1]; ++j) {
        double sum = 0;
        for (std::int64_t a = 0; a < 3; ++a) {
          double const d =
              static_cast<double>(batch.position[static_cast<std::size_t>(3 * i + a)]) -
              static_cast<double>(batch.position[static_cast<std::size_t>(3 * j + a)]);
          sum += d * d;
        }
        if (j != i) others.emplace_back(neighbours == 0 ? 0 : sum, j);
      }
      std::ranges::sort(others);
      if (neighbours > 0 && std::ssize(others) > neighbours)
        others.resize(static_cast<std::size_t>(neighbours));
      std::vector<std::int64_t> list;
      for (auto const& [distance, node] : others) list.push_back(node);
      lists.push_back(list);
    }
  return lists;
}

std::vector<std::vector<std::int64_t>> lists_of(std::vector<std::int64_t> const& begin,
                                                std::vector<std::int64_t> const& values) {
  std::vector<std::vector<std::int64_t>> lists;
  for (std::size_t i = 0; i + 1 < begin.size(); ++i)
    lists.emplace_back(values.begin() + begin[i], values.begin() + begin[i + 1]);
  return lists;
}

}  // namespace

TEST_CASE("each node's nearest neighbours are those of sorting all others", "[graph][unit]") {
  auto const batch = make_batch({1, 0, 2, 7, 40, 256, 257, 400, 3});
  for (std::int64_t const neighbours : {0, 1, 3, 8, 39, 300}) {
    INFO(neighbours << " neighbours");
    auto const edges = graph::halo_edges(batch.begin, batch.position, neighbours);
    CHECK(lists_of(edges.begin, edges.node) == by_sorting(batch, neighbours));
  }
}

TEST_CASE("nodes at one place are each other's neighbours in rising order", "[graph][unit]") {
  std::int64_t const nodes = GENERATE(5, 300);
  Batch batch;
  batch.begin.push_back(nodes);
  batch.position.assign(static_cast<std::size_t>(3 * nodes), 0.25F);
  auto const edges = graph::halo_edges(batch.begin, batch.position, 3);
  CHECK(lists_of(edges.begin, edges.node) == by_sorting(batch, 3));
  CHECK(std::vector(edges.node.begin(), edges.node.begin() + 6) ==
        std::vector<std::int64_t>{1, 2, 3, 0, 2, 3});
}

TEST_CASE("the reverse lists hold every edge once, where it ends, rising", "[graph][unit]") {
  auto const batch = make_batch({30, 300, 2});
  auto const edges = graph::halo_edges(batch.begin, batch.position, 6);
  REQUIRE(edges.reverse_begin.size() == edges.begin.size());
  auto const lists = lists_of(edges.reverse_begin, edges.reverse_edge);
  std::size_t seen = 0;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    CHECK(std::ranges::is_sorted(lists[i], std::ranges::less_equal{}));
    for (auto const e : lists[i])
      CHECK(edges.node[static_cast<std::size_t>(e)] == static_cast<std::int64_t>(i));
    seen += lists[i].size();
  }
  CHECK(seen == edges.node.size());
}

TEST_CASE("batches without nodes have no edges", "[graph][unit]") {
  CHECK(graph::halo_edges(std::vector<std::int64_t>{0}, {}, 4).edges() == 0);
  CHECK(graph::halo_edges(std::vector<std::int64_t>{0, 0}, {}, 0).begin.size() == 1);
}

TEST_CASE("what has no neighbours is refused", "[graph][unit]") {
  auto batch = make_batch({4});
  CHECK_THROWS_WITH(graph::halo_edges(batch.begin, batch.position, -1),
                    ContainsSubstring("-1 neighbours") && ContainsSubstring("at least 1"));
  batch.position[5] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(graph::halo_edges(batch.begin, batch.position, 2),
                    ContainsSubstring("node 1") && ContainsSubstring("finite"));
  batch.position.pop_back();
  CHECK_THROWS_AS(graph::halo_edges(batch.begin, batch.position, 2), core::InternalError);
}
