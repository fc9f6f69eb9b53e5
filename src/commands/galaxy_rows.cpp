// SPDX-License-Identifier: BSD-3-Clause
// The galaxies and random places that `shearwater measure` reads.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "measured_galaxies.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/cosmology/background.hpp"
#include "shearwater/io/galaxy_file.hpp"
#include "shearwater/io/table.hpp"

namespace shearwater::commands {

namespace {

/// Columns of a table, found by their place among those that are read.
class TableColumns {
 public:
  TableColumns(std::string const& path, std::string const& table, parallel::Share share) {
    request_.path = path;
    request_.table = table;
    request_.first = share.first;
    request_.count = share.count;
  }
  void want(std::string const& column) {
    if (!column.empty()) request_.columns.push_back(column);
  }
  void read() { values_ = io::read_columns(request_); }
  std::vector<double> const& operator[](std::string const& column) const {
    static std::vector<double> const none;
    if (column.empty()) return none;
    auto const found = std::ranges::find(request_.columns, column);
    return values_[static_cast<std::size_t>(found - request_.columns.begin())];
  }

 private:
  io::TableRequest request_;
  std::vector<std::vector<double>> values_;
};

template <class T>
std::vector<T> as(std::vector<double> const& values) {
  std::vector<T> result;
  for (double const value : values) result.push_back(static_cast<T>(value));
  return result;
}

/// Places about the observer of right ascensions, declinations [radian] and redshifts.
class ConePlaces {
 public:
  explicit ConePlaces(cosmology::Cosmology const& universe) : background_(universe) {
    if (universe.omega_k != 0)
      throw core::InputError(fmt::format(
          "cosmology.omega_k = {:g}: pairs of galaxies on a light cone are those of flat space",
          universe.omega_k));
  }
  /// what   "galaxy" or "random place"
  std::array<double, 3> operator()(double ra, double dec, double redshift, char const* what,
                                   std::string const& file, std::string const& column) const {
    if (!(redshift > 0 && redshift < 1000))
      throw core::InputError(fmt::format(
          "{}: a {} of {} {:g} and a declination of {:g} degrees: redshifts must be between 0 and "
          "1000",
          file, what, column, redshift, dec / units::degree));
    double const d = background_.comoving_distance(redshift), c = d * std::cos(dec);
    return {c * std::cos(ra), c * std::sin(ra), d * std::sin(dec)};
  }

