// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/graph/aggregate.hpp"

#include <Kokkos_Core.hpp>
#include <algorithm>

#include "edge_rows.hpp"

namespace shearwater::graph {

namespace {

constexpr std::int64_t block_nodes = 64, block_edges = 1024;
constexpr std::int64_t least_work = 1'000'000;  // products that are worth the start of threads

/// Calls `run` with [first, last) for all of [0, count), in blocks, on the host's threads unless
/// the work is too little.
template <class Run>
void in_blocks(char const* label, std::int64_t count, std::int64_t block_size,
               std::int64_t products, Run const& run) {
  if (products < least_work) return run(std::int64_t{0}, count);
  using Policy =
      Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace, Kokkos::Schedule<Kokkos::Dynamic>,
                          Kokkos::IndexType<std::int64_t>>;
  auto const blocks = (count + block_size - 1) / block_size;
  Kokkos::parallel_for(label, Policy(0, blocks, Kokkos::ChunkSize(1)), [&](std::int64_t block) {
    run(block * block_size, std::min(count, (block + 1) * block_size));
  });
}

/// Calls `work` for all nodes.
template <class Work>
void for_nodes(char const* label, EdgeOrder const& edges, Widths widths, Work const& work) {
  in_blocks(label, edges.nodes(), block_nodes,
            static_cast<std::int64_t>(edges.far.size()) * widths.weights * widths.features,
            [&](std::int64_t first, std::int64_t last) {
              work(NodeRange{first, last});
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

template <class T>
void direction_weights(std::int64_t edges, std::int64_t directions, T const* unit,
                       T const* strength, T const* direction, T* out) {
  DirectionArrays<T> const arrays{directions, unit, strength, direction, nullptr, out, nullptr};
  in_blocks("graph::direction_weights", edges, block_edges, 16 * edges * directions,
            [&](std::int64_t first, std::int64_t last) { directions_of(first, last, arrays); });
}

template <class T>
void direction_derivatives(std::int64_t edges, std::int64_t directions, T const* unit,
                           T const* strength, T const* direction, T const* gradient, T* score,
                           T* sum) {
  DirectionArrays<T> const arrays{directions, unit, strength, direction, gradient, score, sum};
  in_blocks("graph::direction_derivatives", edges, block_edges, 16 * edges * directions,
            [&](std::int64_t first, std::int64_t last) { directions_of(first, last, arrays); });
}

template void sum_neighbours(EdgeOrder const&, Widths, float const*, float const*, float*);
template void sum_neighbours(EdgeOrder const&, Widths, double const*, double const*, double*);
template void collect_neighbours(EdgeOrder const&, Widths, float const*, float const*, float*);
template void collect_neighbours(EdgeOrder const&, Widths, double const*, double const*, double*);
template void edge_products(EdgeOrder const&, Widths, float const*, float const*, float*);
template void edge_products(EdgeOrder const&, Widths, double const*, double const*, double*);

template void direction_weights(std::int64_t, std::int64_t, float const*, float const*,
                                float const*, float*);
template void direction_weights(std::int64_t, std::int64_t, double const*, double const*,
                                double const*, double*);
template void direction_derivatives(std::int64_t, std::int64_t, float const*, float const*,
                                    float const*, float const*, float*, float*);
template void direction_derivatives(std::int64_t, std::int64_t, double const*, double const*,
                                    double const*, double const*, double*, double*);

}  // namespace shearwater::graph
