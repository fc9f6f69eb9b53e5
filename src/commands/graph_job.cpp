// SPDX-License-Identifier: BSD-3-Clause
#include "graph_job.hpp"

#include <fmt/format.h>

#include <cmath>

namespace shearwater::commands {

void GraphTable::describe(core::Fields& field) {
  field("kind", kind, "", "graphs of the galaxies of halos, or of pictures of digits")
      .one_of({"galaxies", "digits"});
  field("galaxies", galaxies, "",
        "catalogues, each a box of its own: of populate, in the layout of TNG, or any table "
        "([galaxy_columns]); --in gives one")
      .path();
  field("halos", halos, "",
        "catalogues of their halos, one for each; empty: /Group of the galaxies' file, if it has "
        "one")
      .path();
  graphs.describe(field);
}

namespace {

void check_digits(GraphJob const& job) {
  for (auto const& [key, value] :
       {std::pair{"images", &job.digits.images}, std::pair{"labels", &job.digits.labels}})
    if (value->empty())
      throw core::InputError(fmt::format(
          "digits.{}: name the file of the digits; a variable in its name must be set", key));
  if (!job.table.galaxies.empty() || !job.table.halos.empty())
    throw core::InputError(
        "graphs.kind = \"digits\" reads [digits]: leave graphs.galaxies and graphs.halos out");
}

void check_galaxies(GraphJob const& job) {
  auto const& table = job.table;
  if (table.galaxies.empty())
    throw core::InputError("graphs.galaxies: name at least one catalogue there or by --in");
  if (!table.halos.empty() && table.halos.size() != table.galaxies.size())
    throw core::InputError(fmt::format(
        "graphs.halos names {} catalogues, but graphs.galaxies {}: name the halos of each",
        table.halos.size(), table.galaxies.size()));
  table.graphs.check();
}

}  // namespace

GraphJob read_graph_job(core::Config& config, CommandLine const& line) {
  require_host(line);
  GraphJob job;
  bool const digits = config.has("digits");
  job.table = config.read<GraphTable>("graphs");
  if (digits != (job.table.kind == "digits"))
    throw core::InputError("[digits] belongs to graphs.kind = \"digits\", and only to it");
  if (digits) {
    job.digits = config.read<graph::DigitConfig>("digits");
    if (!line.in.empty())
      throw core::InputError("--in: digits are two files: name them in [digits]");
    job.digits.images = config.path_from(job.digits.images);
    job.digits.labels = config.path_from(job.digits.labels);
  } else {
    job.layout = config.read<io::GroupLayout>("layout");
    job.units = config.read<io::SnapshotConfig>("snapshot");
    core::refuse_changed("snapshot", job.units, {"file", "particle_type", "particle_mass"},
                         "graphs are made of catalogues, of which [snapshot] states the units");
    job.columns_given = config.has("galaxy_columns");
    if (job.columns_given) job.columns = config.read<GalaxyColumnConfig>("galaxy_columns");
    if (!line.in.empty()) job.table.galaxies = {absolute_path(line.in)};
    for (auto* list : {&job.table.galaxies, &job.table.halos})
      for (auto& path : *list) path = config.path_from(path);
  }
  job.output = output_path(config, line, "graphs.hdf5");
  config.refuse_unread();
  if (digits)
    check_digits(job);
  else
    check_galaxies(job);
  for (auto const& files :
       {job.table.galaxies, job.table.halos, std::vector{job.digits.images, job.digits.labels}})
    protect_inputs(files, job.output);
  return job;
}

namespace {

void take(io::SubhaloRows rows, graph::GraphBox& box) {
  box.box_side = rows.box_side;
  box.no_galaxies = rows.dropped;
  box.galaxies = {std::move(rows.id),      std::move(rows.host),       std::move(rows.position),
                  std::move(rows.central), std::move(rows.mass),       std::move(rows.host_mass),
                  std::move(rows.axes),    std::move(rows.axis_ratios)};
}

void take(io::GroupRows rows, graph::GraphBox& box) {
  if (box.box_side > 0 && rows.total > 0 &&
      std::abs(rows.box_side - box.box_side) > 1e-6 * box.box_side)
    throw core::InputError(fmt::format(
        "{}: its galaxies are in a box of {:g} Mpc/h, but its halos in one of {:g}: these are "
        "catalogues of different simulations",
        box.name, box.box_side, rows.box_side));
  if (box.box_side == 0) box.box_side = rows.box_side;
  box.hosts = {std::move(rows.id),        std::move(rows.first_subhalo),
               std::move(rows.position),  std::move(rows.mass),
               std::move(rows.axes),      std::move(rows.tidal_values),
               std::move(rows.tidal_axes)};
}

graph::GraphBox read_box(GraphJob const& job, std::size_t b, int part, int parts) {
  auto const& path = job.table.galaxies[b];
  bool const groups = !job.columns_given && io::is_group_file(path);
  if (!groups && !job.columns_given)
    throw core::InputError(fmt::format(
        "{}: is no group catalogue in the layout of TNG (no HDF5 file with a Header): name the "
        "columns of a table in [galaxy_columns]",
        path));
  graph::GraphBox box;
  if (groups)
    take(io::read_subhalos(path, job.layout, job.units, part, parts), box);
  else
    box = read_galaxy_columns(path, job.columns, part, parts);
  box.name = path;
  std::string halos;
  if (!job.table.halos.empty())
    halos = job.table.halos[b];
  else if (groups && io::has_groups(path))
    halos = path;
  if (halos.empty()) return box;
  take(io::read_groups(halos, job.layout, job.units, job.table.graphs.tidal_smoothing, part, parts),
       box);
  // Where the galaxies name their centrals, the first subhalo of a group says nothing more.
  if (!box.galaxies.central.empty()) box.hosts.central.clear();
  return box;
}

}  // namespace

std::vector<graph::GraphBox> read_boxes(parallel::Communicator const& comm, GraphJob const& job) {
  std::vector<graph::GraphBox> boxes(job.table.galaxies.size());
  comm.together([&] {
    for (std::size_t b = 0; b < boxes.size(); ++b)
      boxes[b] = read_box(job, b, comm.rank(), comm.size());
  });
  return boxes;
}

}  // namespace shearwater::commands
