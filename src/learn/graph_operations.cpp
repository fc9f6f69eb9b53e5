// SPDX-License-Identifier: BSD-3-Clause
#include "graph_operations.hpp"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <string>

#include "shearwater/bridge/graph_aggregation.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

std::int64_t const* integers(torch::Tensor const& values) {
  return values.const_data_ptr<std::int64_t>();
}

void check_edges(torch::Tensor const& begin, torch::Tensor const& node, std::int64_t far_nodes) {
  auto const nodes = begin.numel() - 1, edges = node.numel();
  auto const* b = integers(begin);
  bool rises = nodes >= 0 && b[0] == 0 && b[nodes] == edges;
  for (std::int64_t i = 0; rises && i < nodes; ++i) rises = b[i] <= b[i + 1];
  if (!rises)
    throw core::InputError("a graph of " + std::to_string(nodes) +
                           " nodes: edge_begin must rise from 0 to the number of edges, " +
                           std::to_string(edges));
  auto const* to = integers(node);
  for (std::int64_t e = 0; e < edges; ++e)
    if (to[e] < 0 || to[e] >= far_nodes)
      throw core::InputError("edge " + std::to_string(e) + " leads to node " +
                             std::to_string(to[e]) + ": it must be one of 0 to " +
                             std::to_string(far_nodes - 1));
}

using Context = torch::autograd::AutogradContext;
using Tensors = torch::autograd::variable_list;

/// Edges seen from the nodes that they start at, or from those that they lead to.
enum class Way { along, against };
Way other(Way way) { return way == Way::along ? Way::against : Way::along; }

/// Number of nodes at the near end.
std::int64_t near_nodes(GraphEdges const& edges, Way way) {
  return way == Way::along ? edges.nodes() : edges.far_nodes();
}

/// Features (or stacks) of the far end need a row for each of its nodes.
void check_rows(torch::Tensor const& far, GraphEdges const& edges, Way way) {
  core::require(far.size(0) == near_nodes(edges, other(way)),
                "sums over edges: the rows are not the nodes that the edges lead to");
}

bridge::EdgeLists lists_of(GraphEdges const& edges, Way way) {
  if (way == Way::along) return {array_of(edges.begin), {}, array_of(edges.node)};
  return {array_of(edges.reverse_begin), array_of(edges.reverse_edge), array_of(edges.source)};
}

void keep(Context* context, Tensors inputs, GraphEdges const& edges, Way way) {
  for (auto const* list :
       {&edges.begin, &edges.node, &edges.reverse_begin, &edges.reverse_edge, &edges.source})
    inputs.push_back(*list);
  context->save_for_backward(std::move(inputs));
  context->saved_data["against"] = way == Way::against;
}

/// What keep() kept.
struct Kept {
  Tensors inputs;
  GraphEdges edges;
  Way way;
  explicit Kept(Context* context) : inputs(context->get_saved_variables()) {
    auto const* list = inputs.data() + inputs.size() - 5;
    edges = {list[0], list[1], list[2], list[3], list[4]};
    way = context->saved_data["against"].toBool() ? Way::against : Way::along;
  }
};

/// The lists of nodes [first, first + count) at the near end.
bridge::EdgeLists lists_of(GraphEdges const& edges, Way way, std::int64_t first,
                           std::int64_t count) {
  auto lists = lists_of(edges, way);
  lists.begin = bridge::rows(lists.begin, first, count + 1);
  return lists;
}

torch::Tensor sums(torch::Tensor const& weight, torch::Tensor const& feature,
                   GraphEdges const& edges, Way way) {
  check_rows(feature, edges, way);
  auto const w = weight.contiguous(), h = feature.contiguous();
  auto out = at::empty({near_nodes(edges, way), w.size(1), h.size(1)}, h.options());
  bridge::sum_neighbours(lists_of(edges, way), array_of(w), array_of(h), array_of(out));
  return out;
}

// The three sums that follow are bilinear, and each one's derivatives are the two others.

/// out[i, m, :] = sum over edges e of i of weight[e, m] feature[far[e], :].
struct Sum : torch::autograd::Function<Sum> {
  static torch::Tensor forward(Context* context, torch::Tensor const& weight,
                               torch::Tensor const& feature, GraphEdges const& edges, Way way) {
    keep(context, {weight, feature}, edges, way);
    return sums(weight, feature, edges, way);
  }
  static Tensors backward(Context* context, Tensors const& gradients);
};

