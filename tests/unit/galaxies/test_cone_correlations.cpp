// SPDX-License-Identifier: BSD-3-Clause
// Correlations on a light cone with random places: beside those of the same galaxies in their
// periodic box, of places without clustering, and their covariances beside the scatter of fields.
#include <cmath>
#include <numbers>

#include "shearwater/galaxies/cone_correlations.hpp"

#include "catch.hpp"
#include "pairs_support.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/galaxies/sky_regions.hpp"

using namespace shearwater;
using galaxies::PairSample;

namespace {

constexpr double width = 100, away = 2000;

/// A box, its line of sight turned to x, far away: east is y and north z.
struct Survey {
  PairSample sample;
  std::vector<double> ra, dec;

  void add(double const* x, double e1, double e2) {
    double const place[3] = {away + x[2], x[0] - 0.5 * width, x[1] - 0.5 * width};
    sample.position.insert(sample.position.end(), place, place + 3);
    sample.mark.insert(sample.mark.end(), {e1, e2, 0.0});
    sample.id.push_back(sample.size() - 1);
    ra.push_back(std::atan2(place[1], place[0]));
    dec.push_back(std::atan2(place[2], std::hypot(place[0], place[1])));
  }
  void divide(galaxies::SkyRegions const& regions) {
    for (std::size_t i = 0; i < ra.size(); ++i) sample.region.push_back(regions.of(ra[i], dec[i]));
  }
};

Survey random_places(std::uint64_t seed, int count) {
  Survey result;
  core::Stream random(seed, core::Purpose::observation, 7);
  for (int i = 0; i < count; ++i) {
    double const x[3] = {width * random.uniform(), width * random.uniform(),
                         width * random.uniform()};
    result.add(x, 0.2 * random.normal(), 0.2 * random.normal());
  }
  return result;
}

/// Satellites about centres, their shapes pointing at them; in a periodic box.
PairSample radial_clusters(std::uint64_t seed) {
  PairSample sample;
  core::Stream random(seed, core::Purpose::observation, 8);
  for (int c = 0; c < 250; ++c) {
    double const centre[3] = {width * random.uniform(), width * random.uniform(),
                              width * random.uniform()};
    for (int m = 0; m < 8; ++m) {
      auto const towards = test::random_axis(random);
      double const r = 5 * random.uniform();
      double const phi = std::atan2(towards[1], towards[0]);
      for (std::size_t a = 0; a < 3; ++a) {
        double const place = centre[a] + r * towards[a];
        sample.position.push_back(place - width * std::floor(place / width));
      }
      sample.mark.insert(sample.mark.end(),
                         {0.3 * std::cos(2 * phi), 0.3 * std::sin(2 * phi), 0.0});
      sample.id.push_back(sample.size() - 1);
    }
  }
  return sample;
}

galaxies::PairConfig cone_config(std::int32_t regions) {
  galaxies::PairConfig config;
  config.geometry = galaxies::PairGeometry::cone;
  config.edges = {0.5, 1.5, 4, 8};
  config.pi_max = 12, config.pi_bins = 4, config.regions = regions;
  return config;
}

galaxies::ConePairs pairs_of(galaxies::PairConfig const& config, Survey const& galaxies,
                             Survey const& randoms) {
  auto const alone = parallel::Communicator::alone();
  auto const count = [&](PairSample const& first, PairSample const* second) {
    return galaxies::count_pairs(alone, config, first, second);
  };
  auto const mixed = count(galaxies.sample, &randoms.sample);
  return {count(galaxies.sample, nullptr), mixed, mixed, count(randoms.sample, nullptr)};
}

}  // namespace

