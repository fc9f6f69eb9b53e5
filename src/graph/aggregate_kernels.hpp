// SPDX-License-Identifier: BSD-3-Clause
// The sums of aggregate.hpp as Kokkos kernels. A thread makes some elements of the result that lie
// side by side and adds up each of them alone, in the order of the edges: no atomics, no exchange
// between threads, so that a sum's bits depend neither on the launch nor on how many elements a
// thread makes. Neighbouring threads have neighbouring features, whose rows are so read as wholes.
#pragma once

#include <Kokkos_Core.hpp>
#include <algorithm>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

#include "shearwater/graph/aggregate.hpp"

namespace shearwater::graph {

/// Values side by side that one instruction reads or writes.
template <class T, int kWidth>
struct alignas(kWidth * sizeof(T)) Pack {
  T value[kWidth];
};
template <int kWidth, class T>
KOKKOS_FUNCTION Pack<T, kWidth> load_pack(T const* from) {
  return *reinterpret_cast<Pack<T, kWidth> const*>(from);
}
template <class T, int kWidth>
KOKKOS_FUNCTION void store_pack(T* to, Pack<T, kWidth> const& values) {
  *reinterpret_cast<Pack<T, kWidth>*>(to) = values;
}

/// EdgeOrder as kernels read it.
struct EdgePointers {
  std::int64_t const *begin, *edge, *far;

  explicit EdgePointers(EdgeOrder const& order)
      : begin(order.begin.data()),
        edge(order.edge.empty() ? nullptr : order.edge.data()),
        far(order.far.data()) {}
  KOKKOS_FUNCTION std::int64_t edge_at(std::int64_t t) const {
    return edge == nullptr ? t : edge[t];
  }
};

/// 2^bits threads work at one node.
struct Lanes {
  int bits = 0;

  /// As many as there are pieces of work, up to a warp.
  static Lanes for_pieces(std::int64_t pieces) {
    auto const count = std::clamp<std::int64_t>(pieces, 1, 32);
    return {std::countr_zero(std::bit_ceil(static_cast<std::uint64_t>(count)))};
  }
  std::int64_t threads(std::int64_t nodes) const { return nodes << bits; }
  KOKKOS_FUNCTION std::int64_t count() const { return std::int64_t{1} << bits; }
  KOKKOS_FUNCTION std::int64_t node(std::int64_t thread) const { return thread >> bits; }
  KOKKOS_FUNCTION std::int64_t lane(std::int64_t thread) const { return thread & (count() - 1); }
};

/// sum_neighbours(): a thread keeps kRows x kWidth sums in registers while the edges pass by.
template <class T, int kRows, int kWidth>
struct NeighbourSums {
  EdgePointers edges;
  Lanes lanes;
  std::int64_t m, f;
  T const *weight, *feature;
  T* out;

  KOKKOS_FUNCTION void operator()(std::int64_t thread) const {
    auto const step = lanes.count() * kWidth;
    for (auto column = lanes.lane(thread) * kWidth; column < f; column += step)
      for (std::int64_t row = 0; row < m; row += kRows) sum(lanes.node(thread), row, column);
  }

  KOKKOS_FUNCTION void sum(std::int64_t node, std::int64_t row, std::int64_t column) const {
    Pack<T, kWidth> sums[kRows] = {};
    auto const last = edges.begin[node + 1];
    for (auto t = edges.begin[node]; t < last; ++t) {
      auto const e = edges.edge_at(t);
      auto const h = load_pack<kWidth>(feature + edges.far[e] * f + column);
      T const* const w = weight + e * m + row;
      for (int r = 0; r < kRows; ++r)
        if (row + r < m)
          for (int v = 0; v < kWidth; ++v) sums[r].value[v] += w[r] * h.value[v];
    }
    for (int r = 0; r < kRows; ++r)
      if (row + r < m) store_pack(out + (node * m + row + r) * f + column, sums[r]);
  }
};

/// collect_neighbours().
template <class T, int kWidth>
struct CollectedSums {
  EdgePointers edges;
  Lanes lanes;
  std::int64_t m, f;
  T const *weight, *stack;
  T* out;

