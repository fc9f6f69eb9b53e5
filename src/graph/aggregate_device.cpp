// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/graph/aggregate_device.hpp"

#include "aggregate_kernels.hpp"

namespace shearwater::graph {

template <class T>
void sum_neighbours(ExecSpace const& space, EdgeOrder const& edges, Widths widths, T const* weight,
                    T const* feature, T* out) {
  sum_neighbours_on(space, edges, widths, weight, feature, out);
}

template <class T>
void collect_neighbours(ExecSpace const& space, EdgeOrder const& edges, Widths widths,
                        T const* weight, T const* stack, T* out) {
  collect_neighbours_on(space, edges, widths, weight, stack, out);
}

template <class T>
void edge_products(ExecSpace const& space, EdgeOrder const& edges, Widths widths, T const* stack,
                   T const* feature, T* out) {
  edge_products_on(space, edges, widths, stack, feature, out);
}

template <class T>
void direction_weights(ExecSpace const& space, std::int64_t edges, std::int64_t directions,
                       T const* unit, T const* strength, T const* direction, T* out) {
  direction_weights_on(space, edges, directions, unit, strength, direction, out);
}

template <class T>
void direction_derivatives(ExecSpace const& space, std::int64_t edges, std::int64_t directions,
                           T const* unit, T const* strength, T const* direction, T const* gradient,
                           T* score, T* sum) {
  direction_derivatives_on(space, edges, directions, unit, strength, direction, gradient, score,
                           sum);
}

template void sum_neighbours(ExecSpace const&, EdgeOrder const&, Widths, float const*, float const*,
                             float*);
template void sum_neighbours(ExecSpace const&, EdgeOrder const&, Widths, double const*,
                             double const*, double*);
template void collect_neighbours(ExecSpace const&, EdgeOrder const&, Widths, float const*,
                                 float const*, float*);
template void collect_neighbours(ExecSpace const&, EdgeOrder const&, Widths, double const*,
                                 double const*, double*);
template void edge_products(ExecSpace const&, EdgeOrder const&, Widths, float const*, float const*,
                            float*);
template void edge_products(ExecSpace const&, EdgeOrder const&, Widths, double const*,
                            double const*, double*);
template void direction_weights(ExecSpace const&, std::int64_t, std::int64_t, float const*,
                                float const*, float const*, float*);
template void direction_weights(ExecSpace const&, std::int64_t, std::int64_t, double const*,
                                double const*, double const*, double*);
template void direction_derivatives(ExecSpace const&, std::int64_t, std::int64_t, float const*,
                                    float const*, float const*, float const*, float*, float*);
template void direction_derivatives(ExecSpace const&, std::int64_t, std::int64_t, double const*,
                                    double const*, double const*, double const*, double*, double*);

}  // namespace shearwater::graph
