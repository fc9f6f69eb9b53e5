// SPDX-License-Identifier: BSD-3-Clause
// Strengths of alignment from ED.
#include "shearwater/galaxies/strength_fit.hpp"

#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"

using namespace shearwater;

TEST_CASE("moments of Watson's distribution, and back", "[galaxies][unit]") {
  // By numerical integration elsewhere, to six digits.
  double const known[][2] = {{-0.9, -0.254548},
                             {-0.5, -0.079629},
                             {0.03, 0.004211},
                             {0.139, 0.020126},
                             {0.3345, 0.054125},
                             {0.5, 0.095897},
                             {0.5451, 0.111416},
                             {0.6846, 0.182823},
                             {0.7797, 0.272572},
                             {0.9, 0.485327},
                             {0, 0},
                             {1, 2.0 / 3},
                             {-1, -1.0 / 3}};
  for (auto const& [mu, moment] : known) {
    CHECK_THAT(galaxies::watson_moment(mu), WithinAbs(moment, 1e-6));
    CHECK_THAT(galaxies::watson_strength(galaxies::watson_moment(mu)), WithinAbs(mu, 1e-9));
  }
  CHECK_THAT(galaxies::watson_moment(0.999), WithinAbs(2.0 / 3 - 1 / std::tan(1.5692255), 2e-6));
}

TEST_CASE("strengths are found again", "[galaxies][unit]") {
  galaxies::Correlation centrals, satellites;
  centrals.edges = satellites.edges = galaxies::logarithmic_edges(0.1, 20, 12);
  for (double const r : centrals.middles()) {
    centrals.value.push_back(0.3 / (1 + r));
    satellites.value.push_back(0.5 * std::exp(-r));
  }
  // Of a catalogue whose own strengths were not 1.
  double const made_c = 0.8, made_s = 0.6, mu_c = 0.65, mu_s = -0.2;
  galaxies::AlignmentTarget target{"test", {}, {}, {}};
  auto const middles = centrals.middles();
  for (std::size_t b = 1; b + 1 < middles.size(); ++b) {
    target.r.push_back(middles[b]);
    target.value.push_back(
        centrals.value[b] * galaxies::watson_moment(mu_c) / galaxies::watson_moment(made_c) +
        satellites.value[b] * galaxies::watson_moment(mu_s) / galaxies::watson_moment(made_s));
    target.error.push_back(0.001);
  }
  auto const fit = galaxies::fit_strengths(centrals, satellites, made_c, made_s, target);
  CHECK_THAT(fit.central, WithinAbs(mu_c, 1e-8));
  CHECK_THAT(fit.satellite, WithinAbs(mu_s, 1e-8));
  CHECK(fit.chi_square < 1e-10);
  CHECK(fit.central_error > 0);
  // Twice the error of the data, twice that of the strengths.
  auto wide = target;
  for (double& e : wide.error) e *= 2;
  CHECK_THAT(galaxies::fit_strengths(centrals, satellites, made_c, made_s, wide).satellite_error,
             WithinRel(2 * fit.satellite_error, 1e-9));
  // More than axes can give: held at 1, and the misfit tells.
  for (double& v : target.value) v *= 10;
  auto const held = galaxies::fit_strengths(centrals, satellites, made_c, made_s, target);
  CHECK(held.central == 1);
  CHECK(held.chi_square > 100);
  CHECK_THROWS_WITH(galaxies::fit_strengths(centrals, satellites, 0, 1, target),
                    ContainsSubstring("populate one with strengths of 1"));
  target.r.resize(2);
  CHECK_THROWS_WITH(galaxies::fit_strengths(centrals, satellites, 1, 1, target),
                    ContainsSubstring("at least 3 are needed"));
}
