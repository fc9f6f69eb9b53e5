// SPDX-License-Identifier: BSD-3-Clause
#include "edge_rows.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "shearwater/core/vector_math.hpp"

namespace shearwater::graph {

namespace {

using DoubleLanes [[gnu::vector_size(4 * core::kFloatLanes)]] = double;

template <class T>
struct Vector;
template <>
struct Vector<float> {
  using Lanes = core::FloatLanes;
};
template <>
struct Vector<double> {
  using Lanes = DoubleLanes;
};
template <class T>
using Lanes = typename Vector<T>::Lanes;
template <class T>
constexpr std::int64_t lanes = sizeof(Lanes<T>) / sizeof(T);

core::FloatLanes multiply_add(float a, core::FloatLanes b, core::FloatLanes c) {
  return core::multiply_add(core::fill_lanes(a), b, c);
}
core::FloatLanes multiply_add(core::FloatLanes a, core::FloatLanes b, core::FloatLanes c) {
  return core::multiply_add(a, b, c);
}
DoubleLanes multiply_add(double a, DoubleLanes b, DoubleLanes c) { return a * b + c; }
DoubleLanes multiply_add(DoubleLanes a, DoubleLanes b, DoubleLanes c) { return a * b + c; }

/// A vector of values; of fewer, with zeros after them, where they are only `count`.
template <bool kPart, class T>
Lanes<T> load(T const* from, std::int64_t count) {
  Lanes<T> value{};
  if constexpr (kPart)
    for (std::int64_t i = 0; i < count; ++i) value[i] = from[i];
  else
    std::memcpy(&value, from, sizeof(value));
  return value;
}

template <bool kPart, class T>
void store(T* to, Lanes<T> value, std::int64_t count) {
  if constexpr (kPart)
    for (std::int64_t i = 0; i < count; ++i) to[i] = value[i];
  else
    std::memcpy(to, &value, sizeof(value));
}

/// Of two vectors in blocks of 2 kHalf lanes, each block one sum: the sums of the blocks' halves,
/// those of `a` before those of `b`.
template <class V, std::size_t kHalf, std::size_t... kLane>
V fold(V a, V b, std::index_sequence<kLane...> /*lanes*/) {
  return __builtin_shufflevector(a, b, (kLane / kHalf * 2 * kHalf + kLane % kHalf)...) +
         __builtin_shufflevector(a, b, (kLane / kHalf * 2 * kHalf + kHalf + kLane % kHalf)...);
}

/// The sums over all lanes of kRows vectors: halves are added, those of two vectors at a time,
/// until every lane is the sum of one of them.
template <class T, int kRows, int kHalf = lanes<T> / 2>
void store_totals(Lanes<T> const* value, T* out) {
  constexpr auto all = std::make_index_sequence<lanes<T>>();
  constexpr int left = (kRows + 1) / 2;
  Lanes<T> sum[left];
  for (int r = 0; r < left; ++r)
    sum[r] = fold<Lanes<T>, kHalf>(value[2 * r], value[std::min(2 * r + 1, kRows - 1)], all);
  if constexpr (kHalf > 1) {
    store_totals<T, left, kHalf / 2>(sum, out);
  } else {
    std::memcpy(out, sum, sizeof(sum));
  }
}

/// The edges of one node.
struct NodeEdges {
  EdgeOrder const& edges;
  std::int64_t first, last;

