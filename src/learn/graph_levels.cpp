// SPDX-License-Identifier: BSD-3-Clause
#include "graph_levels.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace shearwater::learn {

namespace {

using Place = std::array<float, 3>;

double squared_distance(Place const& a, Place const& b) {
  double sum = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    double const d = static_cast<double>(a[k]) - static_cast<double>(b[k]);
    sum += d * d;
  }
  return sum;
}

Place mean_of(std::vector<Place> const& places) {
  std::array<double, 3> sum{};
  for (auto const& place : places)
    for (std::size_t k = 0; k < 3; ++k) sum[k] += static_cast<double>(place[k]);
  Place mean{};
  for (std::size_t k = 0; k < 3; ++k)
    mean[k] = static_cast<float>(sum[k] / static_cast<double>(places.size()));
  return mean;
}

/// A quarter of the places, spread evenly, in their order.
std::vector<Place> spread_out(std::vector<Place> const& places) {
  std::vector<double> distance(places.size());
  auto const centre = places.empty() ? Place{} : mean_of(places);
  // The first one is nearest to the centre: the largest of minus the distance.
  for (std::size_t i = 0; i < places.size(); ++i)
    distance[i] = -squared_distance(places[i], centre);
  auto const wanted = (std::ssize(places) + level_ratio - 1) / level_ratio;
  std::vector<bool> chosen(places.size(), false);
  for (std::int64_t c = 0; c < wanted; ++c) {
    auto const next =
        static_cast<std::size_t>(std::ranges::max_element(distance) - distance.begin());
    chosen[next] = true;
    for (std::size_t i = 0; i < places.size(); ++i) {
      double const square = squared_distance(places[i], places[next]);
      distance[i] = c == 0 ? square : std::min(distance[i], square);
      if (chosen[i]) distance[i] = -1;
    }
  }
  std::vector<Place> result;
  for (std::size_t i = 0; i < places.size(); ++i)
    if (chosen[i]) result.push_back(places[i]);
  return result;
}

/// From each of `near` to the nearest of `far`; `same`: they are the same nodes.
NodeLinks nearest(std::vector<Place> const& near, std::vector<Place> const& far,
                  std::int64_t neighbours, bool same) {
  NodeLinks links;
  std::vector<std::pair<double, std::int64_t>> candidates;
  for (std::size_t i = 0; i < near.size(); ++i) {
    candidates.clear();
    for (std::size_t j = 0; j < far.size(); ++j)
      if (!same || i != j)
        candidates.emplace_back(squared_distance(near[i], far[j]), static_cast<std::int64_t>(j));
    auto const count =
        neighbours > 0 ? std::min(neighbours, std::ssize(candidates)) : std::ssize(candidates);
    std::ranges::partial_sort(candidates, candidates.begin() + count);
    for (std::int64_t k = 0; k < count; ++k)
      links.node.push_back(candidates[static_cast<std::size_t>(k)].second);
    links.begin.push_back(std::ssize(links.node));
  }
  return links;
}

/// A level of one graph, its nodes counted from 0.
struct Part {
  std::vector<Place> places;
  NodeLinks same, down, up;
};

std::vector<Part> parts_of(std::vector<Place> const& places, std::int64_t neighbours,
                           std::int64_t count) {
  std::vector<Part> parts;
  auto const* finer = &places;
  parts.reserve(static_cast<std::size_t>(count));
  for (std::int64_t level = 0; level < count; ++level) {
    auto coarse = spread_out(*finer);
    parts.push_back({coarse, nearest(coarse, coarse, neighbours, true),
                     nearest(coarse, *finer, neighbours, false),
                     nearest(*finer, coarse, neighbours, false)});
    finer = &parts.back().places;
  }
  return parts;
}

/// `part` after what `links` hold, its far nodes counted from `first`.
void append(NodeLinks& links, NodeLinks const& part, std::int64_t first) {
  auto const edges = std::ssize(links.node);
  for (auto const node : part.node) links.node.push_back(first + node);
  for (std::size_t i = 1; i < part.begin.size(); ++i) links.begin.push_back(edges + part.begin[i]);
}

void append(GraphLevel& level, Part const& part, std::int64_t first_finer) {
  auto const first = level.graph_begin.back();
  append(level.same, part.same, first);
  append(level.down, part.down, first_finer);
  append(level.up, part.up, first);
  for (auto const& place : part.places)
    level.positions.insert(level.positions.end(), place.begin(), place.end());
  level.graph_begin.push_back(first + std::ssize(part.places));
}

}  // namespace

std::vector<GraphLevel> coarser_levels(std::span<std::int64_t const> graph_begin,
                                       std::span<float const> positions, std::int64_t neighbours,
                                       std::int64_t count) {
  std::vector<GraphLevel> levels(static_cast<std::size_t>(count));
  std::vector<Place> places, before;
  std::vector<Part> parts;
  for (std::size_t g = 0; g + 1 < graph_begin.size(); ++g) {
    std::swap(places, before);
    places.clear();
    for (auto node = graph_begin[g]; node < graph_begin[g + 1]; ++node) {
      auto const* at = positions.data() + 3 * node;
      places.push_back({at[0], at[1], at[2]});
    }
    // Pictures on one set of sensors all have the same levels.
    if (g == 0 || places != before) parts = parts_of(places, neighbours, count);
    auto first_finer = graph_begin[g];
    for (std::size_t l = 0; l < levels.size(); ++l) {
      auto const first = levels[l].graph_begin.back();
      append(levels[l], parts[l], first_finer);
      first_finer = first;
    }
  }
  return levels;
}

}  // namespace shearwater::learn
