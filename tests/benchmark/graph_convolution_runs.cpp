// SPDX-License-Identifier: BSD-3-Clause
#include "graph_convolution_runs.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <functional>
#include <vector>

#include "directional_convolution.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::test {

namespace {

using torch::Tensor;

struct Problem {
  learn::GraphEdges edges;
  Tensor positions, features, cotangent;
  learn::DirectionalConvolution layer;
};

Tensor normals(std::vector<std::int64_t> const& shape, std::uint64_t index) {
  auto result = at::empty(shape, torch::kFloat32);
  core::fill_normals(4, core::Purpose::observation, index, 0,
                     {result.data_ptr<float>(), static_cast<std::size_t>(result.numel())});
  return result;
}

Problem make_problem(GraphSize const& size) {
  auto const n = size.nodes;
  auto node = at::empty({size.edges()}, torch::kInt64);
  core::Stream stream(4, core::Purpose::observation, 9);
  for (std::int64_t e = 0; e < size.edges(); ++e)
    node.data_ptr<std::int64_t>()[e] =
        static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(n)));
  Problem problem{learn::make_graph_edges(at::arange(n + 1, torch::kInt64) * size.degree, node),
                  normals({n, 3}, 0), normals({n, size.features}, 1).set_requires_grad(true),
                  normals({n, size.features}, 2),
                  learn::DirectionalConvolution(learn::DirectionalConvolutionConfig{
                      size.features, size.features, "learned", size.directions, "gaussian", 1.5})};
  problem.layer->initialise(4, 0);
  return problem;
}

Tensor per_edge(Problem const& problem) {
  auto const& edges = problem.edges;
  auto const parameters = problem.layer->named_parameters();
  auto const f = problem.features.size(1);
  auto const weight = parameters["weight"];
  auto const m = weight.size(0) / f - 1;
  auto const separation = problem.positions.index_select(0, edges.node) -
                          problem.positions.index_select(0, edges.source);
  auto const squared = separation.square().sum(1, true);
  auto const radial = at::exp(squared * (-0.5 / 2.25));
  auto const degree = at::zeros({edges.nodes(), 1}).index_add(0, edges.source, radial);
  auto const root = at::rsqrt(1 + degree);
  auto const strength =
      radial * root.index_select(0, edges.source) * root.index_select(0, edges.node);
  auto const unit = separation / squared.sqrt().clamp_min(1e-12);
  auto const q = at::softmax(unit.matmul(parameters["directions"].t()), 1) * strength;
  // (E, F) times (F, M F_out), as FeaStConv applies its linear layer.
  auto const matrix =
      weight.narrow(0, f, m * f).view({m, f, f}).transpose(0, 1).reshape({f, m * f});
  auto const messages = problem.features.index_select(0, edges.node).mm(matrix).view({-1, m, f});
  auto const sums = (q.unsqueeze(2) * messages).sum(1);
  return at::addmm(parameters["bias"], problem.features, weight.narrow(0, 0, f))
      .index_add(0, edges.source, sums);
}

Tensor by_layer(Problem const& problem) {
  auto layer = problem.layer;
  return layer(problem.features, problem.positions, problem.edges);
}

void clear_gradients(Problem& problem) {
  problem.features.mutable_grad().reset();
  for (auto& weight : problem.layer->parameters()) weight.mutable_grad().reset();
}

double wall() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double processor() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

PassTime time_passes(GraphSize const& size, int rounds,
                     std::function<Tensor(Problem const&)> const& forward) {
  auto problem = make_problem(size);
  std::vector<double> times[4];
  for (int round = 0; round <= rounds; ++round) {
    clear_gradients(problem);
    double const w = wall(), c = processor();
    auto const y = forward(problem);
    double const w1 = wall(), c1 = processor();
    y.backward(problem.cotangent);
    if (round == 0) continue;  // the first one touches new pages
    times[0].push_back(c1 - c);
    times[1].push_back(w1 - w);
    times[2].push_back(processor() - c);
    times[3].push_back(wall() - w);
  }
  return {median(times[0]), median(times[1]), median(times[2]), median(times[3])};
}

}  // namespace

void set_threads(int threads) { at::set_num_threads(threads); }

PassTime time_layer(GraphSize const& size, int rounds) {
  return time_passes(size, rounds, by_layer);
}

PassTime time_per_edge(GraphSize const& size, int rounds) {
  return time_passes(size, rounds, per_edge);
}

double largest_difference(GraphSize const& size) {
  auto problem = make_problem(size);
  std::vector<Tensor> results[2];
  for (int which = 0; which < 2; ++which) {
    clear_gradients(problem);
    auto const y = which == 0 ? by_layer(problem) : per_edge(problem);
    y.backward(problem.cotangent);
    results[which] = {y.detach(), problem.features.grad().clone()};
    for (auto const& weight : problem.layer->parameters())
      results[which].push_back(weight.grad().clone());
  }
  double worst = 0;
  for (std::size_t i = 0; i < results[0].size(); ++i)
    worst = std::max(
        worst,
        ((results[0][i] - results[1][i]).abs().max() / results[1][i].abs().max()).item<double>());
  return worst;
}

double time_products(GraphSize const& size, int rounds) {
  torch::NoGradGuard const no_grad;
  auto const n = size.nodes, f = size.features, wide = size.directions * f;
  auto const x = normals({n, wide}, 0), g = normals({n, f}, 1), w = normals({wide, f}, 2);
  auto const own = normals({f, f}, 3);
  auto narrow = at::empty({n, f}), stack = at::empty({n, wide}), matrix = at::empty({f, wide}),
       square = at::empty({f, f});
  std::vector<double> times;
  for (int round = 0; round <= rounds; ++round) {
    double const start = wall();
    at::mm_out(narrow, x, w);      // forward
    at::mm_out(narrow, x, w);      // by the features
    at::mm_out(matrix, g.t(), x);  // by the matrix
    at::mm_out(stack, g, w.t());   // by the sums
    for (int i = 0; i < 2; ++i) at::mm_out(narrow, g, own);
    at::mm_out(square, g.t(), g);
    if (round > 0) times.push_back(wall() - start);
  }
  return median(times);
}

double time_copy(double bytes, int rounds) {
  auto const from = at::ones({static_cast<std::int64_t>(bytes / 8)}, torch::kFloat32);
  auto to = at::empty_like(from);
  std::vector<double> times;
  for (int round = 0; round <= rounds; ++round) {
    double const start = wall();
    to.copy_(from);
    if (round > 0) times.push_back(wall() - start);
  }
  return median(times);  // half the bytes are read and half written
}

}  // namespace shearwater::test