/// out[i, :] = sum over edges e of i and m of weight[e, m] stack[far[e], m, :].
struct Collect : torch::autograd::Function<Collect> {
  static torch::Tensor forward(Context* context, torch::Tensor const& weight,
                               torch::Tensor const& stack, GraphEdges const& edges, Way way) {
    keep(context, {weight, stack}, edges, way);
    check_rows(stack, edges, way);
    auto const w = weight.contiguous(), g = stack.contiguous();
    auto out = at::empty({near_nodes(edges, way), g.size(2)}, g.options());
    bridge::collect_neighbours(lists_of(edges, way), array_of(w), array_of(g), array_of(out));
    return out;
  }
  static Tensors backward(Context* context, Tensors const& gradients);
};

/// out[e, m] = stack[i, m, :] . feature[far[e], :] for the edges e of i.
struct Products : torch::autograd::Function<Products> {
  static torch::Tensor forward(Context* context, torch::Tensor const& stack,
                               torch::Tensor const& feature, GraphEdges const& edges, Way way) {
    keep(context, {stack, feature}, edges, way);
    check_rows(feature, edges, way);
    auto const g = stack.contiguous(), h = feature.contiguous();
    auto out = at::empty({edges.edges(), g.size(1)}, g.options());
    bridge::edge_products(lists_of(edges, way), array_of(g), array_of(h), array_of(out));
    return out;
  }
  static Tensors backward(Context* context, Tensors const& gradients);
};

Tensors Sum::backward(Context* context, Tensors const& gradients) {
  Kept const kept(context);
  auto const &weight = kept.inputs[0], &feature = kept.inputs[1], &g = gradients[0];
  Tensors result(4);
  if (context->needs_input_grad(0)) result[0] = Products::apply(g, feature, kept.edges, kept.way);
  if (context->needs_input_grad(1))
    result[1] = Collect::apply(weight, g, kept.edges, other(kept.way));
  return result;
}

Tensors Collect::backward(Context* context, Tensors const& gradients) {
  Kept const kept(context);
  auto const &weight = kept.inputs[0], &stack = kept.inputs[1], &g = gradients[0];
  auto const way = other(kept.way);
  Tensors result(4);
  if (context->needs_input_grad(0)) result[0] = Products::apply(stack, g, kept.edges, way);
  if (context->needs_input_grad(1)) result[1] = Sum::apply(weight, g, kept.edges, way);
  return result;
}

Tensors Products::backward(Context* context, Tensors const& gradients) {
  Kept const kept(context);
  auto const &stack = kept.inputs[0], &feature = kept.inputs[1], &g = gradients[0];
  Tensors result(4);
  if (context->needs_input_grad(0)) result[0] = Sum::apply(g, feature, kept.edges, kept.way);
  if (context->needs_input_grad(1))
    result[1] = Collect::apply(g, stack, kept.edges, other(kept.way));
  return result;
}

/// Calls `work` with (first, count) for blocks of nodes whose stacks (count, M, F) stay in cache
/// between a sum and a product. A device gets enough nodes at once to be busy.
template <class Work>
void in_blocks(std::int64_t nodes, std::int64_t width, torch::Device device, Work const& work) {
  std::int64_t const stack_values = std::int64_t{1} << (device.is_cpu() ? 19 : 26);
  auto const block = std::max<std::int64_t>(64, stack_values / std::max<std::int64_t>(1, width));
  for (std::int64_t first = 0; first < nodes; first += block)
    work(first, std::min(block, nodes - first));
}

/// Sum times a matrix (M F, O). Its derivative with respect to `feature` is of its own form,
/// against the edges and with the blocks of the matrix transposed: sums of O values an edge are
/// gathered there, not of M F.
struct SumProduct : torch::autograd::Function<SumProduct> {
  static torch::Tensor forward(Context* context, torch::Tensor const& weight,
                               torch::Tensor const& feature, torch::Tensor const& matrix,
                               GraphEdges const& edges, Way way);
  static Tensors backward(Context* context, Tensors const& gradients);
};

torch::Tensor SumProduct::forward(Context* context, torch::Tensor const& weight,
                                  torch::Tensor const& feature, torch::Tensor const& matrix,
                                  GraphEdges const& edges, Way way) {
  keep(context, {weight, feature, matrix}, edges, way);
  check_rows(feature, edges, way);
  auto const near = near_nodes(edges, way);
  auto const w = weight.contiguous(), h = feature.contiguous();
  auto out = at::empty({near, matrix.size(1)}, h.options());
  torch::Tensor buffer;
  in_blocks(near, matrix.size(0), h.device(), [&](std::int64_t first, std::int64_t count) {
    if (!buffer.defined()) buffer = at::empty({count, w.size(1), h.size(1)}, h.options());
    auto const stack = buffer.narrow(0, 0, count);
    bridge::sum_neighbours(lists_of(edges, way, first, count), array_of(w), array_of(h),
                           array_of(stack));
    auto part = out.narrow(0, first, count);
    at::mm_out(part, stack.flatten(1), matrix);
  });
  return out;
}

