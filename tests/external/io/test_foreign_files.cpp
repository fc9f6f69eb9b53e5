// SPDX-License-Identifier: BSD-3-Clause
// One set of particles and groups from the files that make_foreign_files.py makes, in every format.
#include <cmath>
#include <cstdlib>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/io/halo_catalogue.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/io/snapshot.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

constexpr double box = 50, a = 0.5, h = 0.7, omega_m = 0.3;
constexpr std::int64_t count = 60;
double const particle_mass = omega_m * units::critical_density * box * box * box / count;

std::string file(std::string const& name) {
  char const* folder = std::getenv("SHEARWATER_FOREIGN_FILES");
  REQUIRE(folder != nullptr);
  return std::string(folder) + "/" + name;
}

double position(std::int64_t row, std::size_t axis) {
  std::int64_t const step[] = {7, 11, 1};
  return static_cast<double>(step[axis] * row % 61) / 61.0 * box;
}
double velocity(std::int64_t row, std::size_t axis) {
  auto const i = static_cast<double>(row);
  return axis == 0 ? 10 * i : axis == 1 ? -20 * i : 5 + i;
}

/// The particles of every fixture; float32 in some of them.
void check_particles(io::Snapshot const& s) {
  auto const share = parallel::share_of(count, test::world().rank(), test::world().size());
  CHECK(s.header.total == count);
  CHECK(s.first == share.first);
  CHECK(s.count == share.count);
  CHECK_THAT(s.header.box_side, WithinRel(box, 1e-6));
  CHECK_THAT(s.header.scale_factor, WithinRel(a, 1e-12));
  CHECK_THAT(s.header.h, WithinRel(h, 1e-12));
  CHECK_THAT(s.header.particle_mass, WithinRel(particle_mass, 1e-3));  // the codes' solar masses
  REQUIRE(s.positions.size() == static_cast<std::size_t>(3 * share.count));
  REQUIRE(s.velocities.size() == s.positions.size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(share.count); ++i) {
    auto const row = share.first + static_cast<std::int64_t>(i);
    CHECK(s.ids[i] == 1000 + 3 * row);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      CHECK_THAT(s.positions[3 * i + axis], WithinAbs(position(row, axis), 5e-6));
      CHECK_THAT(s.velocities[3 * i + axis], WithinAbs(velocity(row, axis), 1e-4));
    }
  }
}

void check_groups(io::HaloCatalogue const& c) {
  REQUIRE(c.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    auto const row = static_cast<std::int64_t>(i);
    CHECK_THAT(c.mass[i], WithinRel(1e12 * static_cast<double>(i + 1), 1e-6));
    for (std::size_t axis = 0; axis < 3; ++axis) {
      CHECK_THAT(c.position[3 * i + axis], WithinAbs(position(row, axis), 5e-6));
      if (!c.velocity.empty())
        CHECK_THAT(c.velocity[3 * i + axis], WithinAbs(velocity(row, axis), 1e-4));
    }
  }
}

}  // namespace

TEST_CASE("snapshots of GADGET-4, TNG and SWIFT hold the same particles") {
  for (auto const* name : {"snap_g4.0.hdf5", "snap_g4.2.hdf5", "snap_tng.hdf5", "snap_swift.hdf5",
                           "snap_swift_momenta.hdf5"}) {
    INFO(name);
    check_particles(io::read_snapshot(test::world(), file(name), {}));
  }
}

TEST_CASE("units that a file lacks are refused until they are stated") {
  io::SnapshotConfig config;
  auto const read = [&] { return io::read_snapshot(test::world(), file("ics.hdf5"), config); };
  CHECK_THROWS_WITH(
      read(), ContainsSubstring("unit of length") && ContainsSubstring("snapshot.unit_length_cm"));
  config.unit_length_cm = 3.085678e24;
  CHECK_THROWS_WITH(read(), ContainsSubstring("snapshot.unit_mass_g"));
  config.unit_mass_g = 1.989e43;
  CHECK_THROWS_WITH(read(), ContainsSubstring("snapshot.units_with_h"));
  config.units_with_h = "yes";
  CHECK_THROWS_WITH(read(), ContainsSubstring("snapshot.unit_velocity_cm_s"));
  config.unit_velocity_cm_s = 1e5;
  check_particles(read());
  config.units_with_h = "no";
  CHECK_THROWS_WITH(read(), ContainsSubstring("more than 2 % apart; check snapshot.units_with_h"));
}

