// SPDX-License-Identifier: BSD-3-Clause
#include "halo_file.hpp"

#include "shearwater/core/units.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

HaloJob read_halo_job(core::Config& config, CommandLine const& line) {
  HaloJob job;
  job.snapshot = config.read<io::SnapshotConfig>("snapshot");
  job.settings = HaloSettings::from_config(config);
  job.input = line.in.empty() ? config.path_from(job.snapshot.file) : line.in;
  job.output = output_path(config, line, "halos.hdf5");
  config.refuse_unread();
  return job;
}

double halo_row_bytes(HaloSettings const& settings) {
  // Three eigenvalues and three axes for each smoothing.
  return 600 + 96 * static_cast<double>(settings.tidal.smoothing.size());
}

namespace {

/// Writes columns of this rank's rows.
struct Columns {
  io::OutputFile& file;
  std::int64_t total, first;

  void put(std::string const& name, io::Shape row, std::vector<double> const& mine,
           io::Meaning const& meaning) const {
    row.insert(row.begin(), total);
    file.put<double>("/Group/" + name, row, first, mine, meaning);
    // As GADGET-4 and TNG say it.
    file.attribute("/Group/" + name, "a_scaling", meaning.power_of_a);
    file.attribute("/Group/" + name, "h_scaling", meaning.power_of_h);
  }
};

/// One number, or several, of each row.
template <class Rows, class Values>
std::vector<double> column(Rows const& rows, Values values) {
  std::vector<double> result;
  for (auto const& row : rows) values(row, result);
  return result;
}

void append(std::vector<double>& to, std::array<double, 3> const& values, double unit = 1) {
  for (double const value : values) to.push_back(value / unit);
}

void write_header(io::OutputFile& file, io::SnapshotHeader const& snapshot,
                  HaloSettings const& settings, HaloMeasurements const& halos) {
  auto const& members = halos.members;
  file.create_group("/Header");
  auto const put = [&](char const* name, io::AttributeValue const& value) {
    file.attribute("/Header", name, value);
  };
  for (auto const* name : {"Ngroups_ThisFile", "Ngroups_Total"}) put(name, members.total);
  for (auto const* name : {"Nsubgroups_ThisFile", "Nsubgroups_Total"}) put(name, std::int64_t{0});
  for (auto const* name : {"Nids_ThisFile", "Nids_Total"})
    put(name, halos.lists_members ? members.total_members : std::int64_t{0});
  put("NumFiles", std::int64_t{1});
  put("BoxSize", snapshot.box_side / units::gadget_length);
  put("Time", snapshot.scale_factor);
  put("Redshift", 1 / snapshot.scale_factor - 1);
  if (snapshot.omega_m > 0) put("Omega0", snapshot.omega_m);
  if (snapshot.omega_de > 0) put("OmegaLambda", snapshot.omega_de);
  if (snapshot.h > 0) put("HubbleParam", snapshot.h);
  put("UnitLength_in_cm", units::gadget_length * units::cm_per_mpc);
  put("UnitMass_in_g", units::gadget_mass * units::g_per_solar_mass);
  put("UnitVelocity_in_cm_per_s", 1e5);
  put("AllGroups", members.all_groups);
  put("LinkingLength", settings.halos.linking);
  put("SmallestGroup", settings.halos.min_particles);
}

/// Where each group's particles are, by type as Gadget counts them: dark matter is type 1.
void write_rows(Columns const& columns, HaloMeasurements const& halos) {
  std::vector<std::int64_t> length, by_type, offset;
  std::int64_t before = halos.members.first_member;
  for (std::size_t g = 0; g < halos.members.size(); ++g) {
    length.push_back(
        static_cast<std::int64_t>(halos.members.begin[g + 1] - halos.members.begin[g]));
    by_type.insert(by_type.end(), {0, length.back(), 0, 0, 0, 0});
    offset.insert(offset.end(), {0, before, 0, 0, 0, 0});
    before += length.back();
  }
  auto const put = [&](char const* name, io::Shape const& shape,
                       std::vector<std::int64_t> const& mine, char const* what) {
    columns.file.put<std::int64_t>(std::string("/Group/") + name, shape, columns.first, mine,
                                   {"1", what});
  };
  put("GroupLen", {columns.total}, length, "particles");
  put("GroupLenType", {columns.total, 6}, by_type, "particles of each type");
  if (halos.sorts_snapshot)
    put("GroupOffsetType", {columns.total, 6}, offset,
        "first row of the group in the snapshot of the same number, by type");
  put("GroupFirstID", {columns.total}, halos.members.label,
      "smallest id of a member, the group's name");
}

/// Where Gadget has them.
void write_members(io::OutputFile& file, halos::GroupMembers const& members) {
  file.create_group("/IDs");
  file.put<std::int64_t>("/IDs/ID", {members.total_members}, members.first_member, members.id,
                         {"1", "ids of the members, group after group, rising in each"});
}

void write_motion(Columns const& columns, io::SnapshotHeader const& snapshot,
                  HaloMeasurements const& halos) {
  columns.put("GroupVel", {3},
              column(halos.properties,
                     [&](auto const& p, auto& to) {
                       for (double const v : p.velocity) to.push_back(v * snapshot.scale_factor);
                     }),
              {"km/s", "velocity of the centre of mass times a", -1, 0});
  columns.put("GroupVelDisp", {},
              column(halos.properties,
                     [](auto const& p, auto& to) { to.push_back(p.velocity_dispersion); }),
              {"km/s", "peculiar velocity dispersion of one component"});
  // Asked of what all ranks know: one may have no halos, and the dataset is made by all.
  if (!halos.overdensities.empty())
    columns.put("GroupSpinBullock", {}, halos.spins,
                {"1", "spin of Bullock et al. (2001) of the members within Group_R_TopHat200"});
}

void write_spheres(Columns const& columns, HaloMeasurements const& halos) {
  auto const many = halos.overdensities.size();
  for (std::size_t d = 0; d < many; ++d) {
    std::vector<double> mass, radius;
    for (std::size_t h = 0; h < halos.properties.size(); ++h) {
      mass.push_back(halos.spheres[h * many + d].mass / units::gadget_mass);
      radius.push_back(halos.spheres[h * many + d].radius / units::gadget_length);
    }
    auto const& name = halos.overdensities[d].name;
    columns.put("Group_M_" + name, {}, mass,
                {"1e10 Msun", "mass of all particles within Group_R_" + name, 0, -1});
    columns.put(
        "Group_R_" + name, {}, radius,
        {"kpc", "radius about GroupPos of this mean density; NaN where there is none", 1, -1});
  }
}

void write_shape(Columns const& columns, HaloMeasurements const& halos, std::string const& kind,
                 halos::Shape halos::GroupProperties::*shape, std::string const& what) {
  columns.put("GroupAxisRatios" + kind, {2},
              column(halos.properties,
                     [&](auto const& p, auto& to) {
                       to.push_back((p.*shape).b_to_a);
                       to.push_back((p.*shape).c_to_a);
                     }),
              {"1", "b/a and c/a of " + what});
  columns.put("GroupAxes" + kind, {3, 3},
              column(halos.properties,
                     [&](auto const& p, auto& to) {
                       for (auto const& axis : (p.*shape).axis) append(to, axis);
                     }),
              {"1", "unit vectors of the major, middle and minor axis of " + what});
}

void write_tides(Columns const& columns, TidalConfig const& tidal, HaloMeasurements const& halos) {
  auto const scales = static_cast<std::int64_t>(tidal.smoothing.size());
  columns.put(
      "GroupTidalEigenvalues", {scales, 3},
      column(halos.tides, [](auto const& tide, auto& to) { append(to, tide.value); }),
      {"1",
       "falling eigenvalues of the tidal tensor (k_i k_j / k^2) delta at GroupPos, delta the "
       "overdensity of all particles smoothed by exp(-k^2 R^2 / 2), for each R in Smoothing"});
  columns.put("GroupTidalAxes", {scales, 3, 3},
              column(halos.tides,
                     [](auto const& tide, auto& to) {
                       for (auto const& axis : tide.axis) append(to, axis);
                     }),
              {"1", "unit vectors of GroupTidalEigenvalues, first component not zero positive"});
  for (auto const* name : {"/Group/GroupTidalEigenvalues", "/Group/GroupTidalAxes"}) {
    columns.file.attribute(name, "Smoothing", tidal.smoothing);
    columns.file.attribute(name, "SmoothingUnit", std::string("Mpc/h, comoving"));
    columns.file.attribute(name, "Mesh", halos.tidal_mesh);
  }
}

}  // namespace