TEST_CASE("a far box with random places has the correlations of the periodic one",
          "[galaxies][unit]") {
  auto const alone = parallel::Communicator::alone();
  auto const box = radial_clusters(5);
  Survey galaxies, randoms = random_places(6, 20000);
  for (std::size_t i = 0; i < box.position.size(); i += 3)
    galaxies.add(&box.position[i], box.mark[i], box.mark[i + 1]);
  galaxies::SkyRegions const regions(alone, galaxies.ra, galaxies.dec, 27);
  galaxies.divide(regions), randoms.divide(regions);
  auto const config = cone_config(27);
  auto const pairs = pairs_of(config, galaxies, randoms);
  auto flat = config;
  flat.geometry = galaxies::PairGeometry::projected, flat.box_side = width, flat.regions = 1;
  auto const sums = galaxies::sum_pairs(alone, flat, box);
  auto const analytic = galaxies::random_pairs(alone, flat, box, nullptr);
  for (auto const* name : {"wgg", "wg_plus", "wg_cross", "w_plus_plus", "w_cross_cross"}) {
    auto const& what = galaxies::statistic(name);
    auto const found = galaxies::cone_correlation(what, config, pairs, 27);
    auto const expected = galaxies::correlation(what, flat, sums, analytic, {});
    for (std::size_t b = 0; b < 3; ++b) {
      CAPTURE(name, b, found.value[b], expected.value[b], found.error[b]);
      // The clusters that the edges cut, and pairs of randoms: below the sample's own error.
      CHECK(std::abs(found.value[b] - expected.value[b]) < 1.5 * found.error[b]);
      double sum = 0;
      for (std::size_t d = 0; d < 4; ++d) sum += 2 * 3.0 * found.xi[4 * b + d];
      CHECK_THAT(sum, WithinRel(found.value[b], 1e-12));
    }
    if (std::string(name) == "wgg" || std::string(name) == "wg_plus")
      for (std::size_t b = 0; b < 2; ++b) CHECK(found.value[b] > 5 * found.error[b]);
  }
}

TEST_CASE("random places of another sky than the galaxies' are noticed", "[galaxies][unit]") {
  auto const alone = parallel::Communicator::alone();
  auto const galaxies = random_places(15, 5400), randoms = random_places(16, 20000);
  galaxies::SkyRegions const regions(alone, galaxies.ra, galaxies.dec, 27);
  auto const shares = [&](std::vector<double> const& ra, std::vector<double> const& dec) {
    std::vector<double> result(27, 0.0);
    for (std::size_t i = 0; i < ra.size(); ++i)
      result[static_cast<std::size_t>(regions.of(ra[i], dec[i]))] +=
          1.0 / static_cast<double>(ra.size());
    return result;
  };
  galaxies::ConePairs pairs;
  auto& weights = pairs.shapes_places.weights;
  weights.first_share = weights.second_share = shares(galaxies.ra, galaxies.dec);
  pairs.randoms.weights.first_share = shares(randoms.ra, randoms.dec);
  // 740 random places of a region: a tenth is 2.7 standard deviations, of 27 regions; 1.3 is 7.
  CHECK(galaxies::uneven_randoms(pairs, 27) < 1.3);
  core::Stream random(17, core::Purpose::observation, 7);
  std::vector<double> ra, dec;
  for (int i = 0; i < 20000; ++i) {
    ra.push_back(2 * std::numbers::pi * random.uniform());
    dec.push_back(std::asin(2 * random.uniform() - 1));
  }
  pairs.randoms.weights.first_share = shares(ra, dec);
  CHECK(galaxies::uneven_randoms(pairs, 27) > 3);
  CHECK(galaxies::uneven_randoms(pairs, 1) == 1);
}