 private:
  cosmology::Background background_;
};

io::GalaxyCatalogue rows_of_table(MeasureJob const& job, parallel::Share share) {
  auto const& names = job.columns;
  TableColumns columns(job.input, names.table, share);
  for (auto const* name : {&names.id, &names.ra, &names.dec, &names.redshift, &names.axis_x,
                           &names.axis_y, &names.axis_z, &names.e1, &names.e2, &names.weight,
                           &names.host, &names.host_mass, &names.central})
    columns.want(*name);
  bool const sky = !names.ra.empty();
  for (auto const* name : {&names.x, &names.y, &names.z})
    if (!sky) columns.want(*name);
  columns.read();
  io::require_angles(columns[names.ra], io::right_ascensions, job.input, names.ra, share.first);
  io::require_angles(columns[names.dec], io::declinations, job.input, names.dec, share.first);
  std::optional<ConePlaces> distances;
  if (!names.redshift.empty()) distances.emplace(*job.universe);
  io::GalaxyCatalogue rows;
  rows.box_side = names.box_side;
  double const unit = names.length_unit == "kpc/h" ? 1e-3 : 1.0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(share.count); ++i) {
    if (sky) {
      rows.ra.push_back(columns[names.ra][i] * units::degree);
      rows.dec.push_back(columns[names.dec][i] * units::degree);
      auto const x = distances
                         ? (*distances)(rows.ra.back(), rows.dec.back(), columns[names.redshift][i],
                                        "galaxy", job.input, names.redshift)
                         : std::array<double, 3>{};
      rows.position.insert(rows.position.end(), x.begin(), x.end());
    }
    for (auto const* name : {&names.x, &names.y, &names.z})
      if (!sky) rows.position.push_back(unit * columns[*name][i]);
    if (!names.axis_x.empty()) {
      for (auto const* name : {&names.axis_x, &names.axis_y, &names.axis_z})
        rows.axes.push_back(static_cast<float>(columns[*name][i]));
      rows.axes.insert(rows.axes.end(), 6, 0.0F);
    }
    if (names.id.empty()) rows.id.push_back(share.first + static_cast<std::int64_t>(i));
  }
  if (!names.id.empty()) rows.id = io::whole_numbers(columns[names.id], job.input, names.id);
  rows.e1 = as<float>(columns[names.e1]);
  rows.e2 = as<float>(columns[names.e2]);
  rows.weight = as<float>(columns[names.weight]);
  rows.host = io::whole_numbers(columns[names.host], job.input, names.host);
  rows.host_mass = as<float>(columns[names.host_mass]);
  for (double const central : columns[names.central]) rows.central.push_back(central != 0);
  return rows;
}

RandomPlaces rows_of_randoms(parallel::Communicator const& comm, RandomInput const& input,
                             cosmology::Cosmology const& universe) {
  auto const share =
      parallel::share_of(io::table_rows({input.file, {}, input.table}), comm.rank(), comm.size());
  TableColumns columns(input.file, input.table, share);
  for (auto const* name : {&input.ra, &input.dec, &input.redshift, &input.weight})
    columns.want(*name);
  columns.read();
  io::require_angles(columns[input.ra], io::right_ascensions, input.file, input.ra, share.first);
  io::require_angles(columns[input.dec], io::declinations, input.file, input.dec, share.first);
  ConePlaces const places(universe);
  RandomPlaces result;
  for (std::size_t i = 0; i < static_cast<std::size_t>(share.count); ++i) {
    result.ra.push_back(columns[input.ra][i] * units::degree);
    result.dec.push_back(columns[input.dec][i] * units::degree);
    auto const x = places(result.ra.back(), result.dec.back(), columns[input.redshift][i],
                          "random place", input.file, input.redshift);
    result.sample.position.insert(result.sample.position.end(), x.begin(), x.end());
    result.sample.id.push_back(share.first + static_cast<std::int64_t>(i));
  }
  result.sample.weight = columns[input.weight];
  for (std::size_t i = 0; i < result.sample.weight.size(); ++i)
    if (!(result.sample.weight[i] >= 0))
      throw core::InputError(
          fmt::format("{}: column '{}' holds {:g} in row {} (from 0): weights of random places are "
                      "not negative",
                      input.file, input.weight, result.sample.weight[i],
                      share.first + static_cast<std::int64_t>(i)));
  return result;
}

}  // namespace

MeasuredGalaxies read_measured_galaxies(parallel::Communicator const& comm, MeasureJob const& job) {
  MeasuredGalaxies result;
  comm.together([&] {
    if (job.input.empty())
      throw core::InputError("galaxies.file: name the galaxies there or by --in");
    if (job.has_columns) {
      result.total = io::table_rows({job.input, {}, job.columns.table});
      auto const share = parallel::share_of(result.total, comm.rank(), comm.size());
      result.rows = rows_of_table(job, share);
      result.stored_shapes = !job.columns.e1.empty();
      result.on_sky = !job.columns.ra.empty();
      result.angles_alone = result.on_sky && job.columns.redshift.empty();
      return;
    }
    io::GalaxyReader const reader(job.input);
    result.total = reader.size();
    auto const share = parallel::share_of(result.total, comm.rank(), comm.size());
    result.rows = reader.read(share.first, share.count);
    result.on_sky = reader.content().box_side == 0 && reader.content().columns.sky;
    result.moved_along = reader.content().line_of_sight;
    auto const sight = result.on_sky ? "radial" : job.measure.line_of_sight;
    result.stored_shapes =
        reader.content().columns.shapes && reader.content().line_of_sight == sight;
  });
  if (!job.randoms) return result;
  if (!result.on_sky)
    throw core::InputError(fmt::format(
        "[randoms]: goes with galaxies on a light cone, but those of {} are in a periodic box, "
        "where the number of random pairs is known: leave the table out",
        job.input));
  comm.together([&] { result.randoms = rows_of_randoms(comm, *job.randoms, *job.universe); });
  return result;
}

}  // namespace shearwater::commands
