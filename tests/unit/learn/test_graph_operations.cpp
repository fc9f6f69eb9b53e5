// SPDX-License-Identifier: BSD-3-Clause
// Sums over edges and the directional convolution, against loops and finite differences.
#include "graph_gradients.hpp"  // before Catch, whose CHECK then holds, not LibTorch's

#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "directional_convolution.hpp"
#include "edge_rows.hpp"
#include "shearwater/core/error.hpp"

namespace {

using namespace shearwater;
using test::Function;
using test::gradient_scalar;
using test::gradients;
using test::integers;
using test::normals;
using test::random_graph;
using test::weighted;
using torch::Tensor;

/// Seven nodes: some with many edges, a loop, a double edge, one without neighbours that none leads
/// to either.
learn::GraphEdges small_graph() {
  return learn::make_graph_edges(integers({0, 3, 5, 6, 6, 9, 10, 12}),
                                 integers({1, 2, 4, 0, 0, 5, 0, 1, 4, 2, 6, 1}));
}

Tensor aggregate_by_loops(Tensor const& weight, Tensor const& feature,
                          learn::GraphEdges const& edges) {
  auto out = at::zeros({edges.nodes(), weight.size(1), feature.size(1)}, torch::kFloat64);
  auto const weights = weight.to(torch::kFloat64), features = feature.to(torch::kFloat64);
  auto const w = weights.accessor<double, 2>(), h = features.accessor<double, 2>();
  auto const from = edges.source.accessor<std::int64_t, 1>(),
             to = edges.node.accessor<std::int64_t, 1>();
  auto sum = out.accessor<double, 3>();
  for (std::int64_t e = 0; e < edges.edges(); ++e)
    for (std::int64_t m = 0; m < weight.size(1); ++m)
      for (std::int64_t f = 0; f < feature.size(1); ++f)
        sum[from[e]][m][f] += w[e][m] * h[to[e]][f];
  return out;
}

/// Largest difference between the gradient of `function` (a scalar) and central differences with
/// step 1e-5, over all elements of all inputs, which are changed in place meanwhile.
double gradient_error(Function const& function, std::vector<Tensor> inputs) {
  for (auto& input : inputs) input.set_requires_grad(true);
  auto const exact = gradients(function, inputs);
  double worst = 0;
  torch::NoGradGuard const no_grad;
  for (std::size_t k = 0; k < inputs.size(); ++k)
    for (std::int64_t i = 0; i < inputs[k].numel(); ++i) {
      constexpr double step = 1e-5;
      double* value = inputs[k].data_ptr<double>() + i;
      double const before = *value;
      auto shifted = [&](double by) {
        *value = before + by;
        torch::AutoGradMode const enabled(true);  // functions may take gradients themselves
        return function(inputs).item<double>();
      };
      double const slope = (shifted(step) - shifted(-step)) / (2 * step);
      *value = before;
      worst = std::max(worst, std::abs(slope - exact[k].flatten()[i].item<double>()));
    }
  return worst;
}

}  // namespace

TEST_CASE("edges get their reverse and their sources", "[learn][unit]") {
  auto const edges = small_graph();
  CHECK(edges.source.equal(integers({0, 0, 0, 1, 1, 2, 4, 4, 4, 5, 6, 6})));
  CHECK(edges.reverse_begin.equal(integers({0, 3, 6, 8, 8, 10, 11, 12})));
  CHECK(edges.reverse_edge.equal(integers({3, 4, 6, 0, 7, 11, 1, 9, 2, 8, 5, 10})));
  CHECK_THROWS_AS(learn::make_graph_edges(integers({0, 2, 1}), integers({0})), core::InputError);
  CHECK_THROWS_AS(learn::make_graph_edges(integers({0, 1}), integers({1})), core::InputError);
}

