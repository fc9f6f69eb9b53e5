// SPDX-License-Identifier: BSD-3-Clause
// Galaxies of halos that ranks divide: those of one rank that has them all.
#include <cmath>
#include <functional>
#include <limits>

#include "catch.hpp"
#include "shearwater/galaxies/population.hpp"
#include "shearwater/galaxies/secondary.hpp"
#include "shearwater/galaxies/synthetic.hpp"
#include "shearwater/galaxies/tally.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

galaxies::SyntheticConfig drawn(std::int64_t count) {
  galaxies::SyntheticConfig config;
  config.count = count;
  config.box_side = 100;
  config.smallest_mass = 1e12;
  return config;
}

galaxies::Population population(double central_bias = 0) {
  galaxies::PopulationSettings settings;
  settings.box_side = 100;
  settings.occupation.central_bias = central_bias;
  return {settings, cosmology::Background(cosmology::Cosmology())};
}

/// Collective over comm: numbers and some columns of all galaxies, in the order of the halos.
struct Columns {
  std::vector<double> position;
  std::vector<float> axes, e1;
};
Columns all_galaxies(parallel::Communicator const& comm, std::int64_t halos, std::int64_t size) {
  galaxies::SyntheticHalos const source(drawn(halos));
  auto const made_of = population();
  ExecSpace const space;
  auto const share = parallel::share_of(halos, comm.rank(), comm.size());
  Columns mine;
  for (std::int64_t first = share.first; first < share.first + share.count; first += size) {
    auto block = source.read(space, first, std::min(size, share.first + share.count - first));
    made_of.prepare(space, block);
    auto const made = made_of.populate(space, block, made_of.count(space, block));
    auto const rows = made_of.rows_of(block, made, 0);
    mine.position.insert(mine.position.end(), rows.position.begin(), rows.position.end());
    mine.axes.insert(mine.axes.end(), rows.axes.begin(), rows.axes.end());
    mine.e1.insert(mine.e1.end(), rows.e1.begin(), rows.e1.end());
  }
  return {comm.all_gather<double>(mine.position), comm.all_gather<float>(mine.axes),
          comm.all_gather<float>(mine.e1)};
}

}  // namespace

TEST_CASE("galaxies have the same bits for any division of their halos") {
  auto const& comm = test::world();
  for (std::int64_t const halos : {2, 500}) {
    auto const divided = all_galaxies(comm, halos, 70);
    auto const whole = all_galaxies(parallel::Communicator::alone(), halos, halos);
    CHECK(divided.position == whole.position);
    CHECK(divided.axes == whole.axes);
    CHECK(divided.e1 == whole.e1);
    CHECK((halos == 2 || whole.e1.size() > 150));
  }
}

// The secondary property of drawn halos is taken to be uniform in [0, 1] at every mass: its rank is
// itself, within a cell and a Kolmogorov distance of 1.95 / sqrt(n) (false alarm 1e-3 / 10).
TEST_CASE("ranks at fixed mass are counted over all ranks") {
  auto const& comm = test::world();
  constexpr std::int64_t kHalos = 10'000;
  galaxies::SyntheticHalos const source(drawn(kHalos));
  auto const ranks_of = [&](parallel::Communicator const& ranks) {
    auto const share = parallel::share_of(kHalos, ranks.rank(), ranks.size());
    auto block = source.read(ExecSpace(), share.first, share.count);
    block.secondary = block.rank;
    galaxies::RankTable table;
    table.add(block);
    table.gather(ranks);
    table.set_ranks(block, 5);
    return ranks.all_gather<float>(to_host(block.rank));
  };
  auto const divided = ranks_of(comm);
  CHECK(divided == ranks_of(parallel::Communicator::alone()));
  auto const block = source.read(ExecSpace(), 0, kHalos);
  auto const wanted = to_host(block.rank);
  auto const mass = to_host(block.mass);
  double worst = 0, lightest = 0;
  for (std::size_t h = 0; h < wanted.size(); ++h)
    if (mass[h] < 1.25e12) {  // the first bin of mass, with a fifth of all halos
      ++lightest;
      worst = std::max(worst, static_cast<double>(std::abs(divided[h] - wanted[h])));
    }
  CHECK(lightest > 1500);
  CHECK(worst < 2.2 / std::sqrt(lightest) + 1e-3);
}

TEST_CASE("numbers by mass are summed over all ranks, and are those of the model") {
  auto const& comm = test::world();
  constexpr std::int64_t kHalos = 40'000;
  galaxies::SyntheticHalos const source(drawn(kHalos));
  auto const made_of = population(0.5);
  auto const share = parallel::share_of(kHalos, comm.rank(), comm.size());
  ExecSpace const space;
  auto block = source.read(space, share.first, share.count);
  made_of.prepare(space, block);
  auto const counts = made_of.count(space, block);
  auto const made = made_of.populate(space, block, counts);
  galaxies::Tally tally;
  tally.add(block, counts);
  tally.add(made.galaxies, made.seen.ellipticity);
  // A galaxy without a shape is in none of their bins.
  auto unknown = made.galaxies;
  unknown.axis_ratios = Array2<float>("axis ratios", 1, 2);
  unknown.flag = decltype(unknown.flag)("flags", 1);
  Kokkos::deep_copy(unknown.axis_ratios, std::numeric_limits<float>::quiet_NaN());
  Array2<float> const seen("ellipticities", 1, 2);
  Kokkos::deep_copy(seen, std::numeric_limits<float>::quiet_NaN());
  tally.add(unknown, seen);
  tally.gather(comm);
  std::int64_t halos = 0, galaxies = 0, shapes = 0;
  for (std::size_t b = 0; b < tally.halos.size(); ++b) {
    halos += tally.halos[b];
    galaxies += tally.centrals[b] + tally.satellites[b];
  }
  for (auto const n : tally.c_to_a) shapes += n;
  CHECK(halos == kHalos);
  CHECK(galaxies == comm.sum(counts.total));
  CHECK(shapes == galaxies);
  // The sum of the chances, with the bias: within 4.3 standard errors, false alarm 1.7e-5.
  auto const mass = to_host(block.mass);
  auto const rank = to_host(block.rank);
  double mean = 0, variance = 0;
  for (std::size_t h = 0; h < mass.size(); ++h) {
    auto const numbers = made_of.occupation().mean(mass[h], static_cast<double>(rank[h]));
    mean += numbers.central + numbers.satellites;
    variance += numbers.central * (1 - numbers.central) + numbers.satellites;
  }
  auto const own = static_cast<double>(counts.total);
  CHECK(std::abs(own - mean) < 4.3 * std::sqrt(variance) + 1e-6);
}
