// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/graph/graph_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shearwater/core/error.hpp"

namespace shearwater::graph {

namespace {

/// A dataset of float32 for each node.
struct NodeData {
  char const* name;
  std::vector<float> HaloGraphs::*values;
  std::vector<std::string> HaloGraphs::*names;  ///< of the columns; null: their number is fixed
  io::Shape row;                                ///< behind nodes and names
  io::Meaning meaning;
};

std::vector<NodeData> node_data() {
  using G = HaloGraphs;
  return {{"/position", &G::position, nullptr, {3}, {"Mpc/h", "place from the graph's centre"}},
          {"/scalars", &G::scalars, &G::scalar_names, {}, {"1", "inputs: numbers of each node"}},
          {"/axes",
           &G::axes,
           &G::axis_names,
           {3},
           {"1", "inputs: headless unit vectors, n and -n mean the same"}},
          {"/frames",
           &G::frames,
           nullptr,
           {3, 3},
           {"1", "labels: headless unit vectors along the major, middle and minor axis"}},
          {"/major", &G::major, nullptr, {3}, {"1", "labels: headless unit vector, major axis"}},
          {"/axis_ratios", &G::axis_ratios, nullptr, {2}, {"1", "labels: b/a and c/a"}},
          {"/values", &G::values, &G::value_names, {}, {"1", "labels: plain numbers"}}};
}

io::Shape shape_of(NodeData const& data, HaloGraphs const& graphs, std::int64_t nodes) {
  auto shape = data.row;
  if (data.names) shape.insert(shape.begin(), std::ssize(graphs.*data.names));
  shape.insert(shape.begin(), nodes);
  return shape;
}

/// The names as one rank that has some knows them. Names are joined by what none holds.
std::vector<std::string> shared_names(parallel::Communicator const& comm,
                                      std::vector<std::string> const& mine) {
  std::string joined;
  for (auto const& name : mine) joined += name + '\n';
  auto const lengths = comm.all_gather<std::int64_t>(std::vector<std::int64_t>{std::ssize(joined)});
  auto const found = std::ranges::find_if(lengths, [](std::int64_t n) { return n > 0; });
  if (found == lengths.end()) return {};
  joined = [&] {
    std::vector<char> text(joined.begin(), joined.end());
    text.resize(static_cast<std::size_t>(*found));
    comm.broadcast<char>(text, static_cast<int>(found - lengths.begin()));
    return std::string(text.begin(), text.end());
  }();
  std::vector<std::string> names;
  for (std::size_t at = 0; at < joined.size();) {
    auto const end = joined.find('\n', at);
    names.push_back(joined.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

/// Gives ranks without nodes the names, and refuses ranks whose nodes know other things.
HaloGraphs names_of(parallel::Communicator const& comm, HaloGraphs const& mine) {
  HaloGraphs agreed;
  for (auto const& data : node_data())
    if (data.names) agreed.*data.names = shared_names(comm, mine.*data.names);
  comm.together([&] {
    for (auto const& data : node_data())
      core::require(!data.names || mine.nodes() == 0 || mine.*data.names == agreed.*data.names,
                    fmt::format("ranks name the columns of {} differently", data.name));
  });
  for (auto const& data : node_data()) {
    bool const known = comm.any(!(mine.*data.values).empty());
    bool const missing = comm.any(mine.nodes() > 0 && (mine.*data.values).empty());
    core::require(!known || !missing, fmt::format("only some of the ranks know {}", data.name));
  }
  return agreed;
}

struct Place {
  std::int64_t first = 0, total = 0;
};
Place place_of(parallel::Communicator const& comm, std::int64_t mine) {
  auto const counts = comm.all_gather(std::span<std::int64_t const>(&mine, 1));
  Place place;
  for (int rank = 0; rank < comm.size(); ++rank) {
    if (rank == comm.rank()) place.first = place.total;
    place.total += counts[static_cast<std::size_t>(rank)];
  }
  return place;
}

void write_index(io::OutputFile& file, HaloGraphs const& mine, Place graphs, Place nodes) {
  std::vector<std::int64_t> begin(mine.begin.begin(), mine.begin.end() - 1);
  if (file.comm().rank() + 1 == file.comm().size()) begin.push_back(mine.nodes());
  for (auto& b : begin) b += nodes.first;
  file.put<std::int64_t>("/begin", {graphs.total + 1}, graphs.first, begin,
                         {"1", "first node of each graph; the last is the number of nodes"});
  file.put<std::int64_t>("/host", {graphs.total}, graphs.first, mine.host,
                         {"1", "id of the halo; the class of a picture"});
  file.put<std::int32_t>("/box", {graphs.total}, graphs.first, mine.box,
                         {"1", "which box the graph came from, for holding out by box"});
  file.put<std::int64_t>("/id", {nodes.total}, nodes.first, mine.id, {"1", "of the galaxy"});
}

}  // namespace

void write_graphs(parallel::Communicator const& comm, std::string const& path,
                  HaloGraphs const& mine, core::Provenance const& provenance,
                  io::Existing existing) {
  comm.together([&] { check_graphs(mine, path); });
  auto const names = names_of(comm, mine);
  auto const graphs = place_of(comm, mine.graphs());
  auto const nodes = place_of(comm, mine.nodes());
  if (graphs.total == 0)
    throw core::InputError(fmt::format("{}: there is no graph to write", path));
  io::OutputOptions options;
  options.existing = existing;
  options.expected_bytes = 20 * graphs.total + 8 * nodes.total;
  for (auto const& data : node_data())
    if (comm.any(!(mine.*data.values).empty()))
      options.expected_bytes += 4 * io::element_count(shape_of(data, names, nodes.total));
  io::OutputFile file(comm, path, "halo_graphs", provenance, options);
  write_index(file, mine, graphs, nodes);
  for (auto const& data : node_data()) {
    if (!comm.any(!(mine.*data.values).empty())) continue;
    file.put<float>(data.name, shape_of(data, names, nodes.total), nodes.first, mine.*data.values,
                    data.meaning);
    if (data.names) file.attribute(data.name, "names", names.*data.names);
  }
  file.commit();
}

namespace {

void check_dataset(io::InputFile const& file, std::string const& name, io::ElementType type,
                   io::Shape const& shape, std::string const& unit) {
  file.check_shape(name, shape);
  file.check_unit(name, unit);
  auto const found = file.info(name).type;
  if (found != type)
    throw core::InputError(fmt::format("{}: dataset '{}' holds {}, but {} is needed", file.path(),
                                       name, io::type_name(found), io::type_name(type)));
}

std::vector<std::int64_t> read_begin(io::InputFile const& file) {
  file.check_schema("halo_graphs");
  check_dataset(file, "/begin", io::ElementType::int64, {-1}, "1");
  auto begin = file.values<std::int64_t>("/begin");
  if (begin.empty() || begin.front() != 0)
    throw core::InputError(fmt::format("{}: /begin does not start from node 0", file.path()));
  auto const falls = std::ranges::is_sorted_until(begin);
  if (falls != begin.end())
    throw core::InputError(
        fmt::format("{}: /begin falls at graph {} (to {}): the file is damaged, make it again",
                    file.path(), falls - begin.begin(), *falls));
  return begin;
}

}  // namespace

GraphFileReader::GraphFileReader(std::string const& path) : file_(path), begin_(read_begin(file_)) {
  using io::ElementType;
  check_dataset(file_, "/host", ElementType::int64, {graphs()}, "1");
  check_dataset(file_, "/box", ElementType::int32, {graphs()}, "1");
  check_dataset(file_, "/id", ElementType::int64, {nodes()}, "1");
  HaloGraphs names;
  for (auto const& data : node_data()) {
    if (!file_.contains(data.name)) continue;
    if (data.names) names.*data.names = file_.texts(data.name, "names");
    check_dataset(file_, data.name, ElementType::float32, shape_of(data, names, nodes()),
                  data.meaning.unit);
  }
  if (!knows("position")) throw core::InputError(path + ": holds no /position");
  scalar_names_ = names.scalar_names;
  axis_names_ = names.axis_names;
  value_names_ = names.value_names;
}

std::vector<std::int32_t> GraphFileReader::boxes() const {
  return file_.values<std::int32_t>("/box");
}

HaloGraphs GraphFileReader::read(std::int64_t first, std::int64_t count) const {
  if (first < 0 || count < 0 || first > graphs() - count)
    throw core::InputError(fmt::format("{}: holds {} graphs, not graphs {} to {}", file_.path(),
                                       graphs(), first, first + count));
  auto const from = begin_.begin() + first;
  HaloGraphs result;
  result.begin.assign(from, from + count + 1);
  auto const node = result.begin.front(), nodes = result.begin.back() - node;
  for (auto& b : result.begin) b -= node;
  result.host = file_.rows<std::int64_t>("/host", first, count);
  result.box = file_.rows<std::int32_t>("/box", first, count);
  result.id = file_.rows<std::int64_t>("/id", node, nodes);
  result.scalar_names = scalar_names_;
  result.axis_names = axis_names_;
  result.value_names = value_names_;
  for (auto const& data : node_data())
    if (file_.contains(data.name)) result.*data.values = file_.rows<float>(data.name, node, nodes);
  check_graphs(result, file_.path(), first, node);
  return result;
}

HaloGraphs read_graphs(std::string const& path, std::int64_t first, std::int64_t count) {
  GraphFileReader const file(path);
  return file.read(first, count < 0 ? std::max<std::int64_t>(0, file.graphs() - first) : count);
}

}  // namespace shearwater::graph