TEST_CASE("aggregate equals loops over edges", "[learn][unit]") {
  for (auto const type : {torch::kFloat32, torch::kFloat64})
    for (std::int64_t const m : {1, 3, 8, 26})
      for (std::int64_t const f : {1, 5, 16, 70}) {
        auto const edges = random_graph(23, 3);
        auto const weight = normals({edges.edges(), m}, 1, type),
                   feature = normals({23, f}, 2, type);
        auto const error =
            (learn::aggregate(weight, feature, edges) - aggregate_by_loops(weight, feature, edges))
                .abs()
                .max()
                .item<double>();
        CHECK(error < (type == torch::kFloat32 ? 1e-5 : 1e-13));
        auto const matrix = normals({m * f, 4}, 3, type);
        CHECK(learn::aggregate_product(weight, feature, matrix, edges)
                  .allclose(learn::aggregate(weight, feature, edges).flatten(1).matmul(matrix)));
      }
}

TEST_CASE("rows of nodes at edges and their sums, with derivatives of both orders",
          "[learn][unit]") {
  auto const edges = small_graph();
  auto const nodes = normals({7, 2, 3}, 1), rows = normals({12, 2, 3}, 2);
  for (auto const end : {learn::EdgeEnd::source, learn::EdgeEnd::node}) {
    auto const& index = end == learn::EdgeEnd::node ? edges.node : edges.source;
    CHECK(learn::to_edges(nodes, edges, end).equal(nodes.index_select(0, index)));
    auto const single = nodes.to(torch::kFloat32);
    CHECK(learn::to_edges(single, edges, end).equal(single.index_select(0, index)));
    auto const function = weighted(
        [&](std::vector<Tensor> const& x) { return learn::to_edges(x[0], edges, end).square(); });
    CHECK(gradient_error(function, {nodes.clone()}) < 1e-5);
    CHECK(gradient_error(gradient_scalar(function), {nodes.clone()}) < 1e-3);
    // The gradient in single precision goes another way: edge by edge, as torch's own.
    auto x = single.clone().set_requires_grad(true);
    auto const upstream = rows.to(torch::kFloat32);
    auto const ours = torch::autograd::grad({learn::to_edges(x, edges, end)}, {x}, {upstream})[0];
    CHECK(ours.equal(at::zeros_like(single).index_add(0, index, upstream)));
  }
  auto const sums = weighted(
      [&](std::vector<Tensor> const& x) { return learn::sum_edges(x[0], edges).square(); });
  CHECK(gradient_error(sums, {rows.clone()}) < 1e-4);
  CHECK(gradient_error(gradient_scalar(sums), {rows.clone()}) < 1e-2);
  CHECK((learn::sum_edges(rows, edges) - at::zeros_like(nodes).index_add(0, edges.source, rows))
            .abs()
            .max()
            .item<double>() < 1e-14);
}

