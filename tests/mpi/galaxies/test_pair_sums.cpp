// SPDX-License-Identifier: BSD-3-Clause
// Sums over pairs on 1 to 4 ranks, beside those from looking at all pairs, and beside those of one
// rank, bit by bit.
#include <limits>
#include <stdexcept>

#include "catch.hpp"
#include "pairs_support.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/galaxies/sky_regions.hpp"
#include "support.hpp"

using namespace shearwater;
using galaxies::PairConfig;
using galaxies::PairGeometry;
using galaxies::PairSample;
using galaxies::PairSums;

namespace {

constexpr double side = 20;

void check_near(std::vector<double> const& found, std::vector<double> const& expected,
                std::size_t bins) {
  REQUIRE(found.size() == expected.size());
  constexpr auto sums = static_cast<std::size_t>(galaxies::PairSum::count);
  for (std::size_t v = 0; v < found.size(); ++v) {
    // Numbers of pairs are exact; the rest to the rounding of sums of so many terms, which cancel.
    std::size_t const block = v / (sums * bins) * sums * bins;
    double const pairs = expected[block + v % bins];
    INFO("entry " << v);
    if (v % (sums * bins) < bins)
      CHECK(found[v] == expected[v]);
    else
      CHECK_THAT(found[v], WithinAbs(expected[v], 1e-12 * pairs + 1e-13));
  }
}

/// Rows are dealt out like cards: most lie on a rank that does not own their cells.
void compare(PairConfig const& config, PairSample const& first, PairSample const* second) {
  auto const rank = static_cast<std::size_t>(test::world().rank());
  auto const ranks = static_cast<std::size_t>(test::world().size());
  auto const mine = test::rows_of(first, rank, ranks);
  PairSample theirs;
  if (second != nullptr) theirs = test::rows_of(*second, rank, ranks);
  auto const* other = second == nullptr ? nullptr : &theirs;
  auto const bins = config.edges.size() - 1;
  for (bool const in_hosts : {false, true}) {
    auto const sum = in_hosts ? galaxies::sum_pairs_in_hosts : galaxies::sum_pairs;
    INFO("in hosts " << in_hosts);
    auto const found = sum(test::world(), config, mine, other);
    auto const expected = test::all_pairs(config, first, second, in_hosts);
    check_near(found.total, expected.total, bins);
    check_near(found.inside, expected.inside, bins);
    check_near(found.across, expected.across, bins);
    auto const alone = sum(parallel::Communicator::alone(), config, first, second);
    CHECK(found.total == alone.total);
    CHECK(found.inside == alone.inside);
    CHECK(found.across == alone.across);
  }
}

PairConfig config_of(PairGeometry geometry, double reach, double box) {
  return {geometry, galaxies::logarithmic_edges(0.05, reach, 7), 0.8 * reach, box, 4};
}

}  // namespace

TEST_CASE("sums are those over all pairs", "[galaxies][mpi]") {
  for (auto const geometry : {PairGeometry::spherical, PairGeometry::projected}) {
    bool const flat = geometry == PairGeometry::projected;
    auto const first = test::clustered_galaxies(1, 500, side, 4, flat);
    auto const second = test::clustered_galaxies(2, 300, side, 4, flat);
    // From far below a slab to half of the box.
    for (double const reach : {0.4, 2.1, 7.0, 10.0}) {
      INFO("projected " << flat << ", reach " << reach);
      for (double const box : {side, 0.0}) {
        compare(config_of(geometry, reach, box), first, nullptr);
        compare(config_of(geometry, reach, box), first, &second);
      }
    }
  }
}

