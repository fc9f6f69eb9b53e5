// SPDX-License-Identifier: BSD-3-Clause
// Graphs of galaxies that are dealt out over ranks: those of one rank, and what becomes of bad
// rows.
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/graph/galaxy_graphs.hpp"
#include "shearwater/graph/graph_file.hpp"
#include "shearwater/io/galaxy_file.hpp"
#include "shearwater/io/group_file.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

constexpr double period = 40;

/// Halo `host` of a box: as many galaxies as host % 7, ids that fall, the central one in the
/// middle.
struct Galaxy {
  std::int64_t id, host;
  bool central;
  double x[3], axes[9], mass;
};

std::vector<Galaxy> galaxies_of(std::int64_t host) {
  std::vector<Galaxy> all;
  core::Stream halo(1, core::Purpose::observation, static_cast<std::uint64_t>(host));
  double centre[3];
  for (double& x : centre) x = period * halo.uniform();
  for (std::int64_t i = 0; i < host % 7; ++i) {
    Galaxy g{100000 - (10 * host + i),   host, i == host % 7 / 2, {}, {},
             1e11 * (1 + halo.uniform())};
    for (int a = 0; a < 3; ++a)
      g.x[a] = std::fmod(centre[a] + 0.5 * halo.normal() + period, period);
    double const angle = 6 * halo.uniform(), c = std::cos(angle), s = std::sin(angle);
    std::ranges::copy(std::initializer_list<double>{c, s, 0, -s, c, 0, 0, 0, 1}, g.axes);
    all.push_back(g);
  }
  return all;
}

void add(graph::GalaxyRows& rows, Galaxy const& g) {
  rows.id.push_back(g.id);
  rows.host.push_back(g.host);
  rows.central.push_back(g.central);
  rows.mass.push_back(g.mass);
  rows.position.insert(rows.position.end(), g.x, g.x + 3);
  rows.axes.insert(rows.axes.end(), g.axes, g.axes + 9);
}

/// Two boxes of `halos` halos, of which every `step`th galaxy and halo from `first` on.
std::vector<graph::GraphBox> boxes(std::int64_t halos, std::int64_t first, std::int64_t step) {
  std::vector<graph::GraphBox> both(2);
  for (auto& box : both) {
    box.name = &box == &both[0] ? "first" : "second";
    box.box_side = period;
    std::int64_t row = 0;
    for (std::int64_t host = 0; host < halos; ++host) {
      for (auto const& galaxy : galaxies_of(host))
        if (row++ % step == first) add(box.galaxies, galaxy);
      if (host % step != first) continue;
      box.hosts.id.push_back(host);
      box.hosts.mass.push_back(1e13 * static_cast<double>(host + 1));
      box.hosts.position.insert(box.hosts.position.end(), {1, 2, 3});
      box.hosts.axes.insert(box.hosts.axes.end(), {1, 0, 0, 0, 0.8, 0.6, 0, -0.6, 0.8});
    }
  }
  return both;
}

graph::GraphConfig config() {
  graph::GraphConfig config;
  config.scalars = {"log10_host_mass", "log10_mass", "central"};
  config.axes = {"host_minor", "host_major"};
  return config;
}

template <class T>
std::vector<T> all_of(std::vector<T> const& mine) {
  return test::world().all_gather(std::span<T const>(mine));
}

std::vector<graph::GraphBox> dealt(std::int64_t halos) {
  return boxes(halos, test::world().rank(), test::world().size());
}

}  // namespace

TEST_CASE("graphs of galaxies do not depend on where their rows are", "[graph][mpi]") {
  // Of 3 halos some ranks get no galaxy, and of 40 all do.
  std::int64_t const halos = GENERATE(3, 40);
  graph::GraphReport report, alone_report;
  auto const mine = graph::make_galaxy_graphs(test::world(), config(), dealt(halos), report);
  auto const alone = graph::make_galaxy_graphs(parallel::Communicator::alone(), config(),
                                               boxes(halos, 0, 1), alone_report);
  CHECK(report.graphs == alone.graphs());
  CHECK(report.nodes == alone.nodes());
  CHECK(report.galaxies == alone_report.galaxies);
  CHECK(all_of(mine.host) == alone.host);
  CHECK(all_of(mine.box) == alone.box);
  CHECK(all_of(mine.id) == alone.id);
  CHECK(all_of(mine.position) == alone.position);
  CHECK(all_of(mine.scalars) == alone.scalars);
  CHECK(all_of(mine.axes) == alone.axes);
  CHECK(all_of(mine.frames) == alone.frames);
  graph::check_graphs(mine, "made");
}

TEST_CASE("nodes hold what the catalogue says, the central galaxy first", "[graph][mpi]") {
  graph::GraphReport report;
  auto const graphs =
      graph::make_galaxy_graphs(parallel::Communicator::alone(), config(), boxes(12, 0, 1), report);
  REQUIRE(graphs.graphs() == 20);  // halos 0 and 7 of each box are empty
  CHECK(graphs.axis_names == std::vector<std::string>{"host_minor", "host_major"});
  for (std::int64_t g = 0; g < graphs.graphs(); ++g) {
    auto const host = graphs.host[static_cast<std::size_t>(g)];
    auto galaxies = galaxies_of(host);
    auto const central = galaxies[galaxies.size() / 2];
    auto const first = static_cast<std::size_t>(graphs.begin[static_cast<std::size_t>(g)]);
    CHECK(graphs.id[first] == central.id);
    std::ranges::sort(galaxies, [](Galaxy const& a, Galaxy const& b) {
      return a.central != b.central ? a.central : a.id < b.id;
    });
    for (std::size_t i = 0; i < galaxies.size(); ++i) {
      auto const n = first + i;
      CHECK(graphs.id[n] == galaxies[i].id);
      for (std::size_t a = 0; a < 3; ++a) {
        double d = galaxies[i].x[a] - central.x[a];
        d -= period * std::round(d / period);
        CHECK(graphs.position[3 * n + a] == static_cast<float>(d));
      }
      CHECK(graphs.scalars[3 * n] ==
            static_cast<float>(std::log10(1e13 * static_cast<double>(host + 1))));
      CHECK(graphs.scalars[3 * n + 1] == static_cast<float>(std::log10(galaxies[i].mass)));
      CHECK(graphs.scalars[3 * n + 2] == (galaxies[i].central ? 1.0F : 0.0F));
      CHECK(graphs.axes[6 * n + 2] == 0.8F);
      CHECK(graphs.axes[6 * n + 3] == 1.0F);
    }
  }
}