TEST_CASE("covariances with random places are those of values without each region",
          "[galaxies][unit]") {
  auto const alone = parallel::Communicator::alone();
  auto galaxies = random_places(15, 600), randoms = random_places(16, 1500);
  galaxies::SkyRegions const regions(alone, galaxies.ra, galaxies.dec, 8);
  galaxies.divide(regions), randoms.divide(regions);
  auto const config = cone_config(8);
  auto one = config;
  one.pi_bins = 1;
  // By all pairs, those that a jackknife takes out less.
  auto const anew = [&](std::int32_t without, bool shapes) {
    double const n = static_cast<double>(galaxies.sample.size()),
                 m = static_cast<double>(randoms.sample.size());
    auto const of_region = [&](PairSample const& s) {
      return static_cast<double>(std::ranges::count(s.region, without)) /
             static_cast<double>(s.size());
    };
    double const excess =
        without < 0 ? 0 : of_region(galaxies.sample) / of_region(randoms.sample) - 1;
    auto const sum = [&](PairSample const& a, PairSample const* b, bool marks, double random) {
      auto const all = test::all_pairs(one, a, b, false);
      auto const t =
          static_cast<std::size_t>(marks ? galaxies::PairSum::first : galaxies::PairSum::weight);
      double value = all.total[t * 3 + 1];
      if (without >= 0) {
        std::size_t const at = (static_cast<std::size_t>(without) * 6 + t) * 3 + 1;
        value -= (1 + random * excess) * all.inside[at] +
                 std::sqrt(0.5) * (1 + 0.5 * random * excess) * all.across[at];
      }
      return value;
    };
    double const rr = sum(randoms.sample, nullptr, false, 2) / (m * (m - 1));
    double const dd = sum(galaxies.sample, nullptr, shapes, 0) / (n * (n - 1));
    double const dr = sum(galaxies.sample, &randoms.sample, shapes, 1) / (n * m);
    return 24 * (shapes ? (dd - dr) / rr : (dd - 2 * dr) / rr + 1);
  };
  auto const whole = pairs_of(one, galaxies, randoms);
  for (bool const shapes : {false, true}) {
    auto const& what = galaxies::statistic(shapes ? "wg_plus" : "wgg");
    auto const found = galaxies::cone_correlation(what, one, whole, 8);
    CHECK_THAT(found.value[1], WithinAbs(anew(-1, shapes), 1e-10));
    std::vector<double> left;
    double mean = 0, square = 0;
    for (std::int32_t k = 0; k < 8; ++k) left.push_back(anew(k, shapes)), mean += left.back() / 8;
    for (double const x : left) square += 7.0 / 8 * (x - mean) * (x - mean);
    CHECK_THAT(found.covariance[4], WithinRel(square, 1e-9));
  }
  auto few = random_places(17, 5);
  few.divide(regions);
  CHECK_THROWS_WITH(galaxies::cone_correlation(galaxies::statistic("wgg"), config,
                                               pairs_of(config, galaxies, few), 8),
                    ContainsSubstring("give more randoms"));
}

// 100 fields: the variance is known to 14 %; with 4 standard deviations and 20 % of bias the ratio
// is within 1/1.8 and 1.8, and the mean within 4.5 of its errors of none. Eight numbers: a false
// alarm has a probability of 6e-4.
TEST_CASE("errors with random places are the scatter of many fields", "[galaxies][unit]") {
  constexpr int fields = 100;
  auto const alone = parallel::Communicator::alone();
  auto config = cone_config(27);
  config.edges = {2, 4, 8}, config.pi_bins = 2;
  auto randoms = random_places(99, 4000);
  galaxies::SkyRegions const regions(alone, randoms.ra, randoms.dec, 27);
  randoms.divide(regions);
  auto const random_pairs = galaxies::count_pairs(alone, config, randoms.sample, nullptr);
  double sum[4] = {}, squares[4] = {}, variance[4] = {};
  for (int f = 0; f < fields; ++f) {
    auto galaxies = random_places(static_cast<std::uint64_t>(200 + f), 700);
    galaxies.divide(regions);
    auto const mixed = galaxies::count_pairs(alone, config, galaxies.sample, &randoms.sample);
    galaxies::ConePairs const pairs{galaxies::count_pairs(alone, config, galaxies.sample, nullptr),
                                    mixed, mixed, random_pairs};
    for (std::size_t s = 0; s < 2; ++s) {
      auto const& what = galaxies::statistic(s == 0 ? "wgg" : "wg_plus");
      auto const found = galaxies::cone_correlation(what, config, pairs, 27);
      for (std::size_t b = 0; b < 2; ++b) {
        double const x = found.value[b];
        sum[2 * s + b] += x, squares[2 * s + b] += x * x;
        variance[2 * s + b] += found.covariance[3 * b] / fields;
      }
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    double const mean = sum[i] / fields;
    double const scatter = (squares[i] - fields * mean * mean) / (fields - 1);
    CAPTURE(i, mean, scatter, variance[i] / scatter);
    CHECK(std::abs(mean) < 4.5 * std::sqrt(scatter / fields));
    CHECK(variance[i] / scatter > 1 / 1.8);
    CHECK(variance[i] / scatter < 1.8);
  }
}
