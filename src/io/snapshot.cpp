// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "shearwater/core/error.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/core/units.hpp"
#include "simulation_units.hpp"

namespace shearwater::io {

void SnapshotConfig::describe(core::Fields& field) {
  field("file", file, "", "snapshot in Gadget's or SWIFT's HDF5 layout; of several files any one")
      .path();
  field("particle_type", particle_type, "", "type that is read; 1 is dark matter").between(0, 6);
  field("unit_length_cm", unit_length_cm, "cm", "unit of length; 0: as the file says").at_least(0);
  field("unit_mass_g", unit_mass_g, "g", "unit of mass; 0: as the file says").at_least(0);
  field("unit_velocity_cm_s", unit_velocity_cm_s, "cm/s", "unit of velocity; 0: as the file says")
      .at_least(0);
  field("units_with_h", units_with_h, "", "whether lengths and masses are in units per h")
      .one_of({"file", "yes", "no"});
  field("omega_m", omega_m, "", "matter density today; 0: as the file says").between(0, 2);
  field("h", h, "", "Hubble constant / (100 km/s/Mpc); 0: as the file says").between(0, 2);
  field("particle_mass", particle_mass, "Msun/h", "of every particle; 0: as the file says")
      .at_least(0);
}

namespace {

/// One of the files and how many particles of the type it holds.
struct Part {
  std::string path;
  std::int64_t count;
};

/// What the reading of rows needs beside the header.
struct Plan {
  SnapshotHeader header;
  UnitFactors factors;
  std::vector<Part> parts;
  std::string group;
  bool has_masses = false;
  double mass_in_table = 0;     ///< in the file's unit
  double velocity_power = 0.5;  ///< of a
};

std::int64_t count_of(InputFile const& file, std::string const& name, std::int64_t type) {
  auto const list = find_list(file, "/Header", name);
  auto const index = static_cast<std::size_t>(type);
  if (index >= list.size()) return 0;
  if (!(list[index] >= 0 && list[index] < 0x1p62))
    throw core::InputError(fmt::format("{}: {} of type {} is {:g}: must be a number of particles",
                                       file.path(), name, type, list[index]));
  return static_cast<std::int64_t>(list[index]);
}

/// Particles of the type in all files, as the header says.
std::int64_t stated_total(InputFile const& file, std::int64_t type) {
  auto total = count_of(file, "NumPart_Total", type);
  if (total < (std::int64_t{1} << 32))
    total += count_of(file, "NumPart_Total_HighWord", type) << 32;
  return total;
}

/// The files that `first` is one of.
std::vector<std::string> files_of(InputFile const& first) {
  constexpr double most_files = 1e6;
  auto const files = find_number(first, "/Header", "NumFilesPerSnapshot").value_or(1);
  if (!(files >= 1 && files <= most_files))
    throw core::InputError(
        fmt::format("{}: NumFilesPerSnapshot is {:g}: must be between 1 and {:g}", first.path(),
                    files, most_files));
  return file_set(first.path(), static_cast<std::int64_t>(files));
}

std::vector<Part> find_parts(InputFile const& first, std::int64_t type) {
  std::vector<Part> parts;
  std::int64_t sum = 0;
  for (auto const& path : files_of(first)) {
    auto const count = count_of(InputFile(path), "NumPart_ThisFile", type);
    parts.push_back({path, count});
    sum += count;
  }
  auto const total = stated_total(first, type);
  if (total != 0 && total != sum)
    throw core::InputError(
        fmt::format("{}: its Header counts {} particles of type {}, but the {} files hold {}: a "
                    "part belongs to "
                    "another snapshot, or is not finished",
                    first.path(), total, type, parts.size(), sum));
  if (sum == 0)
    throw core::InputError(
        fmt::format("{}: holds no particles of type {}: choose another snapshot.particle_type",
                    first.path(), type));
  return parts;
}

/// Whether the particles of this type alone make up all matter.
bool only_type(InputFile const& file, std::int64_t type) {
  for (std::int64_t other = 0; other < 7; ++other)
    if (other != type && stated_total(file, other) > 0) return false;
  return true;
}

void check_density(std::string const& path, SnapshotHeader const& h) {
  if (h.omega_m == 0 || h.particle_mass == 0 || !h.only_type) return;
  double const expected =
      h.omega_m * units::critical_density * std::pow(h.box_side, 3) / static_cast<double>(h.total);
  if (std::abs(h.particle_mass / expected - 1) <= 0.02) return;
  throw core::InputError(fmt::format(
      "{}: {} particles of {:g} Msun/h in a box of {:g} Mpc/h are not omega_m = {:g}, for which "
      "each has {:g} Msun/h: more than 2 % apart; check snapshot.units_with_h and the other units",
      path, h.total, h.particle_mass, h.box_side, h.omega_m, expected));
}

Plan make_plan(std::string const& path, SnapshotConfig const& config) {
  InputFile const first(path);
  Plan plan;
  auto const type = config.particle_type;
  plan.group = fmt::format("/PartType{}", type);
  plan.header = read_common_header(first, config);
  plan.parts = find_parts(first, type);
  // The first part may be empty; what the datasets are is seen in one that is not.
  auto const& filled = *std::find_if(plan.parts.begin(), plan.parts.end(),
                                     [](Part const& part) { return part.count > 0; });
  InputFile const file(filled.path);
  auto& header = plan.header;
  plan.factors = read_unit_factors(file, config, plan.group + "/Coordinates", header.h);
  header.box_side *= plan.factors.length;
  for (auto const& part : plan.parts) header.total += part.count;
  header.has_ids = file.contains(plan.group + "/ParticleIDs");
  header.has_velocities = file.contains(plan.group + "/Velocities");
  if (header.has_velocities && plan.factors.velocity == 0)
    throw core::InputError(fmt::format(
        "{}: does not say what its unit of velocity is: state it as snapshot.unit_velocity_cm_s",
        file.path()));
  if (is_swift(file))
    plan.velocity_power =
        header.has_velocities
            ? find_number(file, plan.group + "/Velocities", "a-scale exponent").value_or(0)
            : 0;
  auto const table = find_list(first, "/Header", "MassTable");
  if (static_cast<std::size_t>(type) < table.size())
    plan.mass_in_table = table[static_cast<std::size_t>(type)];
  auto const found = plan.mass_in_table > 0
                         ? std::optional<double>(plan.mass_in_table * plan.factors.mass)
                         : std::nullopt;
  auto const mass =
      settle(first, "the particles' mass", "snapshot.particle_mass", found, config.particle_mass);
  header.particle_mass = mass.value_or(0);
  plan.has_masses = !mass && file.contains(plan.group + "/Masses");
  if (!mass && !plan.has_masses)
    throw core::InputError(
        fmt::format("{}: has neither a mass in MassTable nor {}/Masses: state "
                    "snapshot.particle_mass [Msun/h]",
                    first.path(), plan.group));
  header.only_type = only_type(first, type);
  check_density(first.path(), header);
  return plan;
}

/// Rows that are read at a time: one array may not be larger than size_cap, nor held twice.
constexpr std::int64_t most_rows = 1 << 22;

template <class Read>
void for_blocks(std::int64_t first, std::int64_t count, Read const& read) {
  for (std::int64_t done = 0; done < count; done += most_rows)
    read(first + done, std::min(most_rows, count - done));
}

/// Appends rows of a dataset, times a factor.
void append(InputFile const& file, std::string const& name, std::int64_t first, std::int64_t count,
            std::int64_t width, double factor, std::vector<double>& values) {
  if (width == 3)
    file.check_shape(name, {-1, 3});
  else
    file.check_shape(name, {-1});
  for_blocks(first, count, [&](std::int64_t from, std::int64_t rows) {
    for (auto const value : file.read_rows(name, from, rows).to_double()) {
      if (!std::isfinite(value))
        throw core::InputError(
            fmt::format("{}: '{}' holds {} in rows {} to {}: only finite values are accepted",
                        file.path(), name, value, from, from + rows));
      values.push_back(value * factor);
    }
  });
}

/// Positions may lie a little beyond the box, where a step has just moved them; further out they
/// are in another unit.
void wrap(Snapshot& snapshot, std::string const& path) {
  double const side = snapshot.header.box_side, beyond = 0.05 * side;
  for (std::size_t i = 0; i < snapshot.positions.size(); ++i) {
    double& x = snapshot.positions[i];
    if (x < 0 && x > -beyond) x += side;
    if (x > side && x < side + beyond) x -= side;
    if (x >= 0 && x <= side) continue;
    throw core::InputError(
        fmt::format("{}: particle {} lies at {:g} Mpc/h in a box of {:g} Mpc/h: positions and "
                    "BoxSize are in different units",
                    path, snapshot.first + static_cast<std::int64_t>(i / 3), x, side));
  }
}

/// Every dataset has the rows that the header counts: neither is a file cut short read, nor one
/// that was appended to.
void check_rows(InputFile const& file, std::string const& name, std::int64_t expected) {
  auto const shape = file.info(name).shape;
  if (!shape.empty() && shape[0] == expected) return;
  throw core::InputError(fmt::format(
      "{}: '{}' has {} rows, but NumPart_ThisFile says {}: the file is damaged or not finished",
      file.path(), name, shape.empty() ? 0 : shape[0], expected));
}

void append_part(Part const& part, Plan const& plan, std::int64_t first, std::int64_t count,
                 Snapshot& snapshot) {
  InputFile const file(part.path);
  auto const& h = plan.header;
  auto const check = [&](bool wanted, char const* name) {
    if (wanted) check_rows(file, plan.group + name, part.count);
  };
  check(true, "/Coordinates");
  check(h.has_velocities, "/Velocities");
  check(plan.has_masses, "/Masses");
  check(h.has_ids, "/ParticleIDs");
  append(file, plan.group + "/Coordinates", first, count, 3, plan.factors.length,
         snapshot.positions);
  if (h.has_velocities)
    append(file, plan.group + "/Velocities", first, count, 3,
           plan.factors.velocity * std::pow(h.scale_factor, plan.velocity_power),
           snapshot.velocities);
  if (plan.has_masses)
    append(file, plan.group + "/Masses", first, count, 1, plan.factors.mass, snapshot.masses);
  if (!h.has_ids) return;
  for_blocks(first, count, [&](std::int64_t from, std::int64_t rows) {
    auto const ids = file.read_rows(plan.group + "/ParticleIDs", from, rows);
    if (ids.type == ElementType::int64) {
      auto const values = ids.as<std::int64_t>();
      snapshot.ids.insert(snapshot.ids.end(), values.begin(), values.end());
    } else {
      for (auto const id : ids.to_double()) snapshot.ids.push_back(static_cast<std::int64_t>(id));
    }
  });
}

void check_masses(Snapshot const& snapshot, std::string const& path) {
  for (std::size_t i = 0; i < snapshot.masses.size(); ++i)
    if (!(snapshot.masses[i] > 0))
      throw core::InputError(
          fmt::format("{}: particle {} has a mass of {:g}: masses must be positive", path,
                      snapshot.first + static_cast<std::int64_t>(i), snapshot.masses[i]));
}

/// Equal masses need no column.
void simplify_masses(parallel::Communicator const& comm, Snapshot& snapshot) {
  auto& masses = snapshot.masses;
  double const most = masses.empty() ? 0 : *std::max_element(masses.begin(), masses.end());
  double const least = masses.empty() ? most : *std::min_element(masses.begin(), masses.end());
  double const highest = comm.max(most);
  double const lowest = -comm.max(masses.empty() ? -1e300 : -least);
  if (highest != lowest) return;
  snapshot.header.particle_mass = highest;
  masses.clear();
}

/// The plan of rank 0; the others make theirs from files that rank 0 found to be in order.
Plan shared_plan(parallel::Communicator const& comm, std::string const& path,
                 SnapshotConfig const& config) {
  Plan plan;
  comm.on_root([&] { plan = make_plan(path, config); });
  comm.together([&] {
    if (!comm.is_root()) plan = make_plan(path, config);
  });
  return plan;
}

}  // namespace

std::string snapshot_hash(std::string const& path) {
  auto const files = files_of(InputFile(path));
  if (files.size() == 1) return content_hash(files[0]);
  std::string hashes;
  for (auto const& file : files) hashes += content_hash(file);
  return core::hash_text(hashes);
}

SnapshotHeader read_snapshot_header(std::string const& path, SnapshotConfig const& config) {
  return make_plan(path, config).header;
}

Snapshot read_snapshot(parallel::Communicator const& comm, std::string const& path,
                       SnapshotConfig const& config) {
  auto const plan = shared_plan(comm, path, config);
  Snapshot snapshot;
  snapshot.header = plan.header;
  auto const share = parallel::share_of(plan.header.total, comm.rank(), comm.size());
  snapshot.first = share.first;
  snapshot.count = share.count;
  comm.together([&] {
    auto const rows = static_cast<std::size_t>(share.count);
    snapshot.positions.reserve(3 * rows);
    if (plan.header.has_velocities) snapshot.velocities.reserve(3 * rows);
    std::int64_t before = 0;
    for (auto const& part : plan.parts) {
      auto const from = std::max(share.first, before);
      auto const until = std::min(share.first + share.count, before + part.count);
      if (from < until) append_part(part, plan, from - before, until - from, snapshot);
      before += part.count;
    }
    wrap(snapshot, path);
  });
  if (!plan.header.has_ids) {
    snapshot.ids.resize(static_cast<std::size_t>(share.count));
    std::iota(snapshot.ids.begin(), snapshot.ids.end(), share.first);
  }
  if (plan.has_masses) {
    comm.together([&] { check_masses(snapshot, path); });
    simplify_masses(comm, snapshot);
    check_density(path, snapshot.header);
  }
  return snapshot;
}

bool ids_repeat(parallel::Communicator const& comm, std::span<std::int64_t const> ids) {
  std::vector<std::vector<std::int64_t>> to(static_cast<std::size_t>(comm.size()));
  for (auto const id : ids)
    to[static_cast<std::uint64_t>(id) % static_cast<std::uint64_t>(comm.size())].push_back(id);
  auto arrived = comm.deliver(to);
  std::sort(arrived.begin(), arrived.end());
  return comm.any(std::adjacent_find(arrived.begin(), arrived.end()) != arrived.end());
}

}  // namespace shearwater::io
