// SPDX-License-Identifier: BSD-3-Clause
// The kernels of a device, on the host's execution spaces, beside the vector code of the host; and
// on the device of this build, which is the host where it has none.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "aggregate_kernels.hpp"
#include "catch.hpp"
#include "random_edges.hpp"
#include "shearwater/graph/aggregate_device.hpp"

using namespace shearwater;

namespace {

template <class T>
double largest_difference(std::vector<T> const& a, std::vector<T> const& b) {
  double worst = a.size() == b.size() ? 0.0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    auto const difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
  }
  return worst;
}

/// Rounding of sums of up to 100 x 26 products of normal numbers.
template <class T>
constexpr double rounding = std::is_same_v<T, float> ? 1e-4 : 2e-13;

/// Everything that is summed over a graph, before and after.
template <class T>
struct Sums {
  std::vector<T> neighbours, collected, products;

  Sums(std::int64_t nodes, std::int64_t edges, graph::Widths widths)
      : neighbours(static_cast<std::size_t>(nodes * widths.weights * widths.features), T(NAN)),
        collected(static_cast<std::size_t>(nodes * widths.features), T(NAN)),
        products(static_cast<std::size_t>(edges * widths.weights), T(NAN)) {}
};

template <class T>
struct Inputs {
  std::vector<T> weight, feature, stack;

  Inputs(std::int64_t nodes, std::int64_t edges, graph::Widths widths)
      : weight(test::normals<T>(edges * widths.weights, 1)),
        feature(test::normals<T>(nodes * widths.features, 2)),
        stack(test::normals<T>(nodes * widths.weights * widths.features, 3)) {}
};

template <class T, class Space>
Sums<T> sums_on(Space const& space, graph::EdgeOrder const& order, graph::Widths widths,
                Inputs<T> const& in) {
  Sums<T> out(order.nodes(), std::ssize(order.far), widths);
  graph::sum_neighbours_on(space, order, widths, in.weight.data(), in.feature.data(),
                           out.neighbours.data());
  graph::collect_neighbours_on(space, order, widths, in.weight.data(), in.stack.data(),
                               out.collected.data());
  graph::edge_products_on(space, order, widths, in.stack.data(), in.feature.data(),
                          out.products.data());
  space.fence();
  return out;
}

template <class T>
Sums<T> sums_in_vectors(graph::EdgeOrder const& order, graph::Widths widths, Inputs<T> const& in) {
  Sums<T> out(order.nodes(), std::ssize(order.far), widths);
  graph::sum_neighbours(order, widths, in.weight.data(), in.feature.data(), out.neighbours.data());
  graph::collect_neighbours(order, widths, in.weight.data(), in.stack.data(), out.collected.data());
  graph::edge_products(order, widths, in.stack.data(), in.feature.data(), out.products.data());
  return out;
}

template <class T>
double largest_difference(Sums<T> const& a, Sums<T> const& b) {
  return std::max({largest_difference(a.neighbours, b.neighbours),
                   largest_difference(a.collected, b.collected),
                   largest_difference(a.products, b.products)});
}

/// Shares of directions and their derivatives.
template <class T>
struct Shares {
  std::vector<T> weight, score, sum;
  Shares(std::size_t edges, std::size_t directions)
      : weight(edges * directions, T(NAN)), score(edges * directions, T(NAN)), sum(edges, T(NAN)) {}
};

/// The arrays of a list of edges in memory of the device.
struct DeviceEdges {
  Array1<std::int64_t> begin, edge, far;

  explicit DeviceEdges(graph::EdgeOrder const& order)
      : begin(to_device("test::begin", vector(order.begin))),
        edge(to_device("test::edge", vector(order.edge))),
        far(to_device("test::far", vector(order.far))) {}
  graph::EdgeOrder order() const { return {span(begin), span(edge), span(far)}; }

  static std::vector<std::int64_t> vector(std::span<std::int64_t const> values) {
    return {values.begin(), values.end()};
  }
  static std::span<std::int64_t const> span(Array1<std::int64_t> const& values) {
    return {values.data(), values.size()};
  }
};

}  // namespace

