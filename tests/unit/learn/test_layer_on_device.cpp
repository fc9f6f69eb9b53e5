// SPDX-License-Identifier: BSD-3-Clause
// The directional convolution and the rows of edges on a CUDA device beside the host: values, first
// and second derivatives. Both sum in the same order and differ by their rounding alone.
#include "graph_gradients.hpp"  // before Catch, whose CHECK then holds, not LibTorch's

#include <string>
#include <vector>

#include "catch.hpp"
#include "directional_convolution.hpp"
#include "edge_rows.hpp"
#include "support.hpp"

using namespace shearwater;
using test::Function;
using test::normals;
using torch::Tensor;

namespace {

torch::Device require_device() {
  auto const device = bridge::kernel_device();
  if (device.kind == bridge::DeviceKind::host)
    test::skip_program("the kernels of this build run on the host: layers cannot be on a device");
  if (!at::hasCUDA()) test::skip_program("this LibTorch finds no CUDA device");
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(device.index)};
}

/// Leaves of their own on the device.
std::vector<Tensor> inputs_on(torch::Device device, std::vector<Tensor> const& values) {
  std::vector<Tensor> inputs;
  for (auto const& value : values)
    inputs.push_back(value.detach().to(device).clone().set_requires_grad(true));
  return inputs;
}

/// Value, derivatives that nothing differentiates again, those that something could, and second
/// ones, of a function that gives a tensor; by `values`, and by the parameters that it knows.
std::vector<Tensor> all_of(Function const& function, std::vector<Tensor> const& values,
                           torch::Device device, std::vector<Tensor> const& parameters = {}) {
  auto inputs = inputs_on(device, values);
  inputs.insert(inputs.end(), parameters.begin(), parameters.end());
  auto const scalar = test::weighted(function);
  std::vector<Tensor> all = {function(inputs)};
  auto add = [&](std::vector<Tensor> const& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  auto last = torch::autograd::grad({scalar(inputs)}, inputs, {}, false, false, true);
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (!last[k].defined()) last[k] = at::zeros_like(inputs[k]);  // positions may play no part
  add(last);
  add(test::gradients(scalar, inputs));
  add(test::gradients(test::gradient_scalar(scalar), inputs));
  return all;
}

/// Largest difference of any tensor of `there` from that of `here`, over the largest value of it.
double largest_difference(std::vector<Tensor> const& here, std::vector<Tensor> const& there) {
  double worst = 0;
  for (std::size_t k = 0; k < here.size(); ++k) {
    CHECK(there[k].is_cuda());
    auto const scale = here[k].abs().max().item<double>();
    auto const difference = (there[k].cpu() - here[k]).abs().max().item<double>();
    CHECK(std::isfinite(difference));
    worst = std::max(worst, difference / std::max(scale, 1e-30));
  }
  return worst;
}

/// Sums of some hundred products, some of them one after the other.
double tolerance(at::ScalarType type) { return type == torch::kFloat32 ? 1e-4 : 1e-11; }

}  // namespace

TEST_CASE("a convolution on a device and its derivatives are those of the host", "[learn][unit]") {
  auto const device = require_device();
  auto const edges = test::random_graph(300, 8), there = edges.to(device);
  for (auto const type : {torch::kFloat32, torch::kFloat64})
    for (std::string const kind : {"stencil", "learned", "isotropic"})
      for (std::string const radial : {"gaussian", "learned", "one"}) {
        INFO(kind << " " << radial << " " << c10::toString(type));
        learn::DirectionalConvolution layer(
            learn::DirectionalConvolutionConfig{6, 16, kind, 8, radial, 0.8});
        layer->initialise(3, 0);
        layer->to(type);
        auto const h = normals({300, 6}, 1, type), x = normals({300, 3}, 2, type);
        auto const here =
            all_of([&](std::vector<Tensor> const& in) { return layer(in[0], in[1], edges); },
                   {h, x}, torch::kCPU, layer->parameters());
        layer->to(device);
        auto const on_device =
            all_of([&](std::vector<Tensor> const& in) { return layer(in[0], in[1], there); },
                   {h, x}, device, layer->parameters());
        CHECK(largest_difference(here, on_device) < tolerance(type));
      }
}

TEST_CASE("sums over edges on a device: weights, features, matrices", "[learn][unit]") {
  auto const device = require_device();
  auto const edges = test::random_graph(200, 6), there = edges.to(device);
  for (auto const type : {torch::kFloat32, torch::kFloat64}) {
    std::vector<Tensor> const inputs = {normals({edges.edges(), 8}, 1, type),
                                        normals({200, 64}, 2, type), normals({512, 5}, 3, type)};
    auto const on = [](learn::GraphEdges const& graph) {
      return [graph](std::vector<Tensor> const& in) {
        return learn::aggregate_product(in[0], in[1], in[2], graph);
      };
    };
    CHECK(largest_difference(all_of(on(edges), inputs, torch::kCPU),
                             all_of(on(there), inputs, device)) < tolerance(type));
  }
}

TEST_CASE("blocks of nodes on a device: values and first derivatives", "[learn][unit]") {
  auto const device = require_device();
  // Stacks of 2^14 x 16 values either way: blocks of 256 nodes on a device, of 64 on the host.
  auto const edges = test::random_graph(300, 2), there = edges.to(device);
  std::vector<Tensor> const values = {normals({edges.edges(), 1 << 14}, 1), normals({300, 16}, 2),
                                      normals({1 << 18, 16}, 3)};
  auto const on = [&](learn::GraphEdges const& graph, torch::Device where) {
    auto const inputs = inputs_on(where, values);
    auto const sums = learn::aggregate_product(inputs[0], inputs[1], inputs[2], graph);
    auto all = torch::autograd::grad({sums.square().sum()}, inputs);
    all.push_back(sums.detach());
    return all;
  };
  CHECK(largest_difference(on(edges, torch::kCPU), on(there, device)) < tolerance(torch::kFloat64));
}

TEST_CASE("rows of edges on a device and their sums", "[learn][unit]") {
  auto const device = require_device();
  auto const edges = test::random_graph(200, 6), there = edges.to(device);
  for (auto const type : {torch::kFloat32, torch::kFloat64}) {
    auto const on = [](learn::GraphEdges const& graph) {
      return [graph](std::vector<Tensor> const& in) {
        auto const difference = learn::to_edges(in[0], graph, learn::EdgeEnd::node) -
                                learn::to_edges(in[0], graph, learn::EdgeEnd::source);
        return learn::sum_edges(difference.square(), graph);
      };
    };
    std::vector<Tensor> const inputs = {normals({200, 3, 2}, 1, type)};
    CHECK(largest_difference(all_of(on(edges), inputs, torch::kCPU),
                             all_of(on(there), inputs, device)) < tolerance(type));
  }
}

TEST_CASE("sums on a device have the same bits again", "[learn][unit]") {
  auto const device = require_device();
  auto const edges = test::random_graph(2000, 8).to(device);
  auto const weight = normals({edges.edges(), 8}, 1, torch::kFloat32).to(device);
  auto const feature = normals({2000, 64}, 2, torch::kFloat32).to(device);
  auto const first = learn::aggregate(weight, feature, edges);
  for (int again = 0; again < 3; ++again)
    CHECK(first.equal(learn::aggregate(weight, feature, edges)));
}
