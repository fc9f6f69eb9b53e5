// SPDX-License-Identifier: BSD-3-Clause
// Galaxies from a table whose columns the input names.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "graph_job.hpp"
#include "shearwater/io/table.hpp"

namespace shearwater::commands {

void GalaxyColumnConfig::describe(core::Fields& field) {
  field("table", table, "", "HDF5 group or FITS extension; empty for the first");
  field("id", id, "", "column of ids; empty for the rows' numbers");
  field("host", host, "", "column of the ids of host halos");
  field("central", central, "", "column that is 1 for central galaxies; empty for none");
  field("mass", mass, "", "column of the galaxies' masses; empty for none");
  field("host_mass", host_mass, "", "column of the halos' masses; empty for none");
  field("x", x, "", "column of comoving positions along x");
  field("y", y, "", "column of positions along y");
  field("z", z, "", "column of positions along z");
  field("axes_prefix", axes_prefix, "",
        "NAME for columns NAMEA_x, NAMEA_y ... NAMEC_z of the major, middle and minor axis (or "
        "NAMEA alone), as galaxy_axis is in halotools; empty for none");
  field("b_to_a", b_to_a, "", "column of b/a; empty for none");
  field("c_to_a", c_to_a, "", "column of c/a; empty for none");
  field("length_unit", length_unit, "", "unit of positions; to be stated")
      .one_of({"", "Mpc/h", "kpc/h", "Mpc", "kpc"});
  field("mass_unit", mass_unit, "", "unit of masses; to be stated where there are any")
      .one_of({"", "Msun/h", "1e10 Msun/h", "Msun"});
  field("box_side", box_side, "Mpc/h", "side of the periodic box; 0: not periodic").at_least(0);
  field("h", h, "", "Hubble constant / (100 km/s/Mpc), for units without it").between(0, 2);
}

namespace {

/// Columns of one share of a table.
struct Share {
  std::string const& path;
  GalaxyColumnConfig const& columns;
  std::vector<std::string> known;
  std::int64_t first = 0, count = 0;

  bool has(std::string const& name) const { return std::ranges::find(known, name) != known.end(); }
  /// Row by row.
  std::vector<double> rows(std::vector<std::string> const& names, double factor = 1) const {
    if (count == 0) return {};
    io::TableRequest request;
    request.path = path;
    request.table = columns.table;
    request.columns = names;
    request.first = first;
    request.count = count;
    request.require_finite = false;  // unusable rows are counted with all others
    auto const read = io::read_columns(request);
    std::vector<double> values;
    for (std::size_t i = 0; i < read[0].size(); ++i)
      for (auto const& column : read) values.push_back(factor * column[i]);
    return values;
  }
  std::vector<double> optional(std::string const& name, double factor = 1) const {
    return name.empty() ? std::vector<double>{} : rows({name}, factor);
  }
  std::vector<std::int64_t> ids(std::string const& name) const {
    return io::whole_numbers(rows({name}), path, name);
  }
};

std::vector<std::string> axis_columns(Share const& share) {
  std::vector<std::string> names;
  auto const& prefix = share.columns.axes_prefix;
  bool const all = share.has(prefix + "B_x");
  for (char const axis : all ? std::string("ABC") : std::string("A"))
    for (char const a : std::string("xyz"))
      names.push_back(fmt::format("{}{}_{}", prefix, axis, a));
  return names;
}

}  // namespace

graph::GraphBox read_galaxy_columns(std::string const& path, GalaxyColumnConfig const& columns,
                                    int part, int parts) {
  io::TableRequest table;
  table.path = path;
  table.table = columns.table;
  auto const known = io::table_columns(table);
  table.columns = {columns.x};
  auto const mine = parallel::share_of(io::table_rows(table), part, parts);
  Share const share{path, columns, known, mine.first, mine.count};
  auto const scale_of = [&](char const* key, std::string const& unit) {
    return io::unit_factor(path, "galaxy_columns", key, unit, columns.h);
  };
  double const length = scale_of("length_unit", columns.length_unit);
  bool const masses = !columns.mass.empty() || !columns.host_mass.empty();
  double const mass = masses ? scale_of("mass_unit", columns.mass_unit) : 1;
  if (columns.b_to_a.empty() != columns.c_to_a.empty())
    throw core::InputError("galaxy_columns: b_to_a and c_to_a are given together or not at all");
  graph::GraphBox box;
  box.box_side = columns.box_side;
  auto& galaxies = box.galaxies;
  galaxies.host = share.ids(columns.host);
  galaxies.id.resize(galaxies.host.size());
  std::iota(galaxies.id.begin(), galaxies.id.end(), mine.first);
  if (!columns.id.empty()) galaxies.id = share.ids(columns.id);
  galaxies.position = share.rows({columns.x, columns.y, columns.z}, length);
  for (double const v : share.optional(columns.central)) galaxies.central.push_back(v != 0);
  galaxies.mass = share.optional(columns.mass, mass);
  galaxies.host_mass = share.optional(columns.host_mass, mass);
  if (!columns.axes_prefix.empty()) galaxies.axes = share.rows(axis_columns(share));
  if (!columns.b_to_a.empty()) galaxies.axis_ratios = share.rows({columns.b_to_a, columns.c_to_a});
  return box;
}

}  // namespace shearwater::commands