TEMPLATE_TEST_CASE("kernels of a device sum as the host does, along the edges and against them",
                   "[graph][unit]", float, double) {
  using T = TestType;
  auto const edges = test::random_edges(120, 5);
  auto const source = test::sources(edges);
  graph::EdgeOrder const along{edges.begin, {}, edges.node};
  graph::EdgeOrder const against{edges.reverse_begin, edges.reverse_edge, source};
  for (std::int64_t const m : {1, 8, 26})
    for (std::int64_t const f : {1, 3, 64, 70})
      for (auto const& order : {along, against}) {
        INFO(m << " weights, " << f << " features, " << (order.edge.empty() ? "along" : "against"));
        graph::Widths const widths{m, f};
        Inputs<T> const in(edges.nodes(), edges.edges(), widths);
        auto const vectors = sums_in_vectors(order, widths, in);
        auto const host = sums_on(Kokkos::DefaultHostExecutionSpace(), order, widths, in);
        CHECK(largest_difference(host, vectors) < rounding<T>);
        // What has its bits from one thread each has them in any space.
        CHECK(largest_difference(sums_on(Kokkos::Serial(), order, widths, in), host) == 0.0);
      }
}

TEST_CASE("kernels of a device write the nodes and edges of a part of a graph alone",
          "[graph][unit]") {
  auto const edges = test::random_edges(40, 3);
  graph::EdgeOrder const whole{edges.begin, {}, edges.node};
  graph::EdgeOrder const part{std::span(edges.begin).subspan(10, 8), {}, edges.node};
  graph::Widths const widths{8, 64};
  Inputs<float> in(40, edges.edges(), widths);
  auto const all = sums_on(Kokkos::Serial(), whole, widths, in);
  in.stack.erase(in.stack.begin(), in.stack.begin() + 10 * 8 * 64);
  Sums<float> out(40, edges.edges(), widths);
  graph::sum_neighbours_on(Kokkos::Serial(), part, widths, in.weight.data(), in.feature.data(),
                           out.neighbours.data());
  graph::edge_products_on(Kokkos::Serial(), part, widths, in.stack.data(), in.feature.data(),
                          out.products.data());
  CHECK(std::memcmp(out.neighbours.data(), all.neighbours.data() + 10 * 512, 7 * 512 * 4) == 0);
  CHECK(std::isnan(out.neighbours[7 * 512]));
  for (std::int64_t e = 0; e < edges.edges(); ++e) {
    auto const at = static_cast<std::size_t>(8 * e);
    bool const written = e >= edges.begin[10] && e < edges.begin[17];
    CHECK((written ? out.products[at] == all.products[at] : std::isnan(out.products[at])));
  }
}

TEST_CASE("values side by side have the bits of values alone", "[graph][unit]") {
  auto const edges = test::random_edges(50, 4);
  graph::EdgeOrder const order{edges.begin, {}, edges.node};
  graph::Widths const widths{8, 64};
  Inputs<float> in(50, edges.edges(), widths);
  auto const packed = sums_on(Kokkos::Serial(), order, widths, in);
  // Features that begin in the middle of a pack, and so are read one by one.
  in.feature.insert(in.feature.begin(), 0.0F);
  std::vector<float> alone(packed.neighbours.size()), products(packed.products.size());
  graph::sum_neighbours_on(Kokkos::Serial(), order, widths, in.weight.data(), in.feature.data() + 1,
                           alone.data());
  graph::edge_products_on(Kokkos::Serial(), order, widths, in.stack.data(), in.feature.data() + 1,
                          products.data());
  CHECK(alone == packed.neighbours);
  CHECK(products == packed.products);
}