TEST_CASE("edges to nodes of another kind: sums, derivatives of both orders and means of links",
          "[learn][unit]") {
  // Three nodes hear from five; the second has no edge, the fourth of the five is not heard.
  auto const edges =
      learn::make_graph_edges(integers({0, 2, 2, 6}), integers({4, 0, 1, 2, 4, 1}), 5);
  CHECK(edges.nodes() == 3);
  CHECK(edges.far_nodes() == 5);
  CHECK(edges.reverse_begin.equal(integers({0, 1, 3, 4, 4, 6})));
  auto const weight = normals({6, 3}, 1), feature = normals({5, 4}, 2),
             matrix = normals({12, 2}, 3);
  auto const loops = aggregate_by_loops(weight, feature, edges);
  CHECK((learn::aggregate(weight, feature, edges) - loops).abs().max().item<double>() < 1e-12);
  auto const product = weighted([&](std::vector<Tensor> const& x) {
    return learn::aggregate_product(x[0], x[1], x[2], edges);
  });
  auto const sum =
      weighted([&](std::vector<Tensor> const& x) { return learn::aggregate(x[0], x[1], edges); });
  CHECK(gradient_error(product, {weight.clone(), feature.clone(), matrix.clone()}) < 1e-5);
  CHECK(gradient_error(gradient_scalar(product),
                       {weight.clone(), feature.clone(), matrix.clone()}) < 1e-3);
  CHECK(gradient_error(gradient_scalar(sum), {weight.clone(), feature.clone()}) < 1e-3);
  // The last derivatives, which keep no graph, are those that can be differentiated again.
  std::vector<Tensor> inputs = {weight.clone(), feature.clone(), matrix.clone()};
  for (auto& input : inputs) input.set_requires_grad(true);
  auto const again = gradients(product, inputs);
  auto const last = torch::autograd::grad({product(inputs)}, inputs);
  for (std::size_t k = 0; k < last.size(); ++k)
    CHECK((last[k] - again[k]).abs().max().item<double>() < 1e-10);
  CHECK_THROWS_AS(learn::aggregate(weight, normals({3, 4}, 2), edges), core::InternalError);
  CHECK_THROWS_AS(learn::make_graph_edges(integers({0, 1}), integers({5}), 5), core::InputError);

  learn::DirectionalConvolutionConfig config{4, 2, "learned", 3, "gaussian", 1.0, false};
  learn::DirectionalConvolution layer(config);
  layer->initialise(1, 0);
  auto const rays =
      layer->rays(normals({3, 3}, 7, torch::kFloat32), normals({5, 3}, 8, torch::kFloat32), edges);
  auto const shares = layer->edge_weights(rays).sum(1);
  CHECK_THAT(shares.narrow(0, 0, 2).sum().item<double>(), WithinAbs(1, 1e-6));
  CHECK_THAT(shares.narrow(0, 2, 4).sum().item<double>(), WithinAbs(1, 1e-6));
  CHECK(layer->parameters()[0].size(0) == 12);  // no matrix of a node's own
}

TEST_CASE("aggregate's first and second derivatives equal finite differences", "[learn][unit]") {
  for (auto const& edges : {small_graph(), random_graph(6, 1)}) {
    auto const function = weighted([&](std::vector<Tensor> const& inputs) {
      return learn::aggregate(inputs[0], inputs[1], edges);
    });
    std::vector<Tensor> const inputs = {normals({edges.edges(), 3}, 3),
                                        normals({edges.nodes(), 4}, 4)};
    CHECK(gradient_error(function, inputs) < 1e-7);
    CHECK(gradient_error(gradient_scalar(function), inputs) < 1e-5);
    auto const product = weighted([&](std::vector<Tensor> const& all) {
      return learn::aggregate_product(all[0], all[1], all[2], edges);
    });
    auto const more = std::vector<Tensor>{inputs[0], inputs[1], normals({12, 2}, 5)};
    CHECK(gradient_error(product, more) < 1e-6);
    CHECK(gradient_error(gradient_scalar(product), more) < 1e-4);
    // The penalty of a critic: a derivative by the features alone, then by all.
    auto const slope = [&](std::vector<Tensor> const& all) {
      auto const by = torch::autograd::grad({product(all)}, {all[1]}, {}, true, true);
      return by[0].square().sum();
    };
    CHECK(gradient_error(slope, more) < 1e-3);
  }
}

