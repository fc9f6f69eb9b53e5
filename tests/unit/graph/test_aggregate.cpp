// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstring>
#include <vector>

#include "catch.hpp"
#include "edge_rows.hpp"
#include "random_edges.hpp"
#include "shearwater/graph/aggregate.hpp"

using namespace shearwater;
using test::dot;
using test::normals;
using test::random_edges;
using test::sources;

TEMPLATE_TEST_CASE("sums over edges equal loops, along the edges and against them", "[graph][unit]",
                   float, double) {
  using T = TestType;
  auto const edges = random_edges(300, 5);
  auto const source = sources(edges);
  graph::EdgeOrder const along{edges.begin, {}, edges.node};
  graph::EdgeOrder const against{edges.reverse_begin, edges.reverse_edge, source};
  auto const n = edges.nodes(), e = edges.edges();
  for (std::int64_t const m : {1, 3, 26})
    for (std::int64_t const f : {1, 7, 33, 64})
      for (bool const forward : {true, false}) {
        auto const& order = forward ? along : against;
        auto const& near = forward ? source : edges.node;
        graph::Widths const widths{m, f};
        auto const weight = normals<T>(e * m, 1), feature = normals<T>(n * f, 2);
        auto const stack = normals<T>(n * m * f, 3);
        std::vector<double> sum(stack.size(), 0.0), product(weight.size(), 0.0);
        for (std::size_t i = 0; i < static_cast<std::size_t>(e); ++i)
          for (std::size_t a = 0; a < static_cast<std::size_t>(m); ++a)
            for (std::size_t b = 0; b < static_cast<std::size_t>(f); ++b) {
              auto const w = i * static_cast<std::size_t>(m) + a;
              auto const s = static_cast<std::size_t>(near[i] * m * f + std::int64_t(a) * f) + b;
              auto const h = static_cast<std::size_t>(order.far[i] * f) + b;
              sum[s] += static_cast<double>(weight[w]) * static_cast<double>(feature[h]);
              product[w] += static_cast<double>(stack[s]) * static_cast<double>(feature[h]);
            }
        std::vector<T> sums(stack.size()), products(weight.size()), collected(feature.size());
        graph::sum_neighbours(order, widths, weight.data(), feature.data(), sums.data());
        graph::edge_products(order, widths, stack.data(), feature.data(), products.data());
        graph::collect_neighbours(forward ? against : along, widths, weight.data(), stack.data(),
                                  collected.data());
        double const tolerance = std::is_same_v<T, float> ? 2e-5 : 1e-12;
        double worst = 0;
        for (std::size_t i = 0; i < sums.size(); ++i)
          worst = std::max(worst, std::abs(static_cast<double>(sums[i]) - sum[i]));
        for (std::size_t i = 0; i < products.size(); ++i)
          worst = std::max(worst, std::abs(static_cast<double>(products[i]) - product[i]));
        CHECK(worst < tolerance);
        // <stack, A(weight, feature)> three ways: what makes them each other's derivatives.
        double const value = dot(stack, sums), scale = std::sqrt(static_cast<double>(e * m * f));
        CHECK_THAT(dot(weight, products), WithinAbs(value, tolerance * scale));
        CHECK_THAT(dot(feature, collected), WithinAbs(value, tolerance * scale));
      }
}

TEST_CASE("sums over edges have the same bits on any number of threads", "[graph][unit]") {
  auto const edges = random_edges(3000, 8);
  graph::EdgeOrder const order{edges.begin, {}, edges.node};
  graph::Widths const widths{5, 20};
  auto const weight = normals<float>(edges.edges() * 5, 1), feature = normals<float>(60000, 2);
  std::vector<float> threaded(300000), alone(300000);
  graph::sum_neighbours(order, widths, weight.data(), feature.data(), threaded.data());
  for (std::int64_t i = 0; i < 3000; i += 7)
    graph::sum_neighbours_of({i, std::min<std::int64_t>(3000, i + 7)}, order, widths, weight.data(),
                             feature.data(), alone.data());
  CHECK(std::memcmp(threaded.data(), alone.data(), 4 * alone.size()) == 0);
}