TEMPLATE_TEST_CASE("kernels of a device share out directions as the host does", "[graph][unit]",
                   float, double) {
  using T = TestType;
  double const tolerance = std::is_same_v<T, float> ? 1e-5 : 1e-13;
  for (std::int64_t const m : {1, 3, 8, 26})
    for (std::int64_t const edges : {0, 1, 333}) {
      INFO(m << " directions, " << edges << " edges");
      auto const unit = test::normals<T>(3 * edges, 1), strength = test::normals<T>(edges, 2),
                 direction = test::normals<T>(3 * m, 3), gradient = test::normals<T>(edges * m, 4);
      auto const count = static_cast<std::size_t>(edges), width = static_cast<std::size_t>(m);
      Shares<T> vectors(count, width), kernels(count, width);
      graph::direction_weights(edges, m, unit.data(), strength.data(), direction.data(),
                               vectors.weight.data());
      graph::direction_derivatives(edges, m, unit.data(), strength.data(), direction.data(),
                                   gradient.data(), vectors.score.data(), vectors.sum.data());
      Kokkos::DefaultHostExecutionSpace const space;
      graph::direction_weights_on(space, edges, m, unit.data(), strength.data(), direction.data(),
                                  kernels.weight.data());
      graph::direction_derivatives_on(space, edges, m, unit.data(), strength.data(),
                                      direction.data(), gradient.data(), kernels.score.data(),
                                      kernels.sum.data());
      CHECK(largest_difference(kernels.weight, vectors.weight) < tolerance);
      CHECK(largest_difference(kernels.score, vectors.score) < tolerance);
      CHECK(largest_difference(kernels.sum, vectors.sum) < tolerance);
    }
}

TEST_CASE("the sums of this build's device are those of the host", "[graph][unit]") {
  ExecSpace const space;
  auto const edges = test::random_edges(200, 6);
  auto const source = test::sources(edges);
  graph::EdgeOrder const order{edges.reverse_begin, edges.reverse_edge, source};
  graph::Widths const widths{8, 64};
  Inputs<float> const in(edges.nodes(), edges.edges(), widths);
  auto const expected = sums_in_vectors(order, widths, in);
  DeviceEdges const there(order);
  auto const weight = to_device("test::weight", in.weight),
             feature = to_device("test::feature", in.feature),
             stack = to_device("test::stack", in.stack);
  Array1<float> const sums("test::sums", expected.neighbours.size()),
      collected("test::collected", expected.collected.size()),
      products("test::products", expected.products.size());
  graph::sum_neighbours(space, there.order(), widths, weight.data(), feature.data(), sums.data());
  graph::collect_neighbours(space, there.order(), widths, weight.data(), stack.data(),
                            collected.data());
  graph::edge_products(space, there.order(), widths, stack.data(), feature.data(), products.data());
  // Unit vectors, strengths and directions: any numbers will do.
  Array1<float> const shares("test::shares", products.size()), score("test::score", shares.size()),
      along("test::along", static_cast<std::size_t>(edges.edges()));
  graph::direction_weights(space, edges.edges(), 8, weight.data(), feature.data(), stack.data(),
                           shares.data());
  graph::direction_derivatives(space, edges.edges(), 8, weight.data(), feature.data(), stack.data(),
                               products.data(), score.data(), along.data());
  space.fence();
  CHECK(largest_difference(to_host(sums), expected.neighbours) < rounding<float>);
  CHECK(largest_difference(to_host(collected), expected.collected) < rounding<float>);
  CHECK(largest_difference(to_host(products), expected.products) < rounding<float>);
  Shares<float> vectors(static_cast<std::size_t>(edges.edges()), 8);
  graph::direction_weights(edges.edges(), 8, in.weight.data(), in.feature.data(), in.stack.data(),
                           vectors.weight.data());
  graph::direction_derivatives(edges.edges(), 8, in.weight.data(), in.feature.data(),
                               in.stack.data(), expected.products.data(), vectors.score.data(),
                               vectors.sum.data());
  CHECK(largest_difference(to_host(shares), vectors.weight) < rounding<float>);
  CHECK(largest_difference(to_host(score), vectors.score) < rounding<float>);
  CHECK(largest_difference(to_host(along), vectors.sum) < rounding<float>);
}
