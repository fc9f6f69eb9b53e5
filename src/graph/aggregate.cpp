// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/graph/aggregate.hpp"

#include <Kokkos_Core.hpp>
#include <algorithm>

#include "edge_rows.hpp"

namespace shearwater::graph {

namespace {

constexpr std::int64_t block_nodes = 64;
constexpr std::int64_t least_work = 100'000;  // products that are worth the start of threads

/// Calls `work` for all nodes, in blocks, on the host's threads.
template <class Work>
void for_nodes(char const* label, EdgeOrder const& edges, Widths widths, Work const& work) {
  auto const nodes = edges.nodes();
  auto const products =
      static_cast<std::int64_t>(edges.far.size()) * widths.weights * widths.features;
  if (products < least_work) return work(NodeRange{0, nodes});
  using Policy =
      Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace, Kokkos::Schedule<Kokkos::Dynamic>,
                          Kokkos::IndexType<std::int64_t>>;
  auto const blocks = (nodes + block_nodes - 1) / block_nodes;
  Kokkos::parallel_for(label, Policy(0, blocks, Kokkos::ChunkSize(1)), [&](std::int64_t block) {
    work(NodeRange{block * block_nodes, std::min(nodes, (block + 1) * block_nodes)});
  });
}

}  // namespace

template <class T>
void sum_neighbours(EdgeOrder const& edges, Widths widths, T const* weight, T const* feature,
                    T* out) {
  for_nodes("graph::sum_neighbours", edges, widths, [&](NodeRange nodes) {
    sum_neighbours_of(nodes, edges, widths, weight, feature, out);
  });
}

template <class T>
void collect_neighbours(EdgeOrder const& edges, Widths widths, T const* weight, T const* stack,
                        T* out) {
  for_nodes("graph::collect_neighbours", edges, widths, [&](NodeRange nodes) {
    collect_neighbours_of(nodes, edges, widths, weight, stack, out);
  });
}

template <class T>
void edge_products(EdgeOrder const& edges, Widths widths, T const* stack, T const* feature,
                   T* out) {
  for_nodes("graph::edge_products", edges, widths,
            [&](NodeRange nodes) { edge_products_of(nodes, edges, widths, stack, feature, out); });
}

template void sum_neighbours(EdgeOrder const&, Widths, float const*, float const*, float*);
template void sum_neighbours(EdgeOrder const&, Widths, double const*, double const*, double*);
template void collect_neighbours(EdgeOrder const&, Widths, float const*, float const*, float*);
template void collect_neighbours(EdgeOrder const&, Widths, double const*, double const*, double*);
template void edge_products(EdgeOrder const&, Widths, float const*, float const*, float*);
template void edge_products(EdgeOrder const&, Widths, double const*, double const*, double*);

}  // namespace shearwater::graph
