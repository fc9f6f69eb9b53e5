// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <vector>

#include "edge_rows.hpp"
#include "shearwater/core/vector_math.hpp"

namespace shearwater::graph {

namespace {

constexpr std::int64_t group = 16;  // edges side by side, so that plain loops become vectors

float exponential(float x) { return core::fast_exp(x); }
double exponential(double x) { return std::exp(x); }

/// The softmax of a group of edges from `edge` on, `count` of them: share (M, group).
template <class T>
void shares(DirectionArrays<T> const& a, std::int64_t edge, std::int64_t count, T* share) {
  T unit[3][group] = {}, top[group], sum[group];
  for (std::int64_t l = 0; l < count; ++l)
    for (int axis = 0; axis < 3; ++axis) unit[axis][l] = a.unit[3 * (edge + l) + axis];
  for (std::int64_t m = 0; m < a.directions; ++m) {
    T const* u = a.direction + 3 * m;
    T* s = share + m * group;
    for (std::int64_t l = 0; l < group; ++l) {
      s[l] = u[0] * unit[0][l] + u[1] * unit[1][l] + u[2] * unit[2][l];
      top[l] = m == 0 || s[l] > top[l] ? s[l] : top[l];
    }
  }
  for (std::int64_t m = 0; m < a.directions; ++m) {
    T* s = share + m * group;
    for (std::int64_t l = 0; l < group; ++l) {
      s[l] = exponential(s[l] - top[l]);
      sum[l] = m == 0 ? s[l] : sum[l] + s[l];
    }
  }
  for (std::int64_t l = 0; l < group; ++l) sum[l] = 1 / sum[l];
  for (std::int64_t m = 0; m < a.directions; ++m)
    for (std::int64_t l = 0; l < group; ++l) share[m * group + l] *= sum[l];
}

}  // namespace

template <class T>
void directions_of(std::int64_t first, std::int64_t last, DirectionArrays<T> const& a) {
  auto const m = a.directions;
  std::vector<T> share(static_cast<std::size_t>(m * group));
  for (auto edge = first; edge < last; edge += group) {
    auto const count = std::min(group, last - edge);
    shares(a, edge, count, share.data());
    for (std::int64_t l = 0; l < count; ++l) {
      T const strength = a.strength[edge + l];
      T const* q = share.data() + l;
      T* out = a.out + (edge + l) * m;
      if (a.gradient == nullptr) {
        for (std::int64_t k = 0; k < m; ++k) out[k] = strength * q[k * group];
        continue;
      }
      T const* g = a.gradient + (edge + l) * m;
      T sum = 0;
      for (std::int64_t k = 0; k < m; ++k) sum += q[k * group] * g[k];
      for (std::int64_t k = 0; k < m; ++k) out[k] = strength * q[k * group] * (g[k] - sum);
      a.sum[edge + l] = sum;
    }
  }
}

template void directions_of(std::int64_t, std::int64_t, DirectionArrays<float> const&);
template void directions_of(std::int64_t, std::int64_t, DirectionArrays<double> const&);

}  // namespace shearwater::graph
