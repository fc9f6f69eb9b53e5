// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/bridge/graph_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/graph/graph_file.hpp"
#include "shearwater/graph/halo_edges.hpp"

namespace shearwater::bridge {

namespace {

std::int64_t length(std::vector<std::string> const& names) {
  return static_cast<std::int64_t>(names.size());
}

/// Copies rows [first, first + count) of `width` values to the end of what is filled already.
template <class T>
class Filler {
 public:
  Filler(Batch& batch, char const* name, std::vector<T> const& from, std::int64_t width,
         std::vector<std::int64_t> extents)
      : from_(from), width_(width) {
    if (from.empty()) return;
    to_ = host_data<T>(
        batch.emplace(name, allocate(core::element_type<T>(), std::move(extents))).first->second);
  }
  void add(std::int64_t first, std::int64_t count) {
    if (to_ == nullptr) return;
    std::copy_n(from_.data() + first * width_, count * width_, to_);
    to_ += count * width_;
  }

 private:
  std::vector<T> const& from_;
  std::int64_t width_;
  T* to_ = nullptr;
};

ArrayRef integers(std::vector<std::int64_t> const& values) {
  auto array = allocate(ElementType::int64, {static_cast<std::int64_t>(values.size())});
  std::ranges::copy(values, host_data<std::int64_t>(array));
  return array;
}

/// Bytes of a node in memory.
double bytes_of_node(GraphShape const& shape) {
  auto const numbers = 3 + length(shape.scalar_names) + 3 * length(shape.axis_names) +
                       (shape.frames ? 9 : 0) + (shape.major ? 3 : 0) +
                       (shape.axis_ratios ? 2 : 0) + length(shape.value_names);
  return 8 + 4 * static_cast<double>(numbers);
}

/// Indices in an order that `seed` fixes: sorted by Philox keys of (seed, hold_out, index).
void shuffle(std::vector<std::int64_t>& indices, std::uint64_t seed) {
  auto const key = [seed](std::int64_t index) {
    auto const words =
        core::philox(seed, core::Purpose::hold_out, static_cast<std::uint64_t>(index), 0);
    return static_cast<std::uint64_t>(words[0]) << 32U | words[1];
  };
  std::ranges::stable_sort(indices, {}, key);
}

}  // namespace

Batch ExampleSource::pick(std::span<std::int64_t const> /*which*/) const {
  throw core::InternalError("ExampleSource::pick: the examples of this source have one size");
}

void GraphsConfig::describe(core::Fields& field) {
  field("file", file, "", "halo graphs (HDF5) to learn from, relative to this input").path();
  field("neighbours", neighbours, "", "nearest ones that a node hears from; 0: all of its halo")
      .between(0, 1024);
  field("held_out_boxes", held_out_boxes, "",
        "boxes that held-out graphs are drawn from; the rest of them is not used; []: from all")
      .at_least(0);
}

GraphFileFacts graph_file_facts(std::string const& path) {
  graph::GraphFileReader const reader(path);
  GraphFileFacts facts;
  facts.graphs = reader.graphs();
  facts.nodes = reader.nodes();
  auto& shape = facts.shape;
  shape.scalar_names = reader.scalar_names();
  shape.axis_names = reader.axis_names();
  shape.value_names = reader.value_names();
  shape.frames = reader.knows("frames");
  shape.major = reader.knows("major");
  shape.axis_ratios = reader.knows("axis_ratios");
  shape.nodes_per_graph = static_cast<double>(facts.nodes) / static_cast<double>(facts.graphs);
  facts.bytes_per_node = bytes_of_node(shape);
  return facts;
}

std::int64_t graph_count(Batch const& batch) { return batch.at("graph_begin").extents[0] - 1; }

void add_edges(Batch& batch, std::int64_t neighbours) {
  auto const& begin = batch.at("graph_begin");
  auto const& positions = batch.at("positions");
  auto const edges = graph::halo_edges(
      {host_data<std::int64_t>(begin), static_cast<std::size_t>(begin.size())},
      {host_data<float>(positions), static_cast<std::size_t>(positions.size())}, neighbours);
  batch["edge_begin"] = integers(edges.begin);
  batch["edge_node"] = integers(edges.node);
  batch["reverse_begin"] = integers(edges.reverse_begin);
  batch["reverse_edge"] = integers(edges.reverse_edge);
}

Batch graph_batch(graph::HaloGraphs const& graphs, std::span<std::int64_t const> which,
                  std::int64_t neighbours) {
  auto const first_of = [&](std::int64_t g) { return graphs.begin[static_cast<std::size_t>(g)]; };
  std::vector<std::int64_t> begin = {0}, row, host;
  for (auto const g : which) {
    if (!graphs.host.empty()) host.push_back(graphs.host[static_cast<std::size_t>(g)]);
    begin.push_back(begin.back() + first_of(g + 1) - first_of(g));
    for (auto node = first_of(g); node < first_of(g + 1); ++node) row.push_back(node);
  }
  auto const n = begin.back(), s = length(graphs.scalar_names), a = length(graphs.axis_names),
             v = length(graphs.value_names);
  Batch batch;
  batch["graph_begin"] = integers(begin);
  batch["row"] = integers(row);
  if (!graphs.host.empty()) batch["host"] = integers(host);
  Filler<std::int64_t> id(batch, "id", graphs.id, 1, {n});
  Filler<float> fillers[] = {{batch, "positions", graphs.position, 3, {n, 3}},
                             {batch, "scalars", graphs.scalars, s, {n, s}},
                             {batch, "axes", graphs.axes, 3 * a, {n, a, 3}},
                             {batch, "frames", graphs.frames, 9, {n, 3, 3}},
                             {batch, "major", graphs.major, 3, {n, 3}},
                             {batch, "axis_ratios", graphs.axis_ratios, 2, {n, 2}},
                             {batch, "values", graphs.values, v, {n, v}}};
  for (auto const g : which) {
    auto const count = first_of(g + 1) - first_of(g);
    id.add(first_of(g), count);
    for (auto& filler : fillers) filler.add(first_of(g), count);
  }
  if (graphs.id.empty()) batch["id"] = batch["row"];
  add_edges(batch, neighbours);
  return batch;
}

GraphSource::GraphSource(graph::HaloGraphs graphs, GraphsConfig const& config,
                         std::int64_t held_out, std::uint64_t seed)
    : graphs_(std::move(graphs)) {
  // Plain values are learned from the places of the nodes.
  if (graphs_.scalar_names.empty() && graphs_.axis_names.empty() && graphs_.value_names.empty())
    throw core::InputError(
        "the graphs hold neither scalars nor axes: there is nothing to learn from; write them "
        "with the inputs of the galaxies");
  shape_.neighbours = config.neighbours;
  set_order(config, held_out, seed);
  set_shape(held_out);
}

void GraphSource::set_order(GraphsConfig const& config, std::int64_t held_out, std::uint64_t seed) {
  std::vector<std::int64_t> candidates, others;
  auto const& boxes = config.held_out_boxes;
  for (auto const box : boxes)
    if (std::ranges::find(graphs_.box, box) == graphs_.box.end())
      throw core::InputError(fmt::format(
          "graphs.held_out_boxes names box {}, but no graph comes from it: name others", box));
  for (std::int64_t g = 0; g < graphs_.graphs(); ++g) {
    auto const at = static_cast<std::size_t>(g);
    if (graphs_.begin[at + 1] == graphs_.begin[at]) continue;
    bool const may = boxes.empty() || std::ranges::find(boxes, graphs_.box[at]) != boxes.end();
    (may ? candidates : others).push_back(g);
  }
  if (held_out > static_cast<std::int64_t>(candidates.size()))
    throw core::InputError(
        fmt::format("train.held_out = {}: only {} graphs can be held out; lower it{}", held_out,
                    candidates.size(), boxes.empty() ? "" : " or name more graphs.held_out_boxes"));
  shuffle(candidates, seed);
  order_.assign(candidates.begin(), candidates.begin() + held_out);
  if (boxes.empty()) {
    others.assign(candidates.begin() + held_out, candidates.end());
    std::ranges::sort(others);
  }
  auto const nodes = [this](std::int64_t g) {
    auto const at = static_cast<std::size_t>(g);
    return graphs_.begin[at + 1] - graphs_.begin[at];
  };
  std::ranges::stable_sort(others, std::greater<>{}, nodes);
  order_.insert(order_.end(), others.begin(), others.end());
}

void GraphSource::set_shape(std::int64_t held_out) {
  shape_.scalar_names = graphs_.scalar_names;
  shape_.axis_names = graphs_.axis_names;
  shape_.value_names = graphs_.value_names;
  shape_.frames = !graphs_.frames.empty();
  shape_.major = !graphs_.major.empty();
  shape_.axis_ratios = !graphs_.axis_ratios.empty();
  auto const s = graphs_.scalar_names.size();
  shape_.low.assign(s, std::numeric_limits<double>::infinity());
  shape_.high.assign(s, -std::numeric_limits<double>::infinity());
  std::int64_t nodes = 0;
  for (auto example = held_out; example < size(); ++example) {
    auto const g = static_cast<std::size_t>(graph_of(example));
    nodes += graphs_.begin[g + 1] - graphs_.begin[g];
    for (auto node = graphs_.begin[g]; node < graphs_.begin[g + 1]; ++node)
      for (std::size_t k = 0; k < s; ++k) {
        double const value = graphs_.scalars[static_cast<std::size_t>(node) * s + k];
        shape_.low[k] = std::min(shape_.low[k], value);
        shape_.high[k] = std::max(shape_.high[k], value);
      }
  }
  shape_.nodes_per_graph = static_cast<double>(nodes) /
                           static_cast<double>(std::max<std::int64_t>(1, size() - held_out));
  std::int64_t unseen = 0;
  for (std::int64_t example = 0; example < held_out; ++example) {
    auto const g = static_cast<std::size_t>(graph_of(example));
    unseen += graphs_.begin[g + 1] - graphs_.begin[g];
  }
  shape_.held_out_nodes =
      static_cast<double>(unseen) / static_cast<double>(std::max<std::int64_t>(1, held_out));
}

ExampleCost GraphSource::cost() const {
  return {0, bytes_of_node(shape_) * static_cast<double>(graphs_.nodes())};
}

Batch GraphSource::pick(std::span<std::int64_t const> which) const {
  std::vector<std::int64_t> rows;
  for (auto const example : which) {
    core::require(example >= 0 && example < size(), "GraphSource: no such example");
    rows.push_back(graph_of(example));
  }
  return graph_batch(graphs_, rows, shape_.neighbours);
}

Batch GraphSource::examples(std::uint64_t first, std::int64_t count) const {
  std::vector<std::int64_t> which(static_cast<std::size_t>(count));
  std::iota(which.begin(), which.end(), static_cast<std::int64_t>(first));
  return pick(which);
}

}  // namespace shearwater::bridge
