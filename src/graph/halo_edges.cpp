// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/graph/halo_edges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "shearwater/core/error.hpp"

namespace shearwater::graph {

namespace {

/// Above this, neighbours are looked for along x instead of among all.
constexpr std::size_t few_nodes = 256;

struct Candidate {
  double distance = 0;  ///< squared
  std::int64_t node = 0;
  bool operator<(Candidate const& other) const {
    return distance < other.distance || (distance == other.distance && node < other.node);
  }
};

/// The best candidates so far, sorted; room for one more than is kept.
class Nearest {
 public:
  explicit Nearest(std::size_t keep) : best_(keep + 1) {}
  void clear() { count_ = 0; }
  bool full() const { return count_ + 1 == best_.size(); }
  Candidate const& worst() const { return best_[count_ - 1]; }
  void offer(Candidate const& candidate) {
    if (full() && !(candidate < worst())) return;
    std::size_t place = count_;
    for (; place > 0 && candidate < best_[place - 1]; --place) best_[place] = best_[place - 1];
    best_[place] = candidate;
    if (!full()) ++count_;
  }
  std::span<Candidate const> sorted() const { return {best_.data(), count_}; }

 private:
  std::vector<Candidate> best_;
  std::size_t count_ = 0;
};

/// Coordinates of one graph, by axis. Differences of floats are exact enough in double that equal
/// distances are equal bits whichever of two nodes asks.
struct Places {
  std::vector<double> x, y, z, distance;
  std::vector<std::int64_t> order;  ///< rows by rising x, where the graph is large

  void load(std::span<float const> position) {
    std::size_t const n = position.size() / 3;
    order.resize(n);
    std::iota(order.begin(), order.end(), std::int64_t{0});
    if (n > few_nodes)
      std::ranges::stable_sort(order, {}, [&](std::int64_t i) { return position[at(i)]; });
    for (auto* axis : {&x, &y, &z, &distance}) axis->resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      std::size_t const from = at(order[i]);
      x[i] = position[from];
      y[i] = position[from + 1];
      z[i] = position[from + 2];
    }
  }
  double squared(std::size_t i, std::size_t j) const {
    double const dx = x[i] - x[j], dy = y[i] - y[j], dz = z[i] - z[j];
    return dx * dx + dy * dy + dz * dz;
  }

 private:
  static std::size_t at(std::int64_t row) { return 3 * static_cast<std::size_t>(row); }
};

void among_all(Places& places, std::size_t i, Nearest& nearest) {
  std::size_t const n = places.x.size();
  for (std::size_t j = 0; j < n; ++j) places.distance[j] = places.squared(i, j);
  for (std::size_t j = 0; j < n; ++j)
    if (j != i) nearest.offer({places.distance[j], static_cast<std::int64_t>(j)});
}

/// Outwards from place i along x, until the step along x alone is longer than the worst kept.
void along_x(Places const& places, std::size_t i, Nearest& nearest) {
  auto const n = static_cast<std::int64_t>(places.x.size());
  for (int const step : {-1, 1})
    for (auto j = static_cast<std::int64_t>(i) + step; j >= 0 && j < n; j += step) {
      auto const k = static_cast<std::size_t>(j);
      double const dx = places.x[k] - places.x[i];
      if (nearest.full() && dx * dx > nearest.worst().distance) break;
      nearest.offer({places.squared(i, k), places.order[k]});
    }
}

/// Neighbours of the nodes of one graph that starts at node `first`, from edge begin[first] on.
void connect(Places& places, Nearest& nearest, std::int64_t first, Edges& edges) {
  bool const few = places.x.size() <= few_nodes;
  for (std::size_t i = 0; i < places.x.size(); ++i) {
    nearest.clear();
    if (few)
      among_all(places, i, nearest);
    else
      along_x(places, i, nearest);
    auto edge =
        static_cast<std::size_t>(edges.begin[static_cast<std::size_t>(first + places.order[i])]);
    for (auto const& found : nearest.sorted()) edges.node[edge++] = first + found.node;
  }
}

void connect_all(std::int64_t first, std::int64_t end, Edges& edges) {
  auto edge = static_cast<std::size_t>(edges.begin[static_cast<std::size_t>(first)]);
  for (auto i = first; i < end; ++i)
    for (auto j = first; j < end; ++j)
      if (j != i) edges.node[edge++] = j;
}

void check_input(std::span<std::int64_t const> begin, std::span<float const> position,
                 std::int64_t neighbours) {
  core::require(!begin.empty() && begin.front() == 0 && std::ranges::is_sorted(begin) &&
                    begin.back() * 3 == std::ssize(position),
                "begin and the positions of the nodes do not fit");
  if (neighbours < 0)
    throw core::InputError(fmt::format(
        "{} neighbours: give at least 1, or 0 for all nodes of the same graph", neighbours));
  for (std::size_t i = 0; i < position.size(); ++i)
    if (!std::isfinite(position[i]))
      throw core::InputError(
          fmt::format("node {}: its position is {}: positions must be finite", i / 3, position[i]));
}

}  // namespace

void add_reverse(Edges& edges) {
  auto const nodes = static_cast<std::size_t>(edges.nodes());
  edges.reverse_begin.assign(nodes + 1, 0);
  for (auto const end : edges.node) ++edges.reverse_begin[static_cast<std::size_t>(end) + 1];
  std::partial_sum(edges.reverse_begin.begin(), edges.reverse_begin.end(),
                   edges.reverse_begin.begin());
  edges.reverse_edge.resize(edges.node.size());
  std::vector<std::int64_t> next(edges.reverse_begin.begin(), edges.reverse_begin.end() - 1);
  for (std::size_t e = 0; e < edges.node.size(); ++e)
    edges.reverse_edge[static_cast<std::size_t>(next[static_cast<std::size_t>(edges.node[e])]++)] =
        static_cast<std::int64_t>(e);
}

Edges halo_edges(std::span<std::int64_t const> begin, std::span<float const> position,
                 std::int64_t neighbours) {
  check_input(begin, position, neighbours);
  Edges edges;
  edges.begin.assign(1, 0);
  edges.begin.reserve(static_cast<std::size_t>(begin.back()) + 1);
  for (std::size_t g = 0; g + 1 < begin.size(); ++g) {
    auto const nodes = begin[g + 1] - begin[g];
    auto const each = neighbours == 0 ? nodes - 1 : std::min(neighbours, nodes - 1);
    for (std::int64_t i = 0; i < nodes; ++i) edges.begin.push_back(edges.begin.back() + each);
  }
  edges.node.resize(static_cast<std::size_t>(edges.begin.back()));
  Places places;
  for (std::size_t g = 0; g + 1 < begin.size(); ++g) {
    auto const first = begin[g], end = begin[g + 1];
    if (end - first < 2) continue;
    if (neighbours == 0) {
      connect_all(first, end, edges);
      continue;
    }
    places.load(position.subspan(3 * static_cast<std::size_t>(first),
                                 3 * static_cast<std::size_t>(end - first)));
    Nearest nearest(static_cast<std::size_t>(std::min(neighbours, end - first - 1)));
    connect(places, nearest, first, edges);
  }
  add_reverse(edges);
  return edges;
}

}  // namespace shearwater::graph