TEST_CASE("sums on the sky are those over all pairs", "[galaxies][mpi]") {
  // Clumps turned onto the sphere, also about the poles.
  auto const on_sphere = [](PairSample sample) {
    for (std::size_t i = 0; i < sample.position.size(); i += 3) {
      double* const x = &sample.position[i];
      for (std::size_t a = 0; a < 3; ++a) x[a] -= 0.5 * side;
      double const norm = std::sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
      for (std::size_t a = 0; a < 3; ++a) x[a] /= norm;
    }
    return sample;
  };
  auto const first = on_sphere(test::clustered_galaxies(21, 500, side, 4, true));
  auto const second = on_sphere(test::clustered_galaxies(22, 300, side, 4, true));
  for (double const reach : {0.05, 0.7}) {
    PairConfig const config{PairGeometry::sky, galaxies::logarithmic_edges(0.01, reach, 5), 0, 0,
                            4};
    compare(config, first, nullptr);
    compare(config, first, &second);
  }
}

TEST_CASE("sums about an observer are those over all pairs", "[galaxies][mpi]") {
  // Around the observer, and in one direction.
  for (double const aside : {-0.5 * side, 15.0}) {
    auto const moved = [&](PairSample sample) {
      for (double& x : sample.position) x += aside;
      return sample;
    };
    auto const first = moved(test::clustered_galaxies(41, 500, side, 4, true));
    auto const second = moved(test::clustered_galaxies(42, 300, side, 4, true));
    for (double const reach : {1.0, 6.0}) {
      auto const config = config_of(PairGeometry::cone, reach, 0);
      compare(config, first, nullptr);
      compare(config, first, &second);
    }
  }
}

TEST_CASE("distances beyond all galaxies end where they do", "[galaxies][mpi]") {
  auto const first = test::clustered_galaxies(45, 300, side, 4, true);
  auto const second = test::clustered_galaxies(46, 200, side, 4, true);
  for (auto const geometry : {PairGeometry::projected, PairGeometry::cone}) {
    compare(config_of(geometry, 1e12, 0), first, nullptr);
    compare(config_of(geometry, 1e12, 0), first, &second);
  }
}

TEST_CASE("far from the observer sums are those along an axis", "[galaxies][mpi]") {
  auto const near = test::clustered_galaxies(43, 400, side, 4, true);
  auto far = near;
  // Along x the sky has its east along y and its north along z.
  for (std::size_t i = 0; i < near.position.size(); i += 3) {
    far.position[i] = 1e8 + near.position[i + 2];
    far.position[i + 1] = near.position[i], far.position[i + 2] = near.position[i + 1];
  }
  auto config = config_of(PairGeometry::cone, 5, 0);
  config.pi_bins = 3;
  auto flat = config;
  flat.geometry = PairGeometry::projected;
  auto const alone = parallel::Communicator::alone();
  auto const found = galaxies::sum_pairs(alone, config, far);
  auto const expected = galaxies::sum_pairs(alone, flat, near);
  for (std::size_t v = 0; v < found.total.size(); ++v)
    CHECK_THAT(found.total[v], WithinAbs(expected.total[v], 1e-4));
}

TEST_CASE("galaxies on the borders of cells, of the box and on edges of bins", "[galaxies][mpi]") {
  PairSample sample = test::clustered_galaxies(3, 400, side, 4, false);
  for (std::size_t i = 0; i < sample.position.size(); ++i)
    sample.position[i] = i % 7 == 0 ? (i % 2 == 0 ? 0.0 : side) : std::floor(sample.position[i]);
  PairConfig config{PairGeometry::spherical, {1, 2, 3, 5, 10}, 0, side, 4};
  compare(config, sample, nullptr);
  config.box_side = 0;
  compare(config, sample, nullptr);
}