TEST_CASE("rows that cannot be used are counted on all ranks, or refused", "[graph][mpi]") {
  auto const& world = test::world();
  auto wrong = dealt(20);
  // The last rank spoils its first galaxy's axes; all leave out the mass of halo 5.
  if (world.rank() == world.size() - 1) wrong[0].galaxies.axes[4] = 3;
  for (std::size_t i = 0; i < wrong[1].hosts.id.size(); ++i)
    if (wrong[1].hosts.id[i] == 5)
      wrong[1].hosts.mass[i] = std::numeric_limits<double>::quiet_NaN();
  graph::GraphReport report;
  CHECK_THROWS_WITH(graph::make_galaxy_graphs(world, config(), wrong, report),
                    ContainsSubstring("1 galaxies whose axes") && ContainsSubstring("bad_rows"));
  auto lenient = config();
  lenient.bad_rows = "leave_out";
  report = {};
  graph::make_galaxy_graphs(world, lenient, wrong, report);
  auto const count = [&](graph::Fault f) { return report.faults[static_cast<std::size_t>(f)]; };
  CHECK(count(graph::Fault::axes) == 1);
  CHECK(count(graph::Fault::host_values) == 5);
  CHECK(report.nodes + count(graph::Fault::axes) + count(graph::Fault::host_values) +
            count(graph::Fault::central) ==
        report.galaxies);

  // Galaxies in no halo are no graph, whether there is a halo catalogue or not.
  for (bool const known : {true, false}) {
    auto field = dealt(20);
    auto options = lenient;
    std::int64_t loose = 0;
    for (auto& box : field) {
      box.no_galaxies = 2;
      for (auto& host : box.galaxies.host)
        if (host == 6) host = -1, ++loose;
      if (!known) box.hosts = {};
    }
    if (!known) options.scalars = {"central"}, options.axes = {};
    report = {};
    auto const graphs = graph::make_galaxy_graphs(world, options, field, report);
    CHECK(count(graph::Fault::host) == world.sum(loose));
    CHECK(world.sum(loose) > 0);
    CHECK(report.no_galaxies == 2 * world.size() * std::ssize(field));
    for (auto const host : graphs.host) CHECK(host >= 0);
  }

  auto twice = dealt(20);
  if (world.is_root()) add(twice[1].galaxies, galaxies_of(19)[2]);
  report = {};
  CHECK_THROWS_WITH(graph::make_galaxy_graphs(world, config(), twice, report),
                    ContainsSubstring("second: galaxy") && ContainsSubstring("there twice"));
}

TEST_CASE("our files of galaxies are catalogues of this layout", "[graph][mpi]") {
  auto const& world = test::world();
  test::ScratchFolder const folder;
  io::GalaxyContent content;
  content.total = 3;
  content.box_side = 50;
  content.scale_factor = 1;
  content.h = 0.7;
  content.columns.host = content.columns.host_mass = content.columns.central = true;
  content.columns.axes = true;
  io::GalaxyWriter writer(world, folder.file("galaxies.hdf5"), content,
                          core::make_provenance("populate", "", world.size()));
  io::GalaxyCatalogue rows;
  if (world.is_root()) {
    rows.id = {7, 8, 9};
    rows.position = {1, 2, 3, 49.5, 2, 3, 10, 10, 10};
    rows.host = {4, 4, 6};
    rows.host_mass = {1e13F, 1e13F, 1e12F};
    rows.central = {1, 0, 1};
    for (int i = 0; i < 3; ++i)
      rows.axes.insert(rows.axes.end(), {0.6F, 0.8F, 0, -0.8F, 0.6F, 0, 0, 0, 1});
  }
  writer.write(0, rows);
  writer.commit();
  auto read = io::read_subhalos(folder.file("galaxies.hdf5"), {}, {}, world.rank(), world.size());
  CHECK(read.total == 3);
  CHECK(read.box_side == 50);
  CHECK(world.sum(std::ssize(read.id)) == 3);
  std::vector<graph::GraphBox> box(1);
  box[0].box_side = read.box_side;
  box[0].galaxies = {read.id,   read.host,      read.position, read.central,
                     read.mass, read.host_mass, read.axes,     read.axis_ratios};
  graph::GraphConfig plain;
  plain.axes = {};
  graph::GraphReport report;
  auto const graphs = graph::make_galaxy_graphs(world, plain, box, report);
  CHECK(all_of(graphs.host) == std::vector<std::int64_t>{4, 6});
  CHECK(all_of(graphs.id) == std::vector<std::int64_t>{7, 8, 9});
  auto const position = all_of(graphs.position);
  REQUIRE(position.size() == 9);
  CHECK_THAT(position[3], WithinAbs(-1.5, 1e-6));
  CHECK(all_of(graphs.scalars) == std::vector<float>{13, 1, 13, 0, 12, 1});
  world.barrier();
}
