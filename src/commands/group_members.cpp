// SPDX-License-Identifier: BSD-3-Clause
#include "group_members.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "group_halos.hpp"
#include "nbody_files.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"

namespace shearwater::commands {

namespace {

constexpr char const* offsets = "/Group/GroupOffsetType";
/// Rows of the snapshot that are read at a time.
constexpr std::int64_t most_rows = 1 << 18;

/// A row of the snapshot for a galaxy of the block.
struct Wanted {
  std::int64_t row;
  std::size_t galaxy;
};

/// Rows of a dataset of 32 or 64 bits.
std::vector<std::int64_t> whole_numbers(io::InputFile const& file, std::string const& name,
                                        std::int64_t first, std::int64_t count) {
  auto const array = file.read_rows(name, first, count);
  if (array.type != io::ElementType::int32 && array.type != io::ElementType::int64)
    throw core::InputError(fmt::format("{}: dataset '{}' holds {}, but int64 is needed",
                                       file.path(), name, io::type_name(array.type)));
  if (array.type == io::ElementType::int32) {
    auto const values = array.as<std::int32_t>();
    return {values.begin(), values.end()};
  }
  auto const values = array.as<std::int64_t>();
  return {values.begin(), values.end()};
}

/// The resolved input that a file was made from; "" where it does not say.
std::string input_of(io::InputFile const& file) {
  for (auto const& [name, value] : file.provenance().origin)
    if (name == "input") return value;
  return "";
}

/// Throws InputError where the files say that two simulations made them.
void check_simulation(io::InputFile const& catalogue, io::InputFile const& snapshot) {
  if (input_of(catalogue).empty() || input_of(snapshot).empty()) return;
  Origin const started{"", {{"start_hash", ""}, {"white_noise_hash", ""}}};
  auto const difference = difference_of(stored_origin(snapshot.path(), started),
                                        stored_origin(catalogue.path(), started), run_keys);
  if (!difference.empty())
    throw core::InputError(
        fmt::format("hosts.particles: {} and {} are of different simulations: {}; give the "
                    "snapshot of the same output",
                    snapshot.path(), catalogue.path(), difference));
}

}  // namespace

GroupMembers::GroupMembers(io::InputFile const& catalogue, std::string const& snapshot)
    : snapshot_(snapshot),
      box_side_(catalogue.number("/Header", "BoxSize") * units::gadget_length),
      scale_factor_(catalogue.number("/Header", "Time")) {
  snapshot_.check_schema("snapshot");
  if (!catalogue.contains(offsets))
    throw core::InputError(fmt::format(
        "{}: does not say where its groups are in a snapshot: catalogues of `shearwater nbody` "
        "with outputs.snapshots = true do; or use satellites.profile = \"nfw\"",
        catalogue.path()));
  for (auto const* name : {"BoxSize", "Time"})
    if (snapshot_.number("/Header", name) != catalogue.number("/Header", name))
      throw core::InputError(
          fmt::format("hosts.particles: {} has {} = {:g}, but {} has {:g}: give the snapshot of "
                      "the same output",
                      snapshot, name, snapshot_.number("/Header", name), catalogue.path(),
                      catalogue.number("/Header", name)));
  check_simulation(catalogue, snapshot_);
  auto const total = catalogue.integer("/Header", "Ngroups_Total");
  catalogue.check_shape(offsets, {total, 6});
  catalogue.check_shape("/Group/GroupLen", {total});
  for (auto const* name : {"/PartType1/Coordinates", "/PartType1/Velocities"})
    snapshot_.check_shape(name, {-1, 3});
  snapshot_.check_unit("/PartType1/Coordinates", "kpc");
  snapshot_.check_unit("/PartType1/Velocities", "km/s");
}

galaxies::MemberPlaces GroupMembers::places(io::InputFile const& catalogue, std::int64_t first,
                                            galaxies::GalaxyCounts const& counts,
                                            std::uint64_t seed) const {
  auto const satellites = to_host(counts.satellites);
  auto const central = to_host(counts.central);
  auto const begin = to_host(counts.first);
  auto const halos = std::ssize(satellites);
  auto const offset = whole_numbers(catalogue, offsets, first, halos);
  auto const length = whole_numbers(catalogue, "/Group/GroupLen", first, halos);
  std::vector<Wanted> wanted;
  for (std::size_t h = 0; h < satellites.size(); ++h) {
    if (satellites[h] > length[h])
      throw core::InputError(fmt::format(
          "halo {} of {} particles is to have {} satellites: raise hosts.smallest_mass, or use "
          "satellites.profile = \"nfw\"",
          first + static_cast<std::int64_t>(h), length[h], satellites[h]));
    auto const key = static_cast<std::uint64_t>(first) + h;
    auto at = static_cast<std::size_t>(begin[h] + central[h]);
    for (auto const member : galaxies::choose_members(length[h], satellites[h], seed, key))
      wanted.push_back({offset[6 * h + 1] + member, at++});
  }
  std::ranges::sort(wanted, {}, &Wanted::row);
  std::vector<double> position(3 * static_cast<std::size_t>(counts.total), 0.0);
  std::vector<float> velocity(position.size(), 0.0F);
  auto const root = static_cast<float>(std::sqrt(scale_factor_));
  for (std::size_t w = 0; w < wanted.size();) {
    auto const row = wanted[w].row, rows = std::min(most_rows, wanted.back().row + 1 - row);
    auto const x = snapshot_.read_rows("/PartType1/Coordinates", row, rows).to_double();
    auto const v = snapshot_.read_rows("/PartType1/Velocities", row, rows).to_double();
    for (; w < wanted.size() && wanted[w].row < row + rows; ++w)
      for (std::size_t a = 0; a < 3; ++a) {
        auto const from = 3 * static_cast<std::size_t>(wanted[w].row - row) + a;
        position[3 * wanted[w].galaxy + a] = x[from] * units::gadget_length;
        velocity[3 * wanted[w].galaxy + a] = static_cast<float>(v[from]) * root;
      }
  }
  return {triples_on_device("commands::member_position", position),
          triples_on_device("commands::member_velocity", velocity), box_side_};
}

}  // namespace shearwater::commands