TEST_CASE("contradictions of more than 2 % are refused") {
  auto const read = [&](auto change, char const* name = "snap_g4.0.hdf5") {
    io::SnapshotConfig config;
    change(config);
    return io::read_snapshot(test::world(), file(name), config);
  };
  CHECK_THROWS_WITH(read([](auto& c) { c.unit_length_cm = 3.085678e21; }),
                    ContainsSubstring("the unit of length is 3.08568e+24") &&
                        ContainsSubstring("snapshot.unit_length_cm states 3.08568e+21"));
  CHECK_THROWS_WITH(read([](auto& c) { c.h = 0.72; }), ContainsSubstring("snapshot.h"));
  CHECK_NOTHROW(read([](auto& c) { c.h = 0.71; }));
  CHECK_THROWS_WITH(read([](auto& c) { c.omega_m = 0.31; }), ContainsSubstring("omega_m"));
  CHECK_THROWS_WITH(read([](auto& c) { c.particle_mass = 1e10; }), ContainsSubstring("mass"));
  CHECK_THROWS_WITH(read([](auto& c) { c.units_with_h = "no"; }),
                    ContainsSubstring("says that its units carry 1/h"));
  CHECK_THROWS_WITH(read([](auto& c) { c.particle_type = 4; }),
                    ContainsSubstring("no particles of type 4"));
  CHECK_THROWS_WITH(read([](auto&) {}, "snap_g4.7.hdf5"), ContainsSubstring("does not exist"));
  CHECK_THROWS_WITH(read([](auto&) {}, "snap_longer.hdf5"),
                    ContainsSubstring("has 60 rows, but NumPart_ThisFile says 59"));
}

TEST_CASE("unsigned ids are read as long as 63 bits hold them") {
  io::InputFile const ids(file("ids.hdf5"));
  CHECK(ids.values<std::int64_t>("small")[1] == 9223372036854775806);
  CHECK_THROWS_WITH(ids.read("large"), ContainsSubstring("2^63"));
}

TEST_CASE("catalogues of TNG, AHF and plain tables hold the same halos") {
  io::SnapshotConfig tng;
  CHECK_THROWS_WITH(io::read_halo_catalogue(file("fof_subhalo_tab_099.1.hdf5"), tng),
                    ContainsSubstring("snapshot.unit_length_cm"));
  tng.unit_length_cm = 3.085678e21;
  tng.unit_mass_g = 1.989e43;
  tng.unit_velocity_cm_s = 1e5;
  tng.units_with_h = "yes";
  auto const groups = io::read_halo_catalogue(file("fof_subhalo_tab_099.1.hdf5"), tng);
  check_groups(groups);
  CHECK_FALSE(groups.velocity.empty());
  CHECK(groups.particles == std::vector<std::int64_t>{500, 499, 498, 497, 496});
  CHECK_THAT(groups.box_side, WithinRel(box, 1e-6));

  auto const ahf = io::read_halo_catalogue(file("run.z1.AHF_halos"));
  check_groups(ahf);
  CHECK(ahf.id[4] == 1152921504606846980);
  CHECK(ahf.mass_definition == "Mhalo");
  CHECK_THAT(ahf.radius[1], WithinRel(0.201, 1e-9));
  CHECK(ahf.c_to_a == std::vector<double>(5, 0.6));

  io::HaloColumns columns;
  columns.id = "halo", columns.mass = "m", columns.radius = "r";
  columns.x = "px", columns.y = "py", columns.z = "pz";
  auto const read = [&](char const* name) { return io::read_halo_columns(file(name), columns); };
  CHECK_THROWS_WITH(read("halos.csv"), ContainsSubstring("state columns.length_unit"));
  columns.length_unit = "Mpc", columns.mass_unit = "Msun", columns.radius_unit = "kpc/h";
  CHECK_THROWS_WITH(read("halos.csv"), ContainsSubstring("state columns.h"));
  columns.h = h;
  check_groups(read("halos.csv"));
  CHECK(read("halos.csv").id[3] == 103);
  CHECK_THAT(read("halos.csv").radius[3], WithinRel(0.203, 1e-9));
  columns = {};
  columns.table = "objects", columns.mass = "m", columns.length_unit = "kpc/h";
  columns.mass_unit = "1e10 Msun/h";
  columns.x = "px", columns.y = "py", columns.z = "pz";
  columns.vx = "vx", columns.vy = "vy", columns.vz = "vz";
  check_groups(read("halos.hdf5"));
  columns.length_unit = "Mpc/h", columns.box_side = box;
  CHECK_THROWS_WITH(read("halos.hdf5"), ContainsSubstring("check the unit of length"));
}