  KOKKOS_FUNCTION void operator()(std::int64_t thread) const {
    auto const step = lanes.count() * kWidth;
    for (auto column = lanes.lane(thread) * kWidth; column < f; column += step)
      sum(lanes.node(thread), column);
  }

  KOKKOS_FUNCTION void sum(std::int64_t node, std::int64_t column) const {
    Pack<T, kWidth> total = {};
    auto const last = edges.begin[node + 1];
    for (auto t = edges.begin[node]; t < last; ++t) {
      auto const e = edges.edge_at(t);
      T const* const g = stack + edges.far[e] * m * f + column;
      for (std::int64_t row = 0; row < m; ++row) {
        auto const w = weight[e * m + row];
        auto const values = load_pack<kWidth>(g + row * f);
        for (int v = 0; v < kWidth; ++v) total.value[v] += w * values.value[v];
      }
    }
    store_pack(out + node * f + column, total);
  }
};

/// edge_products(): a thread has an edge, whose row of features it reads once for kRows products;
/// the rows of the stack are those of all threads at the node.
template <class T, int kRows, int kWidth>
struct EdgeProducts {
  EdgePointers edges;
  Lanes lanes;
  std::int64_t m, f;
  T const *stack, *feature;
  T* out;

  KOKKOS_FUNCTION void operator()(std::int64_t thread) const {
    auto const node = lanes.node(thread), last = edges.begin[node + 1];
    for (auto t = edges.begin[node] + lanes.lane(thread); t < last; t += lanes.count())
      for (std::int64_t row = 0; row < m; row += kRows) products(node, edges.edge_at(t), row);
  }

  KOKKOS_FUNCTION void products(std::int64_t node, std::int64_t e, std::int64_t row) const {
    T sums[kRows] = {};
    T const* const h = feature + edges.far[e] * f;
    T const* const g = stack + (node * m + row) * f;
    for (std::int64_t column = 0; column < f; column += kWidth) {
      auto const values = load_pack<kWidth>(h + column);
      for (int r = 0; r < kRows; ++r)
        if (row + r < m) {
          auto const others = load_pack<kWidth>(g + r * f + column);
          for (int v = 0; v < kWidth; ++v) sums[r] += others.value[v] * values.value[v];
        }
    }
    for (int r = 0; r < kRows; ++r)
      if (row + r < m) out[e * m + row + r] = sums[r];
  }
};

/// direction_weights() and, where there is a gradient, direction_derivatives(): a thread has an
/// edge. It finds scores anew in each pass, which is cheaper than to keep any number of them.
template <class T, int kWidth>
struct DirectionShares {
  std::int64_t m;
  T const *unit, *strength, *direction, *gradient;
  T *out, *sum;

  KOKKOS_FUNCTION void operator()(std::int64_t e) const {
    T const r[3] = {unit[3 * e], unit[3 * e + 1], unit[3 * e + 2]};
    T top = score(r, 0);
    for (std::int64_t row = 1; row < m; ++row) top = Kokkos::fmax(top, score(r, row));
    T total = 0, along = 0;
    for (std::int64_t row = 0; row < m; ++row) {
      auto const share = Kokkos::exp(score(r, row) - top);
      total += share;
      if (gradient != nullptr) along += share * gradient[e * m + row];
    }
    along /= total;
    T const scale = strength[e] / total;
    for (std::int64_t row = 0; row < m; row += kWidth) {
      Pack<T, kWidth> values;
      for (int v = 0; v < kWidth; ++v)
        values.value[v] = Kokkos::exp(score(r, row + v) - top) * scale;
      if (gradient != nullptr) {
        auto const g = load_pack<kWidth>(gradient + e * m + row);
        for (int v = 0; v < kWidth; ++v) values.value[v] *= g.value[v] - along;
      }
      store_pack(out + e * m + row, values);
    }
    if (gradient != nullptr) sum[e] = along;
  }