TEST_CASE("the convolution is what its formula says", "[learn][unit]") {
  auto const edges = small_graph();
  auto const x = normals({7, 3}, 6), h = normals({7, 4}, 7);
  for (std::string const kind : {"stencil", "learned", "isotropic"}) {
    learn::DirectionalConvolution layer(
        learn::DirectionalConvolutionConfig{4, 5, kind, 3, "gaussian", 0.8});
    layer->initialise(3, 0);
    layer->to(torch::kFloat64);
    auto const parameters = layer->named_parameters();
    auto const w = parameters["weight"];
    auto const m = w.size(0) / 4 - 1;
    Tensor u = kind == "learned" ? parameters["directions"] : at::zeros({1, 3}, torch::kFloat64);
    if (kind == "stencil") {
      std::vector<Tensor> rows;
      for (int i = 0; i < 27; ++i)
        if (i != 13)
          rows.push_back(at::tensor({i / 9 - 1.0, i / 3 % 3 - 1.0, i % 3 - 1.0}, torch::kFloat64));
      u = at::stack(rows);
      u = u / u.norm(2, 1, true);
    }
    REQUIRE(u.size(0) == m);
    auto radial = [&](std::int64_t i, std::int64_t j) {
      return std::exp(-(x[j] - x[i]).square().sum().item<double>() / (2 * 0.64));
    };
    auto const *begin = edges.begin.data_ptr<std::int64_t>(),
               *node = edges.node.data_ptr<std::int64_t>();
    auto degree = [&](std::int64_t i) {
      double sum = 1;
      for (auto e = begin[i]; e < begin[i + 1]; ++e) sum += radial(i, node[e]);
      return sum;
    };
    auto const y = layer(h, x, edges);
    for (std::int64_t i = 0; i < 7; ++i) {
      Tensor expected = parameters["bias"] + h[i].matmul(w.narrow(0, 0, 4));
      for (auto e = begin[i]; e < begin[i + 1]; ++e) {
        auto const j = node[e];
        auto const d = x[j] - x[i];
        auto const r = d.norm();
        auto const q = at::softmax(u.matmul(r.item<double>() > 0 ? d / r : d), 0);
        for (std::int64_t k = 0; k < m; ++k)
          expected = expected + q[k] * radial(i, j) / std::sqrt(degree(i) * degree(j)) *
                                    h[j].matmul(w.narrow(0, 4 * (k + 1), 4));
      }
      INFO(kind << " node " << i);
      CHECK((y[i] - expected).abs().max().item<double>() < 1e-6);  // float32 stencil directions
    }
  }
}

TEST_CASE("derivatives through the whole convolution equal finite differences", "[learn][unit]") {
  auto const edges = small_graph();
  for (std::string const kind : {"stencil", "learned", "isotropic"})
    for (std::string const radial : {"gaussian", "learned", "one"}) {
      learn::DirectionalConvolution layer(
          learn::DirectionalConvolutionConfig{2, 3, kind, 3, radial, 0.8});
      layer->initialise(3, 0);
      layer->to(torch::kFloat64);
      auto const function = weighted(
          [&](std::vector<Tensor> const& inputs) { return layer(inputs[0], inputs[1], edges); });
      std::vector<Tensor> inputs = {normals({7, 2}, 8), normals({7, 3}, 9)};
      for (auto const& weight : layer->parameters()) inputs.push_back(weight);
      INFO(kind << " " << radial);
      CHECK(gradient_error(function, inputs) < 1e-5);
      CHECK(gradient_error(gradient_scalar(function), inputs) < 1e-3);
    }
}

TEST_CASE("blocks of nodes give the derivatives that whole graphs do", "[learn][unit]") {
  // Stacks of 64 x 32 values: blocks of 256 nodes.
  auto const edges = random_graph(700, 2);
  std::vector<Tensor> inputs = {normals({edges.edges(), 64}, 1), normals({700, 32}, 2),
                                normals({2048, 3}, 3)};
  for (auto& input : inputs) input.set_requires_grad(true);
  auto const function = weighted([&](std::vector<Tensor> const& all) {
    return learn::aggregate_product(all[0], all[1], all[2], edges);
  });
  auto const whole = gradients(function, inputs);
  auto const blocks = torch::autograd::grad({function(inputs)}, inputs);
  for (std::size_t k = 0; k < 3; ++k) CHECK(blocks[k].allclose(whole[k]));
  for (std::size_t k = 0; k < 3; ++k) {
    auto const one = torch::autograd::grad({function(inputs)}, {inputs[k]});
    CHECK(one[0].allclose(whole[k]));
  }
}

TEST_CASE("kernels are given contiguous tensors alone", "[learn][unit]") {
  auto const values = normals({4, 3}, 1);
  CHECK(learn::array_of(values.narrow(0, 1, 2)).extents == std::vector<std::int64_t>{2, 3});
  for (auto const& view :
       {values.t(), values.narrow(1, 0, 2), values.narrow(1, 0, 1).expand({4, 2})})
    CHECK_THROWS_WITH(learn::array_of(view), ContainsSubstring("contiguous"));
}

