// SPDX-License-Identifier: BSD-3-Clause
// Masses by rank on 1 to 4 ranks.
#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/halos/mass_matching.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

cosmology::MassFunction tinker() {
  return {cosmology::LinearPower(cosmology::Cosmology{}), cosmology::Multiplicity::tinker, 0};
}

/// int dn/dlnM dlnM above `mass` by the trapezium rule.
double number_above(cosmology::MassFunction const& function, double mass) {
  double const step = 0.05;
  double sum = 0, below = function(mass);
  for (double x = std::log(mass); x < std::log(3e16); x += step) {
    double const above = function(std::exp(x + step));
    sum += step / 2 * (below + above);
    below = above;
  }
  return sum;
}

}  // namespace

TEST_CASE("halos get the masses that a mass function has at their ranks", "[halos][mpi]") {
  auto const function = tinker();
  double const volume = 1e7;
  int const total = 3000;
  // Wrong masses in the right order, dealt to the ranks in turn.
  auto const given = [](int rank) { return 1e15 * std::pow(1.0 + 0.01 * rank, -1.7); };
  std::vector<double> mine;
  for (int i = test::world().rank(); i < total; i += test::world().size()) mine.push_back(given(i));
  halos::MassMatching const match(test::world(), mine, function, volume);
  for (int i : {test::world().rank(), test::world().rank() + 120}) {
    double const mass = match(given(i));
    CHECK_THAT(volume * number_above(function, mass), WithinRel(i + 0.5, 5e-3));
  }
  for (std::size_t i = 1; i < mine.size(); ++i) CHECK(match(mine[i]) <= match(mine[i - 1]));
}

TEST_CASE("halos of one mass share the middle of their ranks", "[halos][mpi]") {
  auto const function = tinker();
  auto const ranks = static_cast<double>(test::world().size());
  // A hundred on each rank, and a heavier one on the last; the others have none of those.
  std::vector<double> masses(100, 1e12);
  if (test::world().rank() == test::world().size() - 1) masses.push_back(1e14);
  halos::MassMatching const match(test::world(), masses, function, 1e6);
  CHECK_THAT(1e6 * number_above(function, match(1e12)), WithinRel(1 + 50 * ranks, 5e-3));
}

TEST_CASE("masses that cannot be matched are refused on all ranks", "[halos][mpi]") {
  auto const function = tinker();
  auto const last = test::world().rank() == test::world().size() - 1;
  CHECK_THROWS_WITH(halos::MassMatching(test::world(), {last ? -1.0 : 1e12}, function, 1e6),
                    ContainsSubstring("unit of mass"));
  CHECK_THROWS_AS(halos::MassMatching(test::world(), {}, function, 1e6), core::InputError);
  std::vector<double> const many(1000, 1e12);
  CHECK_THROWS_AS(halos::MassMatching(test::world(), many, function, 1e-6), core::InputError);
}