  KOKKOS_FUNCTION T score(T const* r, std::int64_t row) const {
    T const* const u = direction + 3 * row;
    return u[0] * r[0] + u[1] * r[1] + u[2] * r[2];
  }
};

/// Calls `work` with the widest pack, of 16 bytes at most, that divides rows of `columns` values
/// and at whose multiples the arrays begin.
template <class T, class Work>
void with_pack(std::int64_t columns, std::initializer_list<T const*> arrays, Work const& work) {
  auto const fits = [&](std::size_t width) {
    return columns % static_cast<std::int64_t>(width) == 0 &&
           std::all_of(arrays.begin(), arrays.end(), [&](T const* array) {
             return reinterpret_cast<std::uintptr_t>(array) % (width * sizeof(T)) == 0;
           });
  };
  if constexpr (sizeof(T) == 4)
    if (fits(4)) return work(std::integral_constant<int, 4>());
  if (fits(2)) return work(std::integral_constant<int, 2>());
  work(std::integral_constant<int, 1>());
}

template <class Space, class Kernel>
void for_threads(char const* label, Space const& space, std::int64_t threads,
                 Kernel const& kernel) {
  using Policy = Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>;
  if (threads > 0) Kokkos::parallel_for(label, Policy(space, 0, threads), kernel);
}

/// Calls `work` with how many weights' sums a thread keeps.
template <class Work>
void with_rows(std::int64_t weights, Work const& work) {
  weights > 1 ? work(std::integral_constant<int, 8>()) : work(std::integral_constant<int, 1>());
}

template <class T, class Space>
void sum_neighbours_on(Space const& space, EdgeOrder const& edges, Widths widths, T const* weight,
                       T const* feature, T* out) {
  auto const m = widths.weights, f = widths.features;
  with_rows(m, [&](auto rows) {
    with_pack<T>(f, {feature, out}, [&](auto width) {
      auto const lanes = Lanes::for_pieces(f / width.value);
      for_threads("graph::sum_neighbours", space, lanes.threads(edges.nodes()),
                  NeighbourSums<T, rows.value, width.value>{EdgePointers(edges), lanes, m, f,
                                                            weight, feature, out});
    });
  });
}

template <class T, class Space>
void collect_neighbours_on(Space const& space, EdgeOrder const& edges, Widths widths,
                           T const* weight, T const* stack, T* out) {
  auto const m = widths.weights, f = widths.features;
  with_pack<T>(f, {stack, out}, [&](auto width) {
    auto const lanes = Lanes::for_pieces(f / width.value);
    for_threads(
        "graph::collect_neighbours", space, lanes.threads(edges.nodes()),
        CollectedSums<T, width.value>{EdgePointers(edges), lanes, m, f, weight, stack, out});
  });
}

template <class T, class Space>
void edge_products_on(Space const& space, EdgeOrder const& edges, Widths widths, T const* stack,
                      T const* feature, T* out) {
  auto const m = widths.weights, f = widths.features, nodes = edges.nodes();
  auto const lanes = Lanes::for_pieces(static_cast<std::int64_t>(edges.far.size()) /
                                       std::max<std::int64_t>(1, nodes));
  with_rows(m, [&](auto rows) {
    with_pack<T>(f, {stack, feature}, [&](auto width) {
      for_threads("graph::edge_products", space, lanes.threads(nodes),
                  EdgeProducts<T, rows.value, width.value>{EdgePointers(edges), lanes, m, f, stack,
                                                           feature, out});
    });
  });
}

template <class T, class Space>
void direction_weights_on(Space const& space, std::int64_t edges, std::int64_t directions,
                          T const* unit, T const* strength, T const* direction, T* out) {
  if (directions == 0) return;
  with_pack<T>(directions, {out}, [&](auto width) {
    for_threads("graph::direction_weights", space, edges,
                DirectionShares<T, width.value>{directions, unit, strength, direction, nullptr, out,
                                                nullptr});
  });
}

template <class T, class Space>
void direction_derivatives_on(Space const& space, std::int64_t edges, std::int64_t directions,
                              T const* unit, T const* strength, T const* direction,
                              T const* gradient, T* score, T* sum) {
  if (directions == 0) return;
  with_pack<T>(directions, {gradient, score}, [&](auto width) {
    for_threads("graph::direction_derivatives", space, edges,
                DirectionShares<T, width.value>{directions, unit, strength, direction, gradient,
                                                score, sum});
  });
}

}  // namespace shearwater::graph