TEST_CASE("shares of directions are a softmax, with its derivatives both ways", "[learn][unit]") {
  for (std::int64_t const count : {1, 16, 37}) {
    std::vector<Tensor> inputs = {normals({count, 3}, 1), normals({count, 1}, 2),
                                  normals({5, 3}, 3)};
    auto const plain = inputs[1] * at::softmax(inputs[0].mm(inputs[2].t()), 1);
    CHECK(learn::direction_weights(inputs[0], inputs[1], inputs[2]).allclose(plain));
    auto const single =
        learn::direction_weights(inputs[0].to(torch::kFloat32), inputs[1].to(torch::kFloat32),
                                 inputs[2].to(torch::kFloat32));
    CHECK((single - plain).abs().max().item<double>() < 3e-6);
    auto const function = weighted([](std::vector<Tensor> const& all) {
      return learn::direction_weights(all[0], all[1], all[2]);
    });
    CHECK(gradient_error(function, inputs) < 1e-6);
    CHECK(gradient_error(gradient_scalar(function), inputs) < 1e-4);
    // Without a second derivative to come, kernels compute the first.
    auto const slow = gradients(function, inputs);
    auto const fast = torch::autograd::grad({function(inputs)}, inputs);
    for (std::size_t k = 0; k < 3; ++k) CHECK(fast[k].allclose(slow[k]));
  }
}

TEST_CASE("nodes at the same place share out their weight evenly", "[learn][unit]") {
  auto const edges = small_graph();
  learn::DirectionalConvolution layer(
      learn::DirectionalConvolutionConfig{2, 3, "learned", 4, "gaussian", 0.8});
  layer->initialise(3, 0);
  auto x = at::zeros({7, 3}).set_requires_grad(true);
  auto const weights = layer->edge_weights(x, edges);
  // Nodes 0 and 1 have 3 and 2 edges of weight 1 (edge 0 leads from 0 to 1).
  CHECK_THAT(weights[0][2].item<double>(), WithinAbs(0.25 / std::sqrt(4.0 * 3.0), 1e-7));
  CHECK((weights - weights.narrow(1, 0, 1)).abs().max().item<double>() < 1e-7);
  auto const first = torch::autograd::grad({weights.square().sum()}, {x}, {}, true, true)[0];
  CHECK(first.abs().max().item<double>() == 0.0);
  auto const second = torch::autograd::grad({first.sum()}, {x}, {}, true, false)[0];
  CHECK(at::isfinite(second).all().item<bool>());
}

TEST_CASE("nodes without neighbours keep their own term and empty graphs are none",
          "[learn][unit]") {
  learn::DirectionalConvolution layer(
      learn::DirectionalConvolutionConfig{2, 3, "learned", 4, "gaussian", 0.8});
  layer->initialise(3, 0);
  auto const weight = layer->named_parameters()["weight"];
  auto const lonely = learn::make_graph_edges(integers({0, 0, 0}), integers({}));
  auto const h = normals({2, 2}, 1, torch::kFloat32), x = normals({2, 3}, 2, torch::kFloat32);
  CHECK(layer(h, x, lonely).allclose(h.matmul(weight.narrow(0, 0, 2))));
  auto const none = learn::make_graph_edges(integers({0}), integers({}));
  auto const empty = at::zeros({0, 2}).set_requires_grad(true);
  auto const y = layer(empty, at::zeros({0, 3}), none);
  CHECK(y.sizes() == std::vector<std::int64_t>{0, 3});
  y.sum().backward();
  CHECK(weight.grad().abs().max().item<double>() == 0.0);
}

TEST_CASE("contradicting keys of a convolution are refused", "[learn][unit]") {
  auto const make = [](learn::DirectionalConvolutionConfig const& config) {
    learn::DirectionalConvolution const layer(config);
  };
  CHECK_THROWS_AS(make({2, 3, "round", 4, "one", 1.0}), core::InputError);
  CHECK_THROWS_AS(make({2, 3, "learned", 4, "square", 1.0}), core::InputError);
  CHECK_THROWS_AS(make({2, 3, "learned", 0, "one", 1.0}), core::InputError);
}
