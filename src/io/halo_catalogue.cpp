// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/halo_catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fits.hpp"
#include "halo_readers.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/table.hpp"
#include "simulation_units.hpp"

namespace shearwater::io {

void check_catalogue(std::string const& path, HaloCatalogue const& c) {
  auto const rows = c.mass.size();
  auto const check = [&](char const* name, std::vector<double> const& column, std::size_t width) {
    if (!column.empty() && column.size() != width * rows)
      throw core::InputError(fmt::format("{}: {} halos have a mass, but {} numbers of {}", path,
                                         rows, column.size(), name));
    for (std::size_t i = 0; i < column.size(); ++i)
      if (!std::isfinite(column[i]))
        throw core::InputError(
            fmt::format("{}: halo {} (row from 0) has {} = {}: only finite "
                        "values are accepted; remove such rows",
                        path, i / width, name, column[i]));
  };
  check("mass", c.mass, 1);
  check("radius", c.radius, 1);
  check("position", c.position, 3);
  check("velocity", c.velocity, 3);
  check("b/a", c.b_to_a, 1);
  check("c/a", c.c_to_a, 1);
  check("major axis", c.major_axis, 3);
  check("spin", c.spin, 1);
  for (std::size_t i = 0; i < rows; ++i) {
    if (!(c.mass[i] > 0))
      throw core::InputError(
          fmt::format("{}: halo {} (row from 0) has mass {:g} Msun/h: masses must be positive",
                      path, i, c.mass[i]));
    for (std::size_t a = 0; a < 3 && c.box_side > 0; ++a)
      if (std::abs(c.position[3 * i + a] - 0.5 * c.box_side) > 0.5001 * c.box_side)
        throw core::InputError(fmt::format(
            "{}: halo {} (row from 0) lies at {:g} Mpc/h in a box of {:g} Mpc/h: check the unit of "
            "length and the box",
            path, i, c.position[3 * i + a], c.box_side));
  }
}

namespace {

/// Groups of one file, appended.
void append_groups(InputFile const& file, UnitFactors const& factors, HaloCatalogue& c) {
  auto const groups = find_number(file, "/Header", "Ngroups_ThisFile").value_or(0);
  auto const count = static_cast<std::int64_t>(groups);
  if (count == 0) return;
  auto const column = [&](std::string const& name, std::int64_t width, double factor,
                          std::vector<double>& to, bool required) {
    if (!required && !file.contains("/Group/" + name)) return;
    file.check_shape("/Group/" + name, width == 3 ? Shape{count, 3} : Shape{count});
    for (double const v : file.read("/Group/" + name).to_double()) to.push_back(v * factor);
  };
  column("GroupMass", 1, factors.mass, c.mass, true);
  column("GroupPos", 3, factors.length, c.position, true);
  // GroupVel is stored as km/s / a: the peculiar velocity is that over a.
  if (factors.velocity > 0)
    column("GroupVel", 3, factors.velocity / c.scale_factor, c.velocity, false);
  std::vector<double> lengths;
  column("GroupLen", 1, 1, lengths, true);
  for (double const n : lengths) c.particles.push_back(static_cast<std::int64_t>(n));
}

}  // namespace

HaloCatalogue read_gadget_groups(std::string const& path, SnapshotConfig const& units) {
  InputFile const first(path);
  auto const header = read_common_header(first, units);
  auto count = first_number(first, {"/Header:NumFiles", "/Header:NumFilesPerSnapshot"});
  auto const files = file_set(path, static_cast<std::int64_t>(count.value_or(1)));
  HaloCatalogue c;
  c.format = "gadget";
  c.mass_definition = "friends of friends";
  c.scale_factor = header.scale_factor;
  c.omega_m = header.omega_m;
  c.h = header.h;
  for (auto const& name : files) {
    InputFile const file(name);
    auto const factors = read_unit_factors(file, units, "/Group/GroupPos", header.h);
    c.box_side = header.box_side * factors.length;
    append_groups(file, factors, c);
  }
  auto const total = find_number(first, "/Header", "Ngroups_Total");
  if (total && static_cast<std::int64_t>(*total) != c.size())
    throw core::InputError(fmt::format("{}: its Header counts {} groups, but the {} files hold {}",
                                       path, *total, files.size(), c.size()));
  c.id.resize(c.mass.size());
  std::iota(c.id.begin(), c.id.end(), std::int64_t{0});
  return c;
}

HaloCatalogue read_halo_catalogue(std::string const& path, SnapshotConfig const& units) {
  auto const catalogue = is_rockstar_binary(path)              ? read_rockstar_binary(path)
                         : detect_format(path) == Format::hdf5 ? read_gadget_groups(path, units)
                                                               : read_halo_list(path);
  check_catalogue(path, catalogue);
  return catalogue;
}

void HaloColumns::describe(core::Fields& field) {
  field("table", table, "", "HDF5 group or FITS extension; empty for the first");
  field("id", id, "", "column of ids; empty for the rows' numbers");
  field("particles", particles, "", "column of numbers of particles; empty for none");
  field("mass", mass, "", "column of masses");
  field("radius", radius, "", "column of radii; empty for none");
  field("x", x, "", "column of comoving positions along x");
  field("y", y, "", "column of positions along y");
  field("z", z, "", "column of positions along z");
  field("vx", vx, "km/s", "column of peculiar velocities along x; empty for none");
  field("vy", vy, "km/s", "column of velocities along y");
  field("vz", vz, "km/s", "column of velocities along z");
  std::vector<std::string> const lengths{"", "Mpc/h", "kpc/h", "Mpc", "kpc"};
  field("length_unit", length_unit, "", "unit of positions; to be stated").one_of(lengths);
  field("radius_unit", radius_unit, "", "unit of radii; empty for that of positions")
      .one_of(lengths);
  field("mass_unit", mass_unit, "", "unit of masses; to be stated")
      .one_of({"", "Msun/h", "1e10 Msun/h", "Msun"});
  field("box_side", box_side, "Mpc/h", "side of the periodic box; 0: not known").at_least(0);
  field("scale_factor", scale_factor, "", "of the catalogue; 0: not known").between(0, 1);
  field("h", h, "", "Hubble constant / (100 km/s/Mpc), for units without it").between(0, 2);
}

HaloCatalogue read_halo_columns(std::string const& path, HaloColumns const& columns) {
  auto const scale_of = [&](char const* key, std::string const& unit) {
    return unit_factor(path, "columns", key, unit, columns.h);
  };
  double const length = scale_of("length_unit", columns.length_unit);
  double const mass = scale_of("mass_unit", columns.mass_unit);
  double const radius =
      columns.radius_unit.empty() ? length : scale_of("radius_unit", columns.radius_unit);
  auto const read = [&](std::vector<std::string> const& names) {
    TableRequest request;
    request.path = path;
    request.table = columns.table;
    request.columns = names;
    return read_columns(request);
  };
  auto const rows_of = [&](std::vector<std::string> const& names, double factor) {
    auto const values = read(names);
    std::vector<double> rows;
    for (std::size_t i = 0; i < values[0].size(); ++i)
      for (auto const& column : values) rows.push_back(factor * column[i]);
    return rows;
  };
  HaloCatalogue c;
  c.format = "columns";
  c.mass_definition = columns.mass;
  c.box_side = columns.box_side;
  c.scale_factor = columns.scale_factor;
  c.h = columns.h;
  c.mass = rows_of({columns.mass}, mass);
  c.position = rows_of({columns.x, columns.y, columns.z}, length);
  if (!columns.vx.empty()) c.velocity = rows_of({columns.vx, columns.vy, columns.vz}, 1);
  if (!columns.radius.empty()) c.radius = rows_of({columns.radius}, radius);
  if (!columns.particles.empty())
    for (double const n : rows_of({columns.particles}, 1))
      c.particles.push_back(static_cast<std::int64_t>(n));
  c.id.resize(c.mass.size());
  std::iota(c.id.begin(), c.id.end(), std::int64_t{0});
  if (!columns.id.empty()) {
    auto const ids = rows_of({columns.id}, 1);
    std::transform(ids.begin(), ids.end(), c.id.begin(),
                   [](double v) { return static_cast<std::int64_t>(v); });
  }
  check_catalogue(path, c);
  return c;
}

}  // namespace shearwater::io
