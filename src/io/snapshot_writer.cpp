// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/snapshot_writer.hpp"

#include <cmath>
#include <initializer_list>
#include <utility>
#include <vector>

#include "shearwater/core/units.hpp"

namespace shearwater::io {

namespace {

constexpr char const* group = "/PartType1";
constexpr std::int64_t bytes_per_particle = 3 * 8 + 3 * 4 + 8;

using Counts = std::vector<std::int64_t>;

/// Only type 1, dark matter, is there.
template <class T>
std::vector<T> of_type_1(T value) {
  return {0, value, 0, 0, 0, 0};
}

}  // namespace

SnapshotWriter::SnapshotWriter(parallel::Communicator const& comm, std::string const& path,
                               SnapshotContent const& content, core::Provenance const& provenance,
                               Existing existing)
    : file_(comm, path, "snapshot", provenance, {existing, content.total * bytes_per_particle}),
      scale_factor_(content.scale_factor) {
  write_header(content);
  file_.create_group(group);
  auto const create = [&](char const* name, ElementType type, Shape const& shape,
                          Meaning const& meaning) {
    auto const path_in_file = std::string(group) + "/" + name;
    file_.create(path_in_file, type, shape, meaning);
    // As GADGET-4 and TNG say it.
    file_.attribute(path_in_file, "a_scaling", meaning.power_of_a);
    file_.attribute(path_in_file, "h_scaling", meaning.power_of_h);
  };
  create("Coordinates", ElementType::float64, {content.total, 3},
         {"kpc", "comoving position", 1, -1});
  create("Velocities", ElementType::float32, {content.total, 3},
         {"km/s", "peculiar velocity over the root of a", 0.5, 0});
  create("ParticleIDs", ElementType::int64, {content.total},
         {"1",
          "site on the initial grid, (plane n + row) n + column; of a read start its ids, counted "
          "from 0, or its rows"});
}

void SnapshotWriter::write_header(SnapshotContent const& content) {
  file_.create_group("/Header");
  auto const put = [&](char const* name, AttributeValue const& value) {
    file_.attribute("/Header", name, value);
  };
  put("NumPart_ThisFile", of_type_1(content.total));
  put("NumPart_Total", of_type_1(content.total));
  put("NumPart_Total_HighWord", of_type_1(std::int64_t{0}));
  put("MassTable", of_type_1(content.particle_mass / units::gadget_mass));
  put("NumFilesPerSnapshot", std::int64_t{1});
  put("BoxSize", content.box_side / units::gadget_length);
  put("Time", content.scale_factor);
  put("Redshift", 1 / content.scale_factor - 1);
  put("Flag_DoublePrecision", std::int64_t{1});
  for (auto const* flag :
       {"Flag_Sfr", "Flag_Cooling", "Flag_StellarAge", "Flag_Metals", "Flag_Feedback"})
    put(flag, std::int64_t{0});
  // TNG has these in the Header, GADGET-4 in Parameters: readers look at one or the other.
  file_.create_group("/Parameters");
  for (auto const* place : {"/Header", "/Parameters"})
    for (auto const& [name, value] : std::initializer_list<std::pair<char const*, double>>{
             {"Omega0", content.omega_m},
             {"OmegaLambda", content.omega_de},
             {"OmegaBaryon", content.omega_b},
             {"HubbleParam", content.h},
             {"UnitLength_in_cm", units::gadget_length * units::cm_per_mpc},
             {"UnitMass_in_g", units::gadget_mass * units::g_per_solar_mass},
             {"UnitVelocity_in_cm_per_s", 1e5}})
      file_.attribute(place, name, value);
}

void SnapshotWriter::write(std::int64_t first, std::span<double const> positions,
                           std::span<double const> velocities, std::span<std::int64_t const> ids) {
  std::vector<double> stored_positions;
  std::vector<float> stored_velocities;
  double const unit = 1 / std::sqrt(scale_factor_);
  for (double const x : positions) stored_positions.push_back(x / units::gadget_length);
  for (double const v : velocities) stored_velocities.push_back(static_cast<float>(unit * v));
  auto const name = [](char const* column) { return std::string(group) + "/" + column; };
  file_.write_rows(name("Coordinates"), first, std::span<double const>(stored_positions));
  file_.write_rows(name("Velocities"), first, std::span<float const>(stored_velocities));
  file_.write_rows(name("ParticleIDs"), first, ids);
}

}  // namespace shearwater::io