  NodeEdges(EdgeOrder const& all, std::int64_t node)
      : edges(all),
        first(all.begin[static_cast<std::size_t>(node)]),
        last(all.begin[static_cast<std::size_t>(node) + 1]) {}
  std::int64_t edge(std::int64_t t) const {
    return edges.edge.empty() ? t : edges.edge[static_cast<std::size_t>(t)];
  }
  std::int64_t far(std::int64_t e) const { return edges.far[static_cast<std::size_t>(e)]; }
};

/// Columns from `column` on, in kVectors vectors; in a part of one where fewer are left.
struct Columns {
  std::int64_t column = 0, left = 0;
};

/// Calls `work` with (integral constant kVectors, bool constant kPart, Columns) for all of
/// [0, width), most of them in blocks of kMost vectors.
template <class T, int kMost, class Work>
void for_columns(std::int64_t width, Work const& work) {
  std::int64_t column = 0;
  for (; width - column >= kMost * lanes<T>; column += kMost * lanes<T>)
    work.template operator()<kMost, false>(Columns{column, 0});
  for (; width - column >= lanes<T>; column += lanes<T>)
    work.template operator()<1, false>(Columns{column, 0});
  if (column < width) work.template operator()<1, true>(Columns{column, width - column});
}

/// Calls `work` with (integral constant kRows) and the first row for all of [0, rows).
template <class Work>
void for_rows(std::int64_t rows, Work const& work) {
  std::int64_t row = 0;
  for (; rows - row >= 8; row += 8) work.template operator()<8>(row);
  for (; rows - row >= 2; row += 2) work.template operator()<2>(row);
  if (row < rows) work.template operator()<1>(row);
}

}  // namespace

template <class T>
void sum_neighbours_of(NodeRange nodes, EdgeOrder const& edges, Widths widths, T const* weight,
                       T const* feature, T* out) {
  auto const m = widths.weights, f = widths.features;
  for (auto node = nodes.first; node < nodes.last; ++node) {
    NodeEdges const mine(edges, node);
    // The sums of 8 weights and 2 vectors stay in registers while all edges pass by.
    for_columns<T, 2>(f, [&]<int kVectors, bool kPart>(Columns columns) {
      for_rows(m, [&]<int kRows>(std::int64_t row) {
        Lanes<T> sum[kRows][kVectors] = {};
        for (auto t = mine.first; t < mine.last; ++t) {
          auto const e = mine.edge(t);
          T const* const h = feature + mine.far(e) * f + columns.column;
          T const* const w = weight + e * m + row;
          for (int v = 0; v < kVectors; ++v) {
            auto const value = load<kPart>(h + v * lanes<T>, columns.left);
            for (int r = 0; r < kRows; ++r) sum[r][v] = multiply_add(w[r], value, sum[r][v]);
          }
        }
        for (int r = 0; r < kRows; ++r)
          for (int v = 0; v < kVectors; ++v)
            store<kPart>(out + (node * m + row + r) * f + columns.column + v * lanes<T>, sum[r][v],
                         columns.left);
      });
    });
  }
}

template <class T>
void collect_neighbours_of(NodeRange nodes, EdgeOrder const& edges, Widths widths, T const* weight,
                           T const* stack, T* out) {
  auto const m = widths.weights, f = widths.features;
  for (auto node = nodes.first; node < nodes.last; ++node) {
    NodeEdges const mine(edges, node);
    for_columns<T, 4>(f, [&]<int kVectors, bool kPart>(Columns columns) {
      Lanes<T> sum[kVectors] = {};
      for (auto t = mine.first; t < mine.last; ++t) {
        auto const e = mine.edge(t);
        T const* g = stack + mine.far(e) * m * f + columns.column;
        for (std::int64_t row = 0; row < m; ++row, g += f)
          for (int v = 0; v < kVectors; ++v)
            sum[v] = multiply_add(weight[e * m + row], load<kPart>(g + v * lanes<T>, columns.left),
                                  sum[v]);
      }
      for (int v = 0; v < kVectors; ++v)
        store<kPart>(out + node * f + columns.column + v * lanes<T>, sum[v], columns.left);
    });
  }
}

template <class T>
void edge_products_of(NodeRange nodes, EdgeOrder const& edges, Widths widths, T const* stack,
                      T const* feature, T* out) {
  auto const m = widths.weights, f = widths.features;
  for (auto node = nodes.first; node < nodes.last; ++node) {
    NodeEdges const mine(edges, node);
    for (auto t = mine.first; t < mine.last; ++t) {
      auto const e = mine.edge(t);
      T const* const h = feature + mine.far(e) * f;
      for_rows(m, [&]<int kRows>(std::int64_t row) {
        T const* const g = stack + (node * m + row) * f;
        Lanes<T> sum[kRows] = {};
        for_columns<T, 1>(f, [&]<int, bool kPart>(Columns columns) {
          auto const value = load<kPart>(h + columns.column, columns.left);
          for (int r = 0; r < kRows; ++r)
            sum[r] =
                multiply_add(load<kPart>(g + r * f + columns.column, columns.left), value, sum[r]);
        });
        T totals[std::max<std::int64_t>(lanes<T>, kRows)];
        store_totals<T, kRows>(sum, totals);
        for (int r = 0; r < kRows; ++r) out[e * m + row + r] = totals[r];
      });
    }
  }
}

template void sum_neighbours_of(NodeRange, EdgeOrder const&, Widths, float const*, float const*,
                                float*);
template void sum_neighbours_of(NodeRange, EdgeOrder const&, Widths, double const*, double const*,
                                double*);
template void collect_neighbours_of(NodeRange, EdgeOrder const&, Widths, float const*, float const*,
                                    float*);
template void collect_neighbours_of(NodeRange, EdgeOrder const&, Widths, double const*,
                                    double const*, double*);
template void edge_products_of(NodeRange, EdgeOrder const&, Widths, float const*, float const*,
                               float*);
template void edge_products_of(NodeRange, EdgeOrder const&, Widths, double const*, double const*,
                               double*);

}  // namespace shearwater::graph