TEST_CASE("bins along the line of sight hold what shorter lengths add", "[galaxies][mpi]") {
  auto const first = test::clustered_galaxies(11, 400, side, 4, true);
  auto const second = test::clustered_galaxies(12, 300, side, 4, true);
  auto const rank = static_cast<std::size_t>(test::world().rank());
  auto const ranks = static_cast<std::size_t>(test::world().size());
  auto const mine = test::rows_of(first, rank, ranks), theirs = test::rows_of(second, rank, ranks);
  auto config = config_of(PairGeometry::projected, 7, side);
  constexpr std::size_t depths = 5;
  config.pi_bins = depths;
  for (bool const both : {true, false}) {
    auto const found = galaxies::sum_pairs(test::world(), config, mine, both ? nullptr : &theirs);
    auto const alone = parallel::Communicator::alone();
    CHECK(found.across ==
          galaxies::sum_pairs(alone, config, first, both ? nullptr : &second).across);
    auto const flat = galaxies::over_depth(found, depths);
    PairSums before;
    for (std::size_t d = 0; d < depths; ++d) {
      auto shorter = config;
      shorter.pi_bins = 1;
      shorter.pi_max = config.pi_max * static_cast<double>(d + 1) / depths;
      auto const upto = test::all_pairs(shorter, first, both ? nullptr : &second, false);
      auto const compare_lists = [&](auto const& all, auto const& expected, auto const& less) {
        for (std::size_t v = 0; v < expected.size(); ++v) {
          double const shell = expected[v] - (d > 0 ? less[v] : 0.0);
          CHECK_THAT(all[v * depths + d], WithinAbs(shell, 1e-12 * std::abs(expected[v]) + 1e-10));
        }
      };
      compare_lists(found.total, upto.total, before.total);
      compare_lists(found.inside, upto.inside, before.inside);
      compare_lists(found.across, upto.across, before.across);
      before = upto;
    }
    check_near(flat.total, before.total, config.edges.size() - 1);
    check_near(flat.across, before.across, config.edges.size() - 1);
  }
}

TEST_CASE("regions of the sky do not depend on ranks", "[galaxies][mpi]") {
  std::vector<double> ra, dec, my_ra, my_dec;
  core::Stream random(13, core::Purpose::observation, 0);
  for (int i = 0; i < 300; ++i) {
    ra.push_back(1.5 * random.uniform() - 0.4);
    dec.push_back(0.7 * random.uniform());
    // The last rank of several holds none.
    int const dealt = std::max(1, test::world().size() - 1);
    if (i % dealt != test::world().rank()) continue;
    my_ra.push_back(ra.back()), my_dec.push_back(dec.back());
  }
  galaxies::SkyRegions const together(test::world(), my_ra, my_dec, 8);
  galaxies::SkyRegions const alone(parallel::Communicator::alone(), ra, dec, 8);
  for (std::size_t i = 0; i < ra.size(); ++i)
    CHECK(together.of(ra[i], dec[i]) == alone.of(ra[i], dec[i]));
}

TEST_CASE("sums are interrupted on all ranks, and pauses change no bit", "[galaxies][mpi]") {
  auto const sample = test::clustered_galaxies(9, 600, side, 4, false);
  auto const mine = test::rows_of(sample, static_cast<std::size_t>(test::world().rank()),
                                  static_cast<std::size_t>(test::world().size()));
  auto config = config_of(PairGeometry::spherical, 2, side);
  for (auto const sum : {galaxies::sum_pairs, galaxies::sum_pairs_in_hosts}) {
    config.pause = {};
    auto const plain = sum(test::world(), config, mine, nullptr);
    // After each piece of work: as often on all ranks.
    std::int64_t pauses = 0;
    config.pause_seconds = 0;
    config.pause = [&] { ++pauses; };
    auto const paused = sum(test::world(), config, mine, nullptr);
    CHECK(paused.total == plain.total);
    CHECK(paused.across == plain.across);
    CHECK(pauses > 2);
    CHECK(test::world().sum(pauses) == test::world().size() * pauses);
    // Asked for on one rank alone, it ends on all of them, and the next sum begins anew.
    std::int64_t asked = 0;
    config.pause = [&] {
      bool const stop = test::world().rank() == test::world().size() - 1 && ++asked == 3;
      if (test::world().any(stop)) throw std::runtime_error("stop");
    };
    CHECK_THROWS_AS(sum(test::world(), config, mine, nullptr), std::runtime_error);
    config.pause = {};
    CHECK(sum(test::world(), config, mine, nullptr).total == plain.total);
  }
}

