// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/galaxy_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>
#include <vector>

#include "nonfinite.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/io/table.hpp"

namespace shearwater::io {

namespace {

constexpr char const* group = "/Subhalo/";

/// A dataset and its place in memory: stored = value / unit.
template <class T>
struct Column {
  char const* name;
  std::vector<T> GalaxyCatalogue::*values;
  bool GalaxyColumns::*present;  ///< null: always there
  Shape row;
  Meaning meaning;
  double unit = 1;
  bool may_be_unknown = false;         ///< NaN is a value
  AngleRange const* angles = nullptr;  ///< that it must be within
};

/// Calls `visit` with each column, in the order of the file.
template <class Visit>
void for_each_column(Visit const& visit) {
  using G = GalaxyCatalogue;
  using C = GalaxyColumns;
  visit(Column<std::int64_t>{
      "SubhaloID", &G::id, nullptr, {}, {"1", "id of the galaxy, each once in the file"}});
  visit(Column<double>{"SubhaloPos",
                       &G::position,
                       nullptr,
                       {3},
                       {"kpc", "comoving position", 1, -1},
                       units::gadget_length});
  visit(
      Column<float>{"SubhaloVel", &G::velocity, &C::velocity, {3}, {"km/s", "peculiar velocity"}});
  visit(Column<std::int64_t>{
      "SubhaloGrNr",
      &G::host,
      &C::host,
      {},
      {"1", "id of the host halo; in files of groups without ids its row, counted from 0"}});
  visit(Column<float>{"SubhaloHostMass",
                      &G::host_mass,
                      &C::host_mass,
                      {},
                      {"1e10 Msun", "mass of the host halo", 0, -1},
                      units::gadget_mass});
  visit(Column<std::uint8_t>{
      "SubhaloCentral", &G::central, &C::central, {}, {"1", "1: central galaxy, 0: satellite"}});
  visit(Column<float>{"SubhaloAxes",
                      &G::axes,
                      &C::axes,
                      {3, 3},
                      {"1", "unit vectors of the major, middle and minor axis; headless"}});
  visit(Column<float>{
      "SubhaloAxisRatios", &G::axis_ratios, &C::axis_ratios, {2}, {"1", "b/a and c/a"}});
  visit(Column<double>{"RightAscension",
                       &G::ra,
                       &C::sky,
                       {},
                       {"deg", "right ascension"},
                       units::degree,
                       false,
                       &right_ascensions});
  visit(Column<double>{"Declination",
                       &G::dec,
                       &C::sky,
                       {},
                       {"deg", "declination"},
                       units::degree,
                       false,
                       &declinations});
  visit(Column<float>{
      "RedshiftCosmological", &G::z_cos, &C::z_cos, {}, {"1", "redshift of the expansion alone"}});
  visit(Column<float>{"RedshiftObserved",
                      &G::z_obs,
                      &C::z_obs,
                      {},
                      {"1", "redshift with peculiar velocity and error of measurement"}});
  visit(Column<float>{"Ellipticity1",
                      &G::e1,
                      &C::shapes,
                      {},
                      {"1", "|e| cos 2 phi of the projected ellipsoid, |e| = (1 - q) / (1 + q)"}});
  visit(Column<float>{"Ellipticity2", &G::e2, &C::shapes, {}, {"1", "|e| sin 2 phi"}});
  visit(Column<float>{
      "Gamma1", &G::gamma1, &C::shear, {}, {"1", "shear of the light, first component"}, 1, true});
  visit(Column<float>{
      "Gamma2", &G::gamma2, &C::shear, {}, {"1", "shear of the light, second component"}, 1, true});
  visit(
      Column<float>{"Kappa", &G::kappa, &C::kappa, {}, {"1", "convergence of the light"}, 1, true});
  visit(Column<float>{"Weight", &G::weight, &C::weight, {}, {"1", "weight in sums and means"}});
  visit(Column<std::int32_t>{
      "Flag",
      &G::flag,
      &C::flag,
      {},
      {"1",
       "bits: 1 host outside the training of the orientations' model, 2 host's axes unknown, 4 "
       "tides unknown, 8 tides ask for an impossible shape, 16 shear unknown"}});
}

template <class T>
bool is_there(Column<T> const& column, GalaxyColumns const& columns) {
  return column.present == nullptr || columns.*column.present;
}

template <class T>
std::vector<T> scaled(std::vector<T> values, double factor) {
  std::ranges::transform(values, values.begin(),
                         [factor](T v) { return static_cast<T>(static_cast<double>(v) * factor); });
  return values;
}

OutputOptions options_of(GalaxyContent const& content, Existing existing) {
  OutputOptions options;
  options.existing = existing;
  options.expected_bytes = content.total * galaxy_bytes(content.columns);
  return options;
}

/// How to read a sign of e1 and e2.
std::string directions(std::string const& line_of_sight) {
  if (line_of_sight == "radial")
    return "phi from local east to local north: e1 > 0 along east-west, e2 > 0 along north-east";
  std::string const axes = "xyz";
  auto const sight = axes.find(line_of_sight);
  return fmt::format("phi from the {0} axis to the {1} axis: e1 > 0 along {0}, e2 > 0 between them",
                     axes[(sight + 1) % 3], axes[(sight + 2) % 3]);
}

/// Throws InputError for what the Header of no catalogue says.
void check_content(std::string const& path, GalaxyContent const& content) {
  auto const within = [&](char const* what, double value, double high) {
    if (value >= 0 && value <= high) return;
    throw core::InputError(
        fmt::format("{}: says that {} is {:g}, but it must be within [0, {:g}]: mend its Header",
                    path, what, value, high));
  };
  within("the number of galaxies (Nsubgroups_Total)", static_cast<double>(content.total), 1e15);
  within("the side of its box (BoxSize) in Mpc/h", content.box_side, 1e6);
  within("its scale factor (Time)", content.scale_factor, 1e3);
  within("omega_m (Omega0)", content.omega_m, 2);
  within("omega_de (OmegaLambda)", content.omega_de, 2);
  within("h (HubbleParam)", content.h, 10);
}

}  // namespace

std::int64_t galaxy_bytes(GalaxyColumns const& columns) {
  std::int64_t bytes = 0;
  for_each_column([&]<class T>(Column<T> const& column) {
    if (is_there(column, columns))
      bytes += element_count(column.row) * static_cast<std::int64_t>(sizeof(T));
  });
  return bytes;
}

GalaxyWriter::GalaxyWriter(parallel::Communicator const& comm, std::string const& path,
                           GalaxyContent const& content, core::Provenance const& provenance,
                           Existing existing)
    : content_(content), file_(comm, path, "galaxies", provenance, options_of(content, existing)) {
  write_header(content);
  for (auto const* name : {"/Group", "/Subhalo"}) file_.create_group(name);
  for_each_column([&]<class T>(Column<T> const& column) {
    if (!is_there(column, content.columns)) return;
    auto shape = column.row;
    shape.insert(shape.begin(), content.total);
    auto const name = std::string(group) + column.name;
    file_.create(name, element_type<T>(), shape, column.meaning);
    // As GADGET-4 and TNG say it.
    file_.attribute(name, "a_scaling", column.meaning.power_of_a);
    file_.attribute(name, "h_scaling", column.meaning.power_of_h);
  });
  file_.attribute("/Subhalo", "RedshiftSpace", std::int64_t{content.redshift_space});
  if (content.redshift_space || content.columns.shapes)
    file_.attribute("/Subhalo", "LineOfSight", content.line_of_sight);
  if (!content.columns.shapes) return;
  file_.attribute("/Subhalo", "EllipticityDefinition",
                  std::string("|e| = (1 - q) / (1 + q), q the ratio of the projected axes"));
  file_.attribute("/Subhalo", "EllipticityDirections", directions(content.line_of_sight));
  if (content.columns.shear)
    file_.attribute("/Subhalo", "ShearDirections",
                    std::string("as of the ellipticities; tangential around an overdensity"));
}

void GalaxyWriter::write_header(GalaxyContent const& content) {
  file_.create_group("/Header");
  auto const put = [&](char const* name, AttributeValue const& value) {
    file_.attribute("/Header", name, value);
  };
  for (auto const* name : {"Nsubgroups_ThisFile", "Nsubgroups_Total"}) put(name, content.total);
  for (auto const* name : {"Ngroups_ThisFile", "Ngroups_Total", "Nids_ThisFile", "Nids_Total"})
    put(name, std::int64_t{0});
  put("NumFiles", std::int64_t{1});
  // Readers of the layout insist on a box; 0 says that there is none.
  put("BoxSize", content.box_side / units::gadget_length);
  if (content.scale_factor > 0) {
    put("Time", content.scale_factor);
    put("Redshift", 1 / content.scale_factor - 1);
  }
  for (auto const& [name, value] :
       std::initializer_list<std::pair<char const*, double>>{{"Omega0", content.omega_m},
                                                             {"OmegaLambda", content.omega_de},
                                                             {"HubbleParam", content.h}})
    if (value > 0) put(name, value);
  put("UnitLength_in_cm", units::gadget_length * units::cm_per_mpc);
  put("UnitMass_in_g", units::gadget_mass * units::g_per_solar_mass);
  put("UnitVelocity_in_cm_per_s", 1e5);
}

void GalaxyWriter::write(std::int64_t first, GalaxyCatalogue const& rows) {
  file_.comm().together([&] {
    for_each_column([&]<class T>(Column<T> const& column) {
      auto const wanted = is_there(column, content_.columns)
                              ? rows.size() * element_count(column.row)
                              : std::int64_t{0};
      core::require(std::ssize(rows.*column.values) == wanted,
                    fmt::format("{} galaxies have {} values of {}, but {} are needed", rows.size(),
                                (rows.*column.values).size(), column.name, wanted));
    });
  });
  for_each_column([&]<class T>(Column<T> const& column) {
    if (!is_there(column, content_.columns)) return;
    auto const name = std::string(group) + column.name;
    std::span<T const> const values = rows.*column.values;
    if (column.unit == 1)
      file_.write_rows(name, first, values);
    else
      file_.write_rows<T>(name, first, scaled(rows.*column.values, 1 / column.unit));
  });
}

void GalaxyWriter::commit() { file_.commit(); }

GalaxyReader::GalaxyReader(std::string const& path) : file_(path) {
  file_.check_schema("galaxies");
  content_.total = file_.integer("/Header", "Nsubgroups_Total");
  auto const number = [&](char const* name) {
    return file_.has_attribute("/Header", name) ? file_.number("/Header", name) : 0.0;
  };
  content_.box_side = number("BoxSize") * units::gadget_length;
  content_.scale_factor = number("Time");
  content_.omega_m = number("Omega0");
  content_.omega_de = number("OmegaLambda");
  content_.h = number("HubbleParam");
  check_content(path, content_);
  // Columns that go together are there where one of them is: the others are then asked for by name.
  for_each_column([&]<class T>(Column<T> const& column) {
    if (column.present != nullptr && file_.contains(std::string(group) + column.name))
      content_.columns.*column.present = true;
  });
  for_each_column([&]<class T>(Column<T> const& column) {
    auto const name = std::string(group) + column.name;
    if (!is_there(column, content_.columns)) return;
    auto shape = column.row;
    shape.insert(shape.begin(), content_.total);
    file_.check_shape(name, shape);
    file_.check_unit(name, column.meaning.unit);
    if (auto const type = file_.info(name).type; type != element_type<T>())
      throw core::InputError(fmt::format("{}: dataset '{}' holds {}, but {} is needed", path, name,
                                         type_name(type), type_name(element_type<T>())));
  });
  content_.redshift_space = file_.has_attribute("/Subhalo", "RedshiftSpace") &&
                            file_.integer("/Subhalo", "RedshiftSpace") != 0;
  if (content_.redshift_space || content_.columns.shapes)
    content_.line_of_sight = file_.text("/Subhalo", "LineOfSight");
}

GalaxyCatalogue GalaxyReader::read(std::int64_t first, std::int64_t count) const {
  GalaxyCatalogue rows;
  rows.box_side = content_.box_side;
  rows.scale_factor = content_.scale_factor;
  rows.omega_m = content_.omega_m;
  rows.omega_de = content_.omega_de;
  rows.redshift_space = content_.redshift_space;
  rows.h = content_.h;
  for_each_column([&]<class T>(Column<T> const& column) {
    if (!is_there(column, content_.columns)) return;
    auto const name = std::string(group) + column.name;
    auto& values = rows.*column.values;
    values = file_.rows<T>(name, first, count);
    if constexpr (std::is_floating_point_v<T>) {
      auto shape = column.row;
      shape.insert(shape.begin(), count);
      if (!column.may_be_unknown)
        require_finite<T>(values, shape, file_.path() + ": " + name, first,
                          "leave galaxies without such a value out");
    }
    if constexpr (std::is_same_v<T, double>)
      if (column.angles != nullptr)
        require_angles(values, *column.angles, file_.path(), name, first);
    if (column.unit != 1) values = scaled(std::move(values), column.unit);
  });
  return rows;
}

GalaxyCatalogue read_galaxies(std::string const& path, std::int64_t first, std::int64_t count) {
  GalaxyReader const reader(path);
  return reader.read(first, count < 0 ? reader.size() - first : count);
}

}  // namespace shearwater::io
