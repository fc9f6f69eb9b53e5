// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/survey/shape_catalogue.hpp"

using namespace shearwater;

TEST_CASE("the projection is gnomonic, east and north", "[survey]") {
  auto const east = survey::project(11, 0, 10, 0);
  CHECK_THAT(east.x, WithinAbs(std::tan(units::degree), 1e-12));
  CHECK_THAT(east.y, WithinAbs(0, 1e-12));
  CHECK_THAT(east.angle, WithinAbs(0, 1e-12));
  auto const north = survey::project(10, 32, 10, 30);
  CHECK_THAT(north.x, WithinAbs(0, 1e-12));
  CHECK_THAT(north.y, WithinAbs(std::tan(2 * units::degree), 1e-12));
  // East of the centre meridians lean towards the pole: by ra sin(dec) to first order.
  CHECK_THAT(survey::project(10.01, 60, 10, 60).angle,
             WithinRel(0.01 * units::degree * std::sin(60 * units::degree), 1e-3));
  CHECK_FALSE(survey::project(190, 0, 10, 0).ahead);
}

TEST_CASE("pixels hold weighted means, their noise and a mask", "[survey]") {
  survey::ShapeCatalogue c;
  auto const add = [&](double ra, double dec, double e1, double e2, double w, std::int64_t bin) {
    c.ra_deg.push_back(ra);
    c.dec_deg.push_back(dec);
    c.e1.push_back(e1);
    c.e2.push_back(e2);
    c.weight.push_back(w);
    c.bin.push_back(bin);
  };
  add(0.1, 0.1, 0.1, -0.2, 1, 0);
  add(0.1, 0.2, 0.4, 0.1, 3, 0);
  add(0.1, 0.2, 0.3, 0.0, 2, 1);
  add(-0.6, 0.1, 0.5, 0.5, 1, 0);
  add(40, 0, 1, 1, 1, 0);     // off the map
  add(0.1, 0.1, 1, 1, 1, 7);  // of no bin
  auto const maps = survey::pixelise(c, {}, 4.0, 4, 2);
  CHECK(maps.used == 4);
  CHECK(maps.outside == 2);
  std::size_t const pixel = 2 * 4 + 2;
  CHECK_THAT(maps.gamma_1[pixel], WithinAbs((0.1 + 3 * 0.4) / 4, 1e-5));
  CHECK_THAT(maps.gamma_2[pixel], WithinAbs((-0.2 + 3 * 0.1) / 4, 1e-5));
  double const sigma = std::sqrt((0.5 * 0.05 + 9 * 0.5 * 0.17 + 0.5 * 0.5) / 11);
  CHECK_THAT(maps.shape_noise[0], WithinRel(sigma, 1e-9));
  CHECK_THAT(maps.noise[pixel], WithinRel(sigma * std::sqrt(10.0) / 4, 1e-5));
  CHECK(maps.mask[pixel] == 1.0F);
  CHECK(maps.mask[2 * 4 + 1] == 0.0F);  // bin 1 has no galaxy there
  CHECK_THAT(maps.gamma_1[2 * 4 + 1], WithinAbs(0.5, 1e-3));
  survey::CatalogueConfig flipped;
  flipped.flip_e2 = true;
  CHECK_THAT(survey::pixelise(c, flipped, 4.0, 4, 2).gamma_2[pixel], WithinAbs(-0.025, 1e-5));
}

TEST_CASE("bad rows and empty maps are refused with their place", "[survey]") {
  survey::ShapeCatalogue c{{0, 0}, {0, 0}, {0, std::nan("")}, {0, 0}, {1, 1}, {0, 0}};
  CHECK_THROWS_WITH(survey::pixelise(c, {}, 4, 4, 1), ContainsSubstring("galaxy 1"));
  c.e1[1] = 0;
  c.weight.pop_back();
  CHECK_THROWS_WITH(survey::pixelise(c, {}, 4, 4, 1), ContainsSubstring("2 and 1 rows"));
  c.weight.push_back(1);
  survey::CatalogueConfig elsewhere;
  elsewhere.centre_dec_deg = 80;
  CHECK_THROWS_WITH(survey::pixelise(c, elsewhere, 4, 4, 1), ContainsSubstring("none of the 2"));
}