/// Derivatives of SumProduct that nothing differentiates again.
struct LastDerivatives {
  Kept const& kept;
  torch::Tensor weight = kept.inputs[0].contiguous(), feature = kept.inputs[1].contiguous(),
                matrix = kept.inputs[2];
  torch::Tensor g;  // (N, O)

  torch::Tensor by_weight() const {
    auto out = at::empty_like(weight);
    auto const m = weight.size(1), f = feature.size(1);
    in_blocks(g.size(0), m * f, g.device(), [&](std::int64_t first, std::int64_t count) {
      auto const stack = g.narrow(0, first, count).mm(matrix.t()).view({count, m, f});
      bridge::edge_products(lists_of(kept.edges, kept.way, first, count), array_of(stack),
                            array_of(feature), array_of(out));
    });
    return out;
  }

  /// By the features where `turned` (M O, F) is defined, and by the matrix.
  std::array<torch::Tensor, 2> by_others(torch::Tensor const& turned) const {
    auto const m = weight.size(1), f = feature.size(1), o = g.size(1);
    auto by_feature = turned.defined() ? at::empty_like(feature) : torch::Tensor();
    auto by_matrix = at::zeros({f, m * o}, g.options());
    torch::Tensor buffer;
    in_blocks(feature.size(0), m * o, g.device(), [&](std::int64_t first, std::int64_t count) {
      if (!buffer.defined()) buffer = at::empty({count, m, o}, g.options());
      auto const stack = buffer.narrow(0, 0, count);
      bridge::sum_neighbours(lists_of(kept.edges, other(kept.way), first, count), array_of(weight),
                             array_of(g), array_of(stack));
      by_matrix.addmm_(feature.narrow(0, first, count).t(), stack.flatten(1));
      if (!turned.defined()) return;
      auto part = by_feature.narrow(0, first, count);
      at::mm_out(part, stack.flatten(1), turned);
    });
    return {by_feature, by_matrix.view({f, m, o}).transpose(0, 1).reshape({m * f, o})};
  }
};

Tensors SumProduct::backward(Context* context, Tensors const& gradients) {
  Kept const kept(context);
  auto const &weight = kept.inputs[0], &feature = kept.inputs[1], &matrix = kept.inputs[2];
  auto const g = gradients[0].contiguous();
  auto const way = other(kept.way);
  auto const m = weight.size(1), f = feature.size(1), o = matrix.size(1);
  bool const by_weight = context->needs_input_grad(0), by_feature = context->needs_input_grad(1),
             by_matrix = context->needs_input_grad(2);
  torch::Tensor turned;
  if (by_feature) turned = matrix.view({m, f, o}).transpose(1, 2).reshape({m * o, f});
  Tensors result(5);
  if (by_feature && !by_matrix) result[1] = SumProduct::apply(weight, g, turned, kept.edges, way);
  if (!at::GradMode::is_enabled()) {
    LastDerivatives const last{.kept = kept, .g = g};
    if (by_weight) result[0] = last.by_weight();
    if (!by_matrix) return result;
    auto const [features, matrices] = last.by_others(turned);
    if (by_feature) result[1] = features;
    result[2] = matrices;
    return result;
  }
  if (by_weight)
    result[0] = Products::apply(g.mm(matrix.t()).view({-1, m, f}), feature, kept.edges, kept.way);
  if (!by_matrix) return result;
  auto const arrived = Sum::apply(weight, g, kept.edges, way).flatten(1);  // (N, M O)
  result[2] = feature.t().mm(arrived).view({f, m, o}).transpose(0, 1).reshape({m * f, o});
  if (by_feature) result[1] = arrived.mm(turned);
  return result;
}

