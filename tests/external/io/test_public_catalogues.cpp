// SPDX-License-Identifier: BSD-3-Clause
// Rockstar files of pynbody/tangos e0fe815 (BSD-3) and the Abacus box of abacusorg/abacusutils
// 426352f; the numbers were read from the files' bytes by other means.
#include <algorithm>
#include <numeric>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/files.hpp"
#include "shearwater/io/halo_catalogue.hpp"
#include "shearwater/io/snapshot.hpp"
#include "support.hpp"

using namespace shearwater;

TEST_CASE("Rockstar's binary halos", "[io][external]") {
  auto const path = test::require_data("rockstar/halos_14.0.bin").string();
  auto const c = io::read_halo_catalogue(path);
  CHECK(c.format == "rockstar-binary");
  REQUIRE(c.size() == 508);
  CHECK(std::accumulate(c.particles.begin(), c.particles.end(), std::int64_t{0}) == 30509);
  CHECK(*std::min_element(c.particles.begin(), c.particles.end()) == 20);
  auto const heaviest = std::max_element(c.mass.begin(), c.mass.end());
  CHECK_THAT(*heaviest, WithinRel(6.676314e12, 1e-6));
  auto const i = static_cast<std::size_t>(heaviest - c.mass.begin());
  CHECK(c.id[i] == 8);
  CHECK(c.particles[i] == 991);
  CHECK_THAT(c.position[3 * i], WithinRel(25.661777, 1e-6));
  CHECK_THAT(c.velocity[3 * i + 1], WithinRel(-293.66086, 1e-6));
  CHECK_THAT(c.radius[i], WithinRel(0.48108334, 1e-6));
  CHECK_THAT(c.b_to_a[i], WithinRel(0.54723698, 1e-6));
  CHECK_THAT(c.c_to_a[i], WithinRel(0.27157709, 1e-6));
  CHECK_THAT(c.spin[i], WithinRel(0.019282268, 1e-6));
  CHECK_THAT(c.box_side, WithinRel(50.0, 1e-6));
  CHECK_THAT(c.scale_factor, WithinRel(0.3092495, 1e-6));
  CHECK_THAT(c.particle_mass, WithinRel(4.6139e9, 1e-4));

  test::ScratchFolder const scratch;
  auto const bytes = io::read_text(path);
  io::write_file(scratch.file("cut.bin"), bytes.substr(0, 100000));
  CHECK_THROWS_WITH(io::read_halo_catalogue(scratch.file("cut.bin")), ContainsSubstring("cut off"));
}

TEST_CASE("Rockstar's ASCII list", "[io][external]") {
  auto const path = test::require_data("rockstar/out_14.list").string();
  auto const c = io::read_halo_catalogue(path);
  CHECK(c.format == "rockstar-ascii");
  CHECK(c.mass_definition == "Mvir");
  REQUIRE(c.size() == 11);
  CHECK(c.id[0] == 520);
  CHECK(c.particles[0] == 3787);
  CHECK(c.mass[0] == 1.8774e13);
  CHECK_THAT(c.radius[0], WithinRel(0.679193, 1e-12));
  CHECK(c.position[2] == 33.90779);
  CHECK(c.velocity[0] == -242.61);
  CHECK(c.b_to_a[0] == 0.49369);
  CHECK(c.major_axis[1] == -1.16234);
  CHECK(c.scale_factor == 0.309249);
  CHECK(c.omega_m == 0.279);
  CHECK(c.h == 0.701);
  CHECK(c.box_side == 50);
  CHECK(c.particle_mass == 4.6139e9);

  test::ScratchFolder const scratch;
  auto const text = io::read_text(path);
  io::write_file(scratch.file("cut.list"), text.substr(0, text.size() - 40));
  CHECK_THROWS_WITH(io::read_halo_catalogue(scratch.file("cut.list")),
                    ContainsSubstring("columns are named"));
}

TEST_CASE("the Abacus box needs its units' power of h", "[io][external]") {
  auto const path = test::require_data("abacus_mini/snapshot_000.hdf5").string();
  io::SnapshotConfig config;
  CHECK_THROWS_WITH(io::read_snapshot(test::world(), path, config),
                    ContainsSubstring("state snapshot.units_with_h"));
  config.units_with_h = "no";
  CHECK_THROWS_WITH(io::read_snapshot(test::world(), path, config),
                    ContainsSubstring("more than 2 % apart"));
  config.units_with_h = "yes";
  auto const s = io::read_snapshot(test::world(), path, config);
  CHECK(s.header.total == 262144);
  CHECK(s.header.box_side == 32);
  // Half a per cent below that of its omega_m: within the 2 % that are let pass.
  CHECK_THAT(s.header.particle_mass, WithinRel(1.0882e10, 1e-12));
  CHECK_FALSE(s.header.has_velocities);
  CHECK(s.velocities.empty());
}
