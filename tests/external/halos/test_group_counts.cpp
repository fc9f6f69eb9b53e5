// SPDX-License-Identifier: BSD-3-Clause
// Numbers of groups in two public boxes. cosmo32768.dat (pec27/hfof f01964b, MIT): 32,768 positions
// in units of 1/65536 of a box of side 1, single particles counted, as hfof's own tests list them.
// Abacus box (abacusorg/abacusutils 426352f): 262,144 particles in 32 Mpc/h, from a union-find over
// all neighbours in double precision.
#include <algorithm>
#include <cstring>

#include "catch.hpp"
#include "particles_support.hpp"
#include "shearwater/halos/friends_of_friends.hpp"
#include "shearwater/io/files.hpp"
#include "shearwater/io/hdf5_file.hpp"

using namespace shearwater;

namespace {

/// Sizes of all groups, largest first.
std::vector<std::int64_t> group_sizes(std::vector<test::Point> const& points, double length,
                                      double box_side) {
  auto const share =
      parallel::share_of(std::ssize(points), test::world().rank(), test::world().size());
  std::vector<test::Point> const mine(points.begin() + share.first,
                                      points.begin() + share.first + share.count);
  std::vector<std::int64_t> ids(mine.size());
  std::iota(ids.begin(), ids.end(), share.first);
  auto const labels = test::on_host(halos::friends_of_friends<double>(
      test::world(), ExecSpace(), test::positions_of<double>(mine, 0, 1), test::on_device(ids),
      {length, box_side}));
  std::vector<std::int64_t> sizes(points.size(), 0);
  for (auto const label : test::world().all_gather<std::int64_t>(labels))
    ++sizes[static_cast<std::size_t>(label)];
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  sizes.erase(std::find(sizes.begin(), sizes.end(), 0), sizes.end());
  return sizes;
}

std::vector<test::Point> hfof_points() {
  auto const bytes = io::read_file(test::require_data("hfof/cosmo32768.dat").string());
  std::vector<std::uint16_t> numbers(bytes.size() / 2);
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  std::vector<test::Point> points(numbers.size() / 3);
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t a = 0; a < 3; ++a) points[i][a] = numbers[3 * i + a] / 65536.0;
  return points;
}

std::vector<test::Point> abacus_points() {
  io::InputFile const file(test::require_data("abacus_mini/snapshot_000.hdf5").string());
  auto const numbers = file.values<double>("PartType1/Coordinates");
  std::vector<test::Point> points(numbers.size() / 3);
  for (std::size_t i = 0; i < numbers.size(); ++i) points[i / 3][i % 3] = numbers[i];
  return points;
}

}  // namespace

TEST_CASE("the groups of cosmo32768.dat", "[halos][external]") {
  struct Known {
    double length;
    std::size_t isolated, periodic;  ///< 0: not known
  };
  auto const points = hfof_points();
  REQUIRE(points.size() == 32768);
  for (auto const& known :
       {Known{0.3, 0, 1}, Known{0.1, 2, 1}, Known{0.05, 461, 396}, Known{0.01, 9600, 9580},
        Known{0.005, 14497, 14488}, Known{0.001, 27824, 27823}}) {
    INFO("linking length " << known.length);
    CHECK(group_sizes(points, known.length, 1).size() == known.periodic);
    if (known.isolated > 0) CHECK(group_sizes(points, known.length, 0).size() == known.isolated);
  }
}

TEST_CASE("the groups of the Abacus box", "[halos][external]") {
  struct Known {
    double b;
    std::size_t groups, of_20;
    std::int64_t largest;
  };
  auto const points = abacus_points();
  double const mean_distance = 32.0 / 64;
  for (auto const& known : {Known{0.168, 121352, 667, 13481}, Known{0.2, 110433, 680, 14968},
                            Known{0.25, 97553, 742, 16638}, Known{0.28, 91255, 763, 17741}}) {
    INFO("b = " << known.b);
    auto const sizes = group_sizes(points, known.b * mean_distance, 32);
    auto const at_least = [&](std::int64_t n) {
      return static_cast<std::size_t>(
          std::count_if(sizes.begin(), sizes.end(), [&](std::int64_t s) { return s >= n; }));
    };
    CHECK(sizes.size() == known.groups);
    CHECK(at_least(20) == known.of_20);
    CHECK(sizes[0] == known.largest);
    if (known.b != 0.2) continue;
    CHECK(at_least(32) == 438);
    CHECK(at_least(100) == 165);
    CHECK(at_least(1000) == 16);
    CHECK(std::vector(sizes.begin() + 1, sizes.begin() + 4) ==
          std::vector<std::int64_t>{9070, 3362, 2203});
  }
}