struct DirectionWeights : torch::autograd::Function<DirectionWeights> {
  static torch::Tensor forward(Context* context, torch::Tensor const& unit,
                               torch::Tensor const& strength, torch::Tensor const& directions) {
    auto const r = unit.contiguous(), s = strength.contiguous(), u = directions.contiguous();
    context->save_for_backward({unit, strength, directions});
    auto out = at::empty({r.size(0), u.size(0)}, r.options());
    bridge::direction_weights(array_of(r), array_of(s), array_of(u), array_of(out));
    return out;
  }
  static Tensors backward(Context* context, Tensors const& gradients) {
    auto const kept = context->get_saved_variables();
    auto const &unit = kept[0], &strength = kept[1], &directions = kept[2];
    torch::Tensor score, sum;
    if (at::GradMode::is_enabled()) {
      // Will be differentiated again.
      auto const q = at::softmax(unit.mm(directions.t()), 1);
      sum = (q * gradients[0]).sum(1, true);
      score = strength * q * (gradients[0] - sum);
    } else {
      auto const r = unit.contiguous(), s = strength.contiguous(), u = directions.contiguous(),
                 g = gradients[0].contiguous();
      score = at::empty_like(g);
      sum = at::empty_like(s);
      bridge::direction_derivatives(array_of(r), array_of(s), array_of(u), array_of(g),
                                    array_of(score), array_of(sum));
    }
    Tensors result(3);
    if (context->needs_input_grad(0)) result[0] = score.mm(directions);
    if (context->needs_input_grad(1)) result[1] = sum;
    if (context->needs_input_grad(2)) result[2] = score.t().mm(unit);
    return result;
  }
};

}  // namespace

bridge::ArrayRef array_of(torch::Tensor const& values) {
  core::require(values.is_contiguous(), "kernels see contiguous tensors");
  auto const type = values.scalar_type();
  auto const shape = values.sizes().vec();
  auto array = type == torch::kFloat64 ? bridge::array_ref(values.data_ptr<double>(), shape)
               : type == torch::kInt64 ? bridge::array_ref(values.data_ptr<std::int64_t>(), shape)
                                       : bridge::array_ref(values.data_ptr<float>(), shape);
  if (values.is_cpu()) return array;
  auto const device = values.device();
  core::require(device.is_cuda(), "kernels see tensors on the host or on a CUDA device");
  c10::impl::VirtualGuardImpl const guard(device.type());
  array.device = {bridge::DeviceKind::cuda, device.index()};
  array.stream = guard.getStreamNativeHandle(guard.getStream(device));
  return array;
}

GraphEdges GraphEdges::to(torch::Device device) const {
  return {begin.to(device), node.to(device), reverse_begin.to(device), reverse_edge.to(device),
          source.to(device)};
}

GraphEdges make_graph_edges(torch::Tensor const& begin, torch::Tensor const& node) {
  return make_graph_edges(begin, node, begin.numel() - 1);
}

GraphEdges make_graph_edges(torch::Tensor const& begin, torch::Tensor const& node,
                            std::int64_t far_nodes) {
  core::require(begin.is_cpu() && node.is_cpu(), "graphs are made on the host");
  check_edges(begin, node, far_nodes);
  GraphEdges edges{begin.contiguous(), node.contiguous(), at::zeros({far_nodes + 1}, torch::kInt64),
                   at::empty_like(node), at::empty_like(node)};
  auto const n = edges.nodes();
  auto const *first = integers(edges.begin), *to = integers(edges.node);
  auto* start = edges.reverse_begin.data_ptr<std::int64_t>();
  auto* source = edges.source.data_ptr<std::int64_t>();
  auto* reverse = edges.reverse_edge.data_ptr<std::int64_t>();
  for (std::int64_t e = 0; e < edges.edges(); ++e) ++start[to[e] + 1];
  for (std::int64_t i = 0; i < far_nodes; ++i) start[i + 1] += start[i];
  auto next = edges.reverse_begin.clone();
  auto* place = next.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < n; ++i)
    for (auto e = first[i]; e < first[i + 1]; ++e) {
      source[e] = i;
      reverse[place[to[e]]++] = e;
    }
  return edges;
}

torch::Tensor aggregate(torch::Tensor const& weight, torch::Tensor const& feature,
                        GraphEdges const& edges) {
  return Sum::apply(weight, feature, edges, Way::along);
}

torch::Tensor aggregate_product(torch::Tensor const& weight, torch::Tensor const& feature,
                                torch::Tensor const& matrix, GraphEdges const& edges) {
  return SumProduct::apply(weight, feature, matrix, edges, Way::along);
}

torch::Tensor direction_weights(torch::Tensor const& unit, torch::Tensor const& strength,
                                torch::Tensor const& directions) {
  return DirectionWeights::apply(unit, strength, directions);
}

}  // namespace shearwater::learn
