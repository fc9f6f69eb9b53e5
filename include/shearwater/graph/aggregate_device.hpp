// SPDX-License-Identifier: BSD-3-Clause
// The sums of aggregate.hpp on the device of an execution space. All arrays, those of EdgeOrder
// too, lie in memory of the device; the work is put into the space's queue and not waited for.
// Every element is summed in the order of its edges by one thread, without atomics, so that the
// bits depend on the device alone. They are those of the host to rounding.
#pragma once

#include "shearwater/core/views.hpp"
#include "shearwater/graph/aggregate.hpp"

namespace shearwater::graph {

template <class T>
void sum_neighbours(ExecSpace const& space, EdgeOrder const& edges, Widths widths, T const* weight,
                    T const* feature, T* out);

template <class T>
void collect_neighbours(ExecSpace const& space, EdgeOrder const& edges, Widths widths,
                        T const* weight, T const* stack, T* out);

template <class T>
void edge_products(ExecSpace const& space, EdgeOrder const& edges, Widths widths, T const* stack,
                   T const* feature, T* out);

template <class T>
void direction_weights(ExecSpace const& space, std::int64_t edges, std::int64_t directions,
                       T const* unit, T const* strength, T const* direction, T* out);

template <class T>
void direction_derivatives(ExecSpace const& space, std::int64_t edges, std::int64_t directions,
                           T const* unit, T const* strength, T const* direction, T const* gradient,
                           T* score, T* sum);

}  // namespace shearwater::graph
