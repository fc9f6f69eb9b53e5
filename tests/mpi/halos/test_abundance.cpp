// SPDX-License-Identifier: BSD-3-Clause
// Halos counted on 1 to 4 ranks by mass.
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "shearwater/halos/abundance.hpp"
#include "support.hpp"

using namespace shearwater;

TEST_CASE("edges of mass bins are a factor apart and end above the largest", "[halos][mpi]") {
  auto const edges = halos::mass_edges(2e10, 3e12, 4);
  REQUIRE(edges.size() == 10);
  for (std::size_t e = 0; e < edges.size(); ++e)
    CHECK_THAT(edges[e], WithinRel(2e10 * std::pow(10, 0.25 * static_cast<double>(e)), 1e-12));
  CHECK(halos::mass_edges(2e10, 1e10, 5).size() == 2);
  CHECK(halos::mass_edges(1e10, 1e11, 1) == std::vector<double>{1e10, 1e11, 1e12});
}

TEST_CASE("halos of all ranks are counted by mass", "[halos][mpi]") {
  auto const rank = test::world().rank();
  std::int64_t const ranks = test::world().size();
  // Every rank has one halo on an edge, one inside, and three outside of all bins; the last rank
  // has one more.
  std::vector<double> masses{1e12, 5e12, 9e11, 1e14, std::numeric_limits<double>::quiet_NaN()};
  if (rank == ranks - 1) masses.push_back(3e13);
  auto const found = halos::count_halos(test::world(), masses, {1e12, 1e13, 1e14}, 20);
  CHECK(found.count == std::vector<std::int64_t>{2 * ranks, 1});
  double const unit = 1 / (8000 * std::log(10.0));
  CHECK_THAT(found.density[0], WithinRel(2 * static_cast<double>(ranks) * unit, 1e-12));
  CHECK_THAT(found.density[1], WithinRel(unit, 1e-12));
  CHECK_THAT(found.error[0], WithinRel(std::sqrt(2 * static_cast<double>(ranks)) * unit, 1e-12));
}

TEST_CASE("expected densities are the mass function's means over bins", "[halos][mpi]") {
  cosmology::MassFunction const function(cosmology::LinearPower(cosmology::Cosmology{}),
                                         cosmology::Multiplicity::tinker, 0.3);
  // The steep end, where a bin's mean and its middle differ most.
  auto const edges = halos::mass_edges(2e14, 8e14, 5);
  auto const coarse = halos::expected_density(function, edges);
  for (std::size_t b = 0; b < coarse.size(); ++b) {
    std::vector<double> parts;
    for (int i = 0; i <= 10; ++i)
      parts.push_back(edges[b] * std::pow(edges[b + 1] / edges[b], i / 10.0));
    double mean = 0;
    for (double const part : halos::expected_density(function, parts)) mean += part / 10;
    CHECK_THAT(coarse[b], WithinRel(mean, 1e-3));
  }
}
