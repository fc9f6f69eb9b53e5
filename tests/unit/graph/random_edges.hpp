// SPDX-License-Identifier: BSD-3-Clause
// A random graph and numbers to sum over it.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/core/random.hpp"
#include "shearwater/graph/halo_edges.hpp"

namespace shearwater::test {

/// Random edges of one graph; node 0 has none, and the last one has many.
inline graph::Edges random_edges(std::int64_t nodes, std::int64_t degree) {
  graph::Edges edges;
  core::Stream stream(2, core::Purpose::observation, 0);
  edges.begin = {0, 0};
  for (std::int64_t i = 1; i < nodes; ++i) {
    auto const count = i + 1 == nodes ? 20 * degree : degree;
    for (std::int64_t k = 0; k < count; ++k)
      edges.node.push_back(
          static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(nodes))));
    edges.begin.push_back(static_cast<std::int64_t>(edges.node.size()));
  }
  graph::add_reverse(edges);
  return edges;
}

inline std::vector<std::int64_t> sources(graph::Edges const& edges) {
  std::vector<std::int64_t> source;
  for (std::int64_t i = 0; i < edges.nodes(); ++i)
    source.resize(static_cast<std::size_t>(edges.begin[static_cast<std::size_t>(i) + 1]), i);
  return source;
}

template <class T>
std::vector<T> normals(std::int64_t count, std::uint64_t index) {
  std::vector<T> values(static_cast<std::size_t>(count));
  core::Stream stream(3, core::Purpose::observation, index);
  for (auto& value : values) value = static_cast<T>(stream.normal());
  return values;
}

template <class T>
double dot(std::vector<T> const& a, std::vector<T> const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

}  // namespace shearwater::test
