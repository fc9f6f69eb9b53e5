// SPDX-License-Identifier: BSD-3-Clause
// The runs that benchmark_graph_convolution times; their source is the one that sees tensors.
#pragma once

#include <cstdint>

namespace shearwater::test {

struct GraphSize {
  std::int64_t nodes = 100'000, degree = 16, features = 64, directions = 8;
  std::int64_t edges() const { return nodes * degree; }
};

/// Processor and wall time [s], medians of rounds, of a forward and a backward pass of the layer:
/// derivatives with respect to the features, all weights and the directions.
struct PassTime {
  double forward_cpu = 0, forward = 0, both_cpu = 0, both = 0;
};

void set_threads(int threads);
/// The layer of the program.
PassTime time_layer(GraphSize const& size, int rounds);
/// The same layer with a product for each edge, by LibTorch's operations: index_select, linear,
/// softmax, index_add.
PassTime time_per_edge(GraphSize const& size, int rounds);
/// Largest difference of outputs and of gradients of the two, relative to the largest value.
double largest_difference(GraphSize const& size);
/// The layer's dense products alone, forward and backward, as one call each: the floor of its
/// arithmetic [s, wall].
double time_products(GraphSize const& size, int rounds);
/// Copying `bytes` bytes once [s, wall].
double time_copy(double bytes, int rounds);

}  // namespace shearwater::test
