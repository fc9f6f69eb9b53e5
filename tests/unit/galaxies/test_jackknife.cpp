// SPDX-License-Identifier: BSD-3-Clause
// Jackknife covariances beside the scatter of many boxes.
#include "catch.hpp"
#include "pairs_support.hpp"
#include "shearwater/galaxies/correlations.hpp"

using namespace shearwater;
using galaxies::PairGeometry;

namespace {

constexpr double box_side = 60;

void add_galaxy(core::Stream& random, double const* centre, bool flat,
                galaxies::SubBoxes const& boxes, galaxies::PairSample& sample) {
  double x[3], mark[3];
  auto const axis = test::random_axis(random), towards = test::random_axis(random);
  bool const radial = random.uniform() < 0.5;
  double const r = 1.5 * random.uniform();
  for (std::size_t a = 0; a < 3; ++a) {
    double const place = centre[a] + r * towards[a];
    x[a] = place - box_side * std::floor(place / box_side);
    mark[a] = radial ? towards[a] : axis[a];
  }
  if (flat) {
    double const phi = std::atan2(mark[1], mark[0]), e = 0.3;
    mark[0] = e * std::cos(2 * phi), mark[1] = e * std::sin(2 * phi), mark[2] = 0;
  }
  sample.id.push_back(sample.size());
  sample.position.insert(sample.position.end(), x, x + 3);
  sample.mark.insert(sample.mark.end(), mark, mark + 3);
  sample.region.push_back(boxes.of(x));
}

/// Clusters of satellites half of which point at the centre. As many as chance has it: numbers that
/// were the same in all boxes would scatter less than those in parts of one.
galaxies::PairSample clusters(std::uint64_t seed, galaxies::SubBoxes const& boxes, bool flat) {
  galaxies::PairSample sample;
  core::Stream random(seed, core::Purpose::observation, 0);
  for (int trial = 0; trial < 2000;
       ++trial) {  // nearly Poisson: 200 of them, sqrt(180) more or less
    if (random.uniform() > 0.1) continue;
    double centre[3];
    for (double& x : centre) x = box_side * random.uniform();
    for (auto members = random.below(12) + 1; members > 0; --members)
      add_galaxy(random, centre, flat, boxes, sample);
  }
  return sample;
}

struct Moments {
  double sum = 0, squares = 0, jackknife = 0;
  int count = 0;
  void add(double value, double variance) {
    sum += value, squares += value * value, jackknife += variance, ++count;
  }
  /// Jackknife variance over the scatter's.
  double ratio() const {
    double const mean = sum / count;
    return (jackknife / count) / ((squares - count * mean * mean) / (count - 1));
  }
};

}  // namespace

TEST_CASE("jackknife errors are the scatter of many boxes", "[galaxies][unit]") {
  // The variance over 200 boxes is known to 10 %; with 4 standard deviations the ratio is within
  // 1/1.5 and 1.5 but for 20 % of bias, the price of 27 regions. 18 numbers: a false alarm has a
  // probability of 1e-3 at most.
  constexpr int realisations = 200;
  galaxies::SubBoxes const boxes{box_side, 3};
  auto const alone = parallel::Communicator::alone();
  for (auto const geometry : {PairGeometry::spherical, PairGeometry::projected}) {
    bool const flat = geometry == PairGeometry::projected;
    galaxies::PairConfig const config{geometry, {0.5, 1.5, 4, 10}, 15, box_side, boxes.count()};
    std::vector<std::string> const names =
        flat ? std::vector<std::string>{"wgg", "wg_plus", "w_plus_plus"}
             : std::vector<std::string>{"ed", "ee", "xi"};
    std::vector<Moments> moments(names.size() * 3), poisson(3);
    for (int r = 0; r < realisations; ++r) {
      auto const sample = clusters(static_cast<std::uint64_t>(100 + r), boxes, flat);
      auto const sums = galaxies::sum_pairs(alone, config, sample);
      auto const randoms = galaxies::random_pairs(alone, config, sample, nullptr);
      for (std::size_t n = 0; n < names.size(); ++n) {
        auto const found = correlation(galaxies::statistic(names[n]), config, sums, randoms, boxes);
        for (std::size_t b = 0; b < 3; ++b) {
          moments[n * 3 + b].add(found.value[b], found.covariance[b * 3 + b]);
          if (names[n] == "xi")
            poisson[b].add(found.value[b],
                           2 * found.pairs[b] * std::pow((1 + found.value[b]) / found.pairs[b], 2));
        }
      }
    }
    for (std::size_t n = 0; n < names.size(); ++n)
      for (std::size_t b = 0; b < 3; ++b) {
        INFO(names[n] << " in bin " << b << ": " << moments[n * 3 + b].ratio());
        CHECK(moments[n * 3 + b].ratio() > 1 / 1.5);
        CHECK(moments[n * 3 + b].ratio() < 1.5);
      }
    // The same test refuses errors that take pairs of clusters for independent.
    if (!flat) CHECK(poisson[0].ratio() < 1 / 1.5);
  }
}