void write_halos(parallel::Communicator const& comm, std::string const& path,
                 HaloSettings const& settings, io::SnapshotHeader const& snapshot,
                 HaloMeasurements const& halos, core::Provenance const& provenance,
                 io::Existing existing) {
  io::OutputFile file(
      comm, path, "halos", provenance,
      {existing, static_cast<std::int64_t>(static_cast<double>(halos.members.total) *
                                           halo_row_bytes(settings))});
  write_header(file, snapshot, settings, halos);
  file.create_group("/Group");
  file.create_group("/Subhalo");  // none, but readers of the layout want the group
  Columns const columns{file, halos.members.total, halos.members.first};
  write_rows(columns, halos);
  auto const& properties = halos.properties;
  columns.put("GroupMass", {},
              column(properties,
                     [](auto const& p, auto& to) { to.push_back(p.mass / units::gadget_mass); }),
              {"1e10 Msun", "mass of the members", 0, -1});
  columns.put(
      "GroupPos", {3},
      column(properties, [](auto const& p,
                            auto& to) { append(to, p.potential_minimum, units::gadget_length); }),
      {"kpc", "member at the minimum of the members' potential", 1, -1});
  columns.put(
      "GroupCM", {3},
      column(properties,
             [](auto const& p, auto& to) { append(to, p.centre_of_mass, units::gadget_length); }),
      {"kpc", "centre of mass of the members", 1, -1});
  if (halos.lists_members) write_members(file, halos.members);
  if (snapshot.has_velocities) write_motion(columns, snapshot, halos);
  write_spheres(columns, halos);
  using Group = halos::GroupProperties;
  write_shape(columns, halos, "Simple", &Group::simple,
              "the members' inertia tensor about GroupPos");
  write_shape(columns, halos, "Reduced", &Group::reduced, "the inertia tensor weighted by 1/r^2");
  write_shape(columns, halos, "Iterative", &Group::iterative,
              "the reduced tensor in ellipsoidal radii, iterated; NaN where it did not settle");
  if (halos.tidal_mesh > 0) write_tides(columns, settings.tidal, halos);
  write_counts(file, halos.counts, snapshot);
  file.commit();
}

}  // namespace shearwater::commands
