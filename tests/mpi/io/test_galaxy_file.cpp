// SPDX-License-Identifier: BSD-3-Clause
// Galaxies written in blocks by 1 to 4 ranks: one digest, and what was written is read.
#include "catch.hpp"
#include "shearwater/io/galaxy_file.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

constexpr std::int64_t kTotal = 53;

io::GalaxyContent content() {
  io::GalaxyContent c;
  c.total = kTotal;
  c.box_side = 100;
  c.scale_factor = 0.5;
  c.omega_m = 0.3;
  c.h = 0.7;
  c.columns = {true, true, true, true,  true,  true,  true,
               true, true, true, false, false, false, true};
  c.line_of_sight = std::string(1, 'z');  // GCC 12 warns falsely of "z"
  return c;
}

/// Every number from its row alone.
io::GalaxyCatalogue rows(std::int64_t first, std::int64_t count) {
  io::GalaxyCatalogue g;
  for (std::int64_t i = first; i < first + count; ++i) {
    auto const x = static_cast<float>(i);
    g.id.push_back(1000 + i);
    g.host.push_back(i / 4);
    g.host_mass.push_back(1e12F * (1 + x));
    g.central.push_back(i % 4 == 0);
    for (float const k : {0.F, 1.F, 2.F}) {
      g.position.push_back(i + 0.125 * static_cast<double>(k));
      g.velocity.push_back(x - 20 * k);
      for (float const l : {0.F, 1.F, 2.F}) g.axes.push_back(k == l ? 1.F : 0.F);
    }
    g.axis_ratios.insert(g.axis_ratios.end(), {0.75F, 0.5F});
    g.ra.push_back(0.01 * x);
    g.dec.push_back(-0.01 * x);
    g.z_cos.push_back(0.1F);
    g.z_obs.push_back(0.11F);
    g.e1.push_back(0.25F);
    g.e2.push_back(-0.125F);
    g.flag.push_back(static_cast<std::int32_t>(i % 3));
  }
  return g;
}

void write(parallel::Communicator const& comm, std::string const& path) {
  io::GalaxyWriter writer(comm, path, content(), core::make_provenance("populate", "", 1));
  // In two blocks, each divided among the ranks.
  std::int64_t at = 0;
  for (std::int64_t const block : {std::int64_t{2}, kTotal - 2}) {
    auto const mine = parallel::share_of(block, comm.rank(), comm.size());
    writer.write(at + mine.first, rows(at + mine.first, mine.count));
    at += block;
  }
  CHECK(writer.file().no_collective_cause() == "none");
  writer.commit();
}

}  // namespace

TEST_CASE("galaxies written by any number of ranks have one digest and are read as written") {
  auto const& comm = test::world();
  test::ScratchFolder const scratch;
  write(comm, scratch.file("galaxies.hdf5"));
  if (comm.is_root()) write(parallel::Communicator(MPI_COMM_SELF), scratch.file("alone.hdf5"));
  comm.barrier();
  CHECK(io::digest(scratch.file("galaxies.hdf5")) == io::digest(scratch.file("alone.hdf5")));

  io::GalaxyReader const reader(scratch.file("galaxies.hdf5"));
  CHECK(reader.size() == kTotal);
  CHECK(reader.content().line_of_sight == "z");
  CHECK_FALSE(reader.content().columns.shear);
  auto const read = reader.read(7, 20);
  auto const wanted = rows(7, 20);
  CHECK(read.box_side == 100);
  CHECK(read.scale_factor == 0.5);
  CHECK(read.id == wanted.id);
  CHECK(read.host == wanted.host);
  CHECK(read.central == wanted.central);
  CHECK(read.velocity == wanted.velocity);
  CHECK(read.axes == wanted.axes);
  CHECK(read.e2 == wanted.e2);
  CHECK(read.flag == wanted.flag);
  CHECK(read.gamma1.empty());
  CHECK(read.weight.empty());
  REQUIRE(read.position.size() == 60);
  for (std::size_t i = 0; i < 60; ++i)
    CHECK_THAT(read.position[i], WithinRel(wanted.position[i], 1e-15));
  CHECK_THAT(read.ra[3], WithinRel(wanted.ra[3], 1e-15));
  CHECK_THAT(read.host_mass[5], WithinRel(wanted.host_mass[5], 1e-6F));
  // As TNG's readers see it.
  CHECK_THAT(reader.file().rows<double>("/Subhalo/SubhaloPos", 9, 1)[0], WithinRel(9000.0, 1e-14));
  CHECK(reader.file().number("/Header", "BoxSize") == 100000);
}

TEST_CASE("a block without a column of the file is refused on every rank") {
  auto const& comm = test::world();
  test::ScratchFolder const scratch;
  io::GalaxyWriter writer(comm, scratch.file("galaxies.hdf5"), content(),
                          core::make_provenance("populate", "", 1));
  auto mine = rows(0, comm.is_root() ? 3 : 0);
  if (comm.is_root()) mine.e1.clear();
  CHECK_THROWS_WITH(writer.write(0, mine), ContainsSubstring("values of Ellipticity1"));
}
