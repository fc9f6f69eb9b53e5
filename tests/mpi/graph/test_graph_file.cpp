// SPDX-License-Identifier: BSD-3-Clause
// Files of graphs: the same content on 1 to 4 ranks, read back as written, and refused when wrong.
#include <algorithm>
#include <limits>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/graph/graph_file.hpp"
#include "support.hpp"

using namespace shearwater;
using graph::HaloGraphs;

namespace {

/// Graphs [first, first + count), graph g of g % 4 nodes; all from the global indices alone.
HaloGraphs make_graphs(std::int64_t first, std::int64_t count, bool frames) {
  HaloGraphs graphs;
  graphs.scalar_names = {"log10_mass", "central"};
  graphs.axis_names = {"host_major"};
  for (auto g = first; g < first + count; ++g) {
    for (std::int64_t n = 0; n < g % 4; ++n) {
      auto const x = static_cast<float>(g + n);
      graphs.id.push_back(100 * g + n);
      graphs.position.insert(graphs.position.end(), {x, -x, 0.5F});
      graphs.scalars.insert(graphs.scalars.end(), {10 + 0.125F * x, n == 0 ? 1.0F : 0.0F});
      graphs.axes.insert(graphs.axes.end(), {0, 0.6F, -0.8F});
      if (frames)
        graphs.frames.insert(graphs.frames.end(), {1, 0, 0, 0, 0.6F, 0.8F, 0, -0.8F, 0.6F});
      else
        graphs.major.insert(graphs.major.end(), {0.8F, 0, 0.6F});
      if (frames) graphs.axis_ratios.insert(graphs.axis_ratios.end(), {0.75F, 0.5F});
    }
    graphs.begin.push_back(std::ssize(graphs.id));
    graphs.host.push_back(1000 - g);
    graphs.box.push_back(static_cast<std::int32_t>(g / 5));
    // Where frames are known, so are places.
    auto const x = static_cast<double>(g);
    if (frames) graphs.centre.insert(graphs.centre.end(), {x, 1 + x, 0.25});
  }
  if (frames) graphs.box_sides = {20, 30, 40};
  return graphs;
}

bool same(HaloGraphs const& a, HaloGraphs const& b) {
  return a.begin == b.begin && a.host == b.host && a.box == b.box && a.id == b.id &&
         a.centre == b.centre && a.box_sides == b.box_sides && a.position == b.position &&
         a.scalar_names == b.scalar_names && a.scalars == b.scalars &&
         a.axis_names == b.axis_names && a.axes == b.axes && a.frames == b.frames &&
         a.major == b.major && a.axis_ratios == b.axis_ratios && a.value_names == b.value_names &&
         a.values == b.values;
}

void write_shares(parallel::Communicator const& comm, std::string const& path, std::int64_t total,
                  bool frames) {
  auto const share = parallel::share_of(total, comm.rank(), comm.size());
  auto mine = make_graphs(share.first, share.count, frames);
  if (share.count == 0) mine = HaloGraphs();  // knows no names either
  graph::write_graphs(comm, path, mine, core::make_provenance("graph", "", comm.size()));
}

/// One graph of three nodes changed by `change`, written on all ranks; the error's text.
template <class Change>
std::string refusal(Change change) {
  auto graphs = make_graphs(3, 1, true);
  change(graphs);
  try {
    graph::check_graphs(graphs, "file");
  } catch (core::InputError const& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("graphs written by any number of ranks have one digest and read back", "[graph][mpi]") {
  auto const& world = test::world();
  test::ScratchFolder const folder;
  bool const frames = GENERATE(true, false);
  std::int64_t const total = GENERATE(2, 11);
  write_shares(world, folder.file("all.hdf5"), total, frames);
  write_shares(parallel::Communicator::alone(),
               folder.file("alone" + std::to_string(world.rank()) + ".hdf5"), total, frames);
  CHECK(io::digest(folder.file("all.hdf5")) ==
        io::digest(folder.file("alone" + std::to_string(world.rank()) + ".hdf5")));
  CHECK(same(graph::read_graphs(folder.file("all.hdf5")), make_graphs(0, total, frames)));

  graph::GraphFileReader const reader(folder.file("all.hdf5"));
  CHECK(reader.graphs() == total);
  CHECK(reader.knows("frames") == frames);
  CHECK(reader.scalar_names() == std::vector<std::string>{"log10_mass", "central"});
  CHECK(reader.boxes() == make_graphs(0, total, frames).box);
  for (std::int64_t first = 0; first < total; ++first)
    CHECK(same(reader.read(first, 1), make_graphs(first, 1, frames)));
  CHECK_THROWS_WITH(reader.read(total, 1), ContainsSubstring("holds"));
  world.barrier();
}

TEST_CASE("what cannot be written is refused on every rank", "[graph][mpi]") {
  auto const& world = test::world();
  test::ScratchFolder const folder;
  auto const facts = core::make_provenance("graph", "", world.size());
  CHECK_THROWS_WITH(graph::write_graphs(world, folder.file("none.hdf5"), HaloGraphs(), facts),
                    ContainsSubstring("no graph"));
  auto wrong = make_graphs(0, 4, true);
  if (world.rank() == world.size() - 1) wrong.axes[2] = 0;
  CHECK_THROWS_WITH(graph::write_graphs(world, folder.file("axes.hdf5"), wrong, facts),
                    ContainsSubstring("not 1"));
  CHECK(!std::filesystem::exists(folder.file("axes.hdf5")));
  if (world.size() > 1)
    CHECK_THROWS_WITH(graph::write_graphs(world, folder.file("some.hdf5"),
                                          make_graphs(0, 4, world.is_root()), facts),
                      ContainsSubstring("only some of the ranks"));
}

TEST_CASE("wrong graphs are refused with node, value and remedy", "[graph][mpi]") {
  CHECK(refusal([](HaloGraphs&) {}) == "accepted");
  auto const nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_THAT(refusal([&](HaloGraphs& g) { g.position[4] = nan; }),
             ContainsSubstring("node 1 (graph 0)") && ContainsSubstring("nan"));
  CHECK_THAT(refusal([&](HaloGraphs& g) { g.scalars[5] = nan; }), ContainsSubstring("node 2"));
  CHECK_THAT(refusal([](HaloGraphs& g) { g.axes[0] = 0.5F; }), ContainsSubstring("not 1"));
  CHECK_THAT(refusal([](HaloGraphs& g) { g.centre[1] = 20.5; }),
             ContainsSubstring("outside of its box"));
  CHECK_THAT(refusal([](HaloGraphs& g) { g.box[0] = 3; }), ContainsSubstring("3 sides"));
  CHECK_THAT(refusal([](HaloGraphs& g) { g.position[7] = -20.5; }),
             ContainsSubstring("node 2 (graph 0)") &&
                 ContainsSubstring("-20.5 Mpc/h from the graph's centre, but 20"));
  auto const unboxed = [](float position) {
    return refusal([&](HaloGraphs& g) {
      g.centre.clear();
      g.position[3] = position;
    });
  };
  CHECK_THAT(unboxed(1e30F), ContainsSubstring("but 100000 is the most accepted"));
  CHECK(unboxed(-500) == "accepted");
  CHECK_THAT(refusal([](HaloGraphs& g) {
               g.frames[4] = 1;
               g.frames[5] = 0;
             }),
             ContainsSubstring("right angles"));
  CHECK_THAT(refusal([](HaloGraphs& g) { g.axis_ratios[1] = 0.8F; }), ContainsSubstring("c/a"));
  CHECK_THAT(refusal([](HaloGraphs& g) { g.axis_ratios[1] = 0; }), ContainsSubstring("> 0"));
  CHECK_THAT(refusal([](HaloGraphs& g) { g.id.pop_back(); }), ContainsSubstring("2 numbers of id"));
  CHECK_THAT(refusal([](HaloGraphs& g) { g.begin = {0, 4, 3}; }), ContainsSubstring("rise"));
}

TEST_CASE("files that are not of graphs, or damaged ones, are refused", "[graph][mpi]") {
  test::ScratchFolder const folder;
  auto const& world = test::world();
  auto const facts = core::make_provenance("graph", "", world.size());
  auto const write = [&](std::string const& name, std::string const& schema,
                         std::vector<std::int64_t> const& begin, std::string const& unit) {
    io::OutputFile file(world, folder.file(name), schema, facts);
    std::vector<std::int64_t> const ids{1, 2, 3};
    std::vector<float> const position(9, 0.5F);
    file.put_from_root<std::int64_t>("/begin", {std::ssize(begin)}, begin, {"1", "test"});
    file.put_from_root<std::int64_t>("/host", {2}, std::span(ids).first(2), {"1", "test"});
    file.put_from_root<std::int32_t>("/box", {2}, std::vector<std::int32_t>{0, 0}, {"1", "test"});
    file.put_from_root<std::int64_t>("/id", {3}, ids, {"1", "test"});
    file.put_from_root<float>("/position", {3, 3}, position, {unit, "test"});
    file.commit();
  };
  write("good.hdf5", "halo_graphs", {0, 1, 3}, "Mpc/h");
  CHECK(graph::read_graphs(folder.file("good.hdf5")).nodes() == 3);
  write("maps.hdf5", "maps", {0, 1, 3}, "Mpc/h");
  CHECK_THROWS_AS(graph::GraphFileReader(folder.file("maps.hdf5")), core::InputError);
  write("falls.hdf5", "halo_graphs", {0, 4, 3}, "Mpc/h");
  CHECK_THROWS_WITH(graph::GraphFileReader(folder.file("falls.hdf5")),
                    ContainsSubstring("falls at graph 2"));
  write("unit.hdf5", "halo_graphs", {0, 1, 3}, "kpc/h");
  CHECK_THROWS_AS(graph::GraphFileReader(folder.file("unit.hdf5")), core::InputError);
  write("count.hdf5", "halo_graphs", {0, 1, 2}, "Mpc/h");
  CHECK_THROWS_AS(graph::GraphFileReader(folder.file("count.hdf5")), core::InputError);
  world.barrier();
}
