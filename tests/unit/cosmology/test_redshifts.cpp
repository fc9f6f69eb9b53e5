// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/cosmology/redshift_distribution.hpp"
#include "support.hpp"

using namespace shearwater;
using namespace shearwater::cosmology;

TEST_CASE("the LSST-Y10-like bins have their published edges and means", "[unit][cosmology]") {
  // reference: an independent implementation of the setting of Zeghal et al. 2024.
  SourceConfig const config;
  auto const bins = config.make_bins();
  std::array<double, 5> const mean = {0.311, 0.594, 0.876, 1.261, 2.209};
  std::array<double, 6> const edges = {0, 0.4535, 0.7224, 1.0420, 1.5392, 10};
  auto const found = equal_number_edges(RedshiftDistribution::smail(2, 0.68, 0.11), 5);
  REQUIRE(bins.size() == 5);
  for (std::size_t i = 0; i < 6; ++i) CHECK_THAT(found[i], WithinAbs(edges[i], 6e-5));
  for (std::size_t i = 0; i < 5; ++i) CHECK_THAT(bins[i].mean(), WithinAbs(mean[i], 6e-4));
  CHECK_THAT(config.pixel_noise(5.493, 5), WithinRel(0.04774, 1e-3));
  SourceConfig single;
  single.bins = 1, single.galaxies_per_arcmin2 = 30, single.shape_noise = 0.2;
  CHECK_THAT(single.pixel_noise(std::pow(300.0 / 128, 2), 1), WithinRel(0.01558, 1e-3));
}

TEST_CASE("bins share the galaxies equally and sum to the parent", "[unit][cosmology]") {
  auto const parent = RedshiftDistribution::smail(2, 1.5, 0.6, 4);
  double const count = 4;
  auto const bins = tomographic_bins(parent, 4, 0);
  for (double const z : {0.2, 0.5, 1.1, 2.5}) {
    double sum = 0;
    for (auto const& bin : bins) sum += bin(z) / count;
    CHECK_THAT(sum, WithinRel(parent(z), 3e-3));  // a sharp edge is a node wide
  }
  auto const scattered = tomographic_bins(parent, 4, 0.05);
  CHECK(scattered[0].quantile(0.999) > bins[0].quantile(0.999) + 0.05);
}

TEST_CASE("distributions integrate and interpolate exactly between nodes", "[unit][cosmology]") {
  RedshiftDistribution const triangle({0.0, 1.0, 2.0}, {0.0, 4.0, 0.0});
  CHECK_THAT(triangle(0.5), WithinRel(0.5, 1e-14));
  CHECK_THAT(triangle.cumulative(0.5), WithinRel(0.125, 1e-14));
  CHECK_THAT(triangle.cumulative(1.5), WithinRel(0.875, 1e-14));
  CHECK_THAT(triangle.quantile(0.125), WithinRel(0.5, 1e-10));
  CHECK_THAT(triangle.mean(), WithinRel(1.0, 1e-12));
  CHECK(triangle(2.5) == 0);
  auto const gaussian = RedshiftDistribution::gaussian(1, 0.15, 3);
  CHECK_THAT(gaussian.mean(), WithinRel(1.0, 1e-6));
}

TEST_CASE("distributions come from files", "[unit][cosmology]") {
  test::ScratchFolder const folder;
  std::ofstream(folder.file("nz.txt")) << "# z n1 n2\n0 0 0\n0.5 1 0\n1 0 2 # comment\n1.5 0 0\n";
  SourceConfig config;
  config.distribution = "file", config.file = "nz.txt", config.bins = 2;
  auto const bins = config.make_bins(folder.path().string());
  REQUIRE(bins.size() == 2);
  CHECK_THAT(bins[0].mean(), WithinRel(0.5, 1e-12));
  CHECK_THAT(bins[1].mean(), WithinRel(1.0, 1e-12));
  ::setenv("SHEARWATER_TEST_FOLDER", folder.path().string().c_str(), 1);
  config.file = "${SHEARWATER_TEST_FOLDER}/nz.txt";
  CHECK(config.make_bins().size() == 2);
  config.bins = 3;
  CHECK_THROWS_WITH(config.make_bins(), ContainsSubstring("2 distributions"));
  for (auto const* none : {"", "${SHEARWATER_TEST_NOT_SET}/nz.txt"}) {
    config.file = none;
    CHECK_THROWS_WITH(config.make_bins(), ContainsSubstring("name the file of n(z)"));
  }
  CHECK_THROWS_WITH(RedshiftDistribution({0.0, 1.0}, {1.0, -1.0}), ContainsSubstring("negative"));
  CHECK_THROWS_WITH(RedshiftDistribution({1.0, 0.5}, {1.0, 1.0}), ContainsSubstring("increase"));
  CHECK_THROWS_WITH(RedshiftDistribution({0.0, 1.0}, {0.0, 0.0}), ContainsSubstring("positive"));
}