TEST_CASE("few galaxies, galaxies at one place and none at all", "[galaxies][mpi]") {
  auto const config = config_of(PairGeometry::spherical, 5, side);
  compare(config, test::clustered_galaxies(4, 1, side, 4, false), nullptr);
  compare(config, test::clustered_galaxies(4, 3, side, 4, false), nullptr);
  compare(config, PairSample{}, nullptr);
  auto same = test::clustered_galaxies(5, 50, side, 4, false);
  for (std::size_t i = 0; i < same.position.size(); ++i) same.position[i] = same.position[i % 3];
  compare(config, same, nullptr);
  auto const some = test::clustered_galaxies(6, 40, side, 4, false);
  auto const none = PairSample{};
  compare(config, some, &none);
  compare(config, none, &some);
}

TEST_CASE("the comparison with all pairs finds a wrong sum", "[galaxies][mpi]") {
  auto const config = config_of(PairGeometry::spherical, 5, side);
  auto const sample = test::clustered_galaxies(7, 200, side, 4, false);
  auto moved = sample;
  moved.position[30] += moved.position[30] < 10 ? 0.3 : -0.3;
  auto const alone = parallel::Communicator::alone();
  CHECK(galaxies::sum_pairs(alone, config, sample).total !=
        test::all_pairs(config, moved, nullptr, false).total);
}

TEST_CASE("headless axes may be turned round, and the sums keep their bits", "[galaxies][mpi]") {
  auto const config = config_of(PairGeometry::spherical, 7, side);
  auto const sample = test::clustered_galaxies(8, 400, side, 4, false);
  auto turned = sample;
  for (std::size_t i = 0; i < turned.mark.size(); ++i)
    if (i / 3 % 2 == 0) turned.mark[i] = -turned.mark[i];
  auto const alone = parallel::Communicator::alone();
  CHECK(galaxies::sum_pairs(alone, config, sample).total ==
        galaxies::sum_pairs(alone, config, turned).total);
}

TEST_CASE("what cannot be summed is refused with the remedy", "[galaxies][mpi]") {
  auto const& world = test::world();
  // The fault is on the last rank alone, and thrown on all.
  bool const faulty = world.rank() == world.size() - 1;
  auto const sample = test::clustered_galaxies(9, 10, side, 1, false);
  PairConfig const config{PairGeometry::spherical, {0.1, 1}, 0, side, 1};
  auto const refuse = [&](PairConfig const& with, PairSample const& of, std::string const& text) {
    CHECK_THROWS_WITH(galaxies::sum_pairs(world, with, of), ContainsSubstring(text));
  };
  refuse({PairGeometry::spherical, {0.1, 10.5}, 0, side, 1}, sample, "half of the box, 10");
  refuse({PairGeometry::projected, {0.1, 1}, 11, side, 1}, sample, "half of the box, 10");
  refuse({PairGeometry::projected, {0.1, 1}, 0, side, 1}, sample, "pi_max = 0: must be positive");
  refuse({PairGeometry::spherical, {0, 1}, 0, side, 1}, sample, "must be positive and rise");
  refuse({PairGeometry::spherical, {1, 1}, 0, side, 1}, sample, "edge 1 of the bins is 1");
  refuse({PairGeometry::spherical, {1}, 0, side, 1}, sample, "give at least two");
  auto wrong = sample;
  if (faulty) wrong.position[4] = 20.5;
  refuse(config, wrong, "coordinate 1 is 20.5");
  wrong = sample;
  if (faulty) wrong.mark[5] = std::numeric_limits<double>::quiet_NaN();
  refuse(config, wrong, "its shape or axis is nan");
  wrong = sample;
  if (faulty) wrong.weight[0] = -1;
  refuse(config, wrong, "weight -1 must be finite");
  wrong = sample;
  if (faulty) wrong.host.clear();
  CHECK_THROWS_WITH(galaxies::sum_pairs_in_hosts(world, config, wrong),
                    ContainsSubstring("no column of their host halos"));
}
