// SPDX-License-Identifier: BSD-3-Clause
// Alignments whose answers are known: axes that know nothing of each other, axes scattered about a
// common one, turned boxes, shapes that point at one place.
#include "shearwater/galaxies/correlations.hpp"

#include <numbers>

#include "catch.hpp"
#include "pairs_support.hpp"
#include "shearwater/core/error.hpp"

using namespace shearwater;
using galaxies::PairConfig;
using galaxies::PairGeometry;
using galaxies::PairSample;
using Vector = std::array<double, 3>;

namespace {

constexpr double side = 100;

galaxies::Correlation measure(std::string const& name, PairConfig const& config,
                              PairSample const& first, PairSample const* second = nullptr) {
  auto const alone = parallel::Communicator::alone();
  auto const sums = galaxies::sum_pairs(alone, config, first, second);
  auto const randoms = galaxies::random_pairs(alone, config, first, second);
  return galaxies::correlation(galaxies::statistic(name), config, sums, randoms, {});
}

PairSample uniform(std::uint64_t seed, std::int64_t count) {
  PairSample sample;
  for (std::int64_t i = 0; i < count; ++i) {
    core::Stream random(seed, core::Purpose::observation, static_cast<std::uint64_t>(i));
    for (int a = 0; a < 3; ++a) sample.position.push_back(side * random.uniform());
    auto const axis = test::random_axis(random);
    sample.mark.insert(sample.mark.end(), axis.begin(), axis.end());
    sample.id.push_back(i);
  }
  return sample;
}

/// The directions of axes on the sky as ellipticities of length 1.
PairSample on_sky(PairSample sample) {
  for (std::size_t i = 0; i < sample.mark.size(); i += 3) {
    double const phi = std::atan2(sample.mark[i + 1], sample.mark[i]);
    sample.mark[i] = std::cos(2 * phi), sample.mark[i + 1] = std::sin(2 * phi);
    sample.mark[i + 2] = 0;
  }
  return sample;
}

/// Dimroth-Watson about `about`: p(c) ~ exp(c^2 tan(pi mu / 2)) of the cosine c, by rejection.
Vector scattered(core::Stream& random, Vector const& about, double mu) {
  double const kappa = std::tan(0.5 * std::numbers::pi * mu);
  while (true) {
    auto const axis = test::random_axis(random);
    double const c = axis[0] * about[0] + axis[1] * about[1] + axis[2] * about[2];
    if (random.uniform() < std::exp(kappa * (c * c - (kappa > 0 ? 1.0 : 0.0)))) return axis;
  }
}

}  // namespace

TEST_CASE("axes that know nothing of each other are not aligned", "[galaxies][unit]") {
  // 14 numbers within 4 standard deviations: a false alarm has a probability of 9e-4.
  auto const sample = uniform(11, 20000);
  auto const edges = galaxies::logarithmic_edges(1, 10, 4);
  for (auto const* name : {"ed", "ee"}) {
    auto const found = measure(name, {PairGeometry::spherical, edges, 0, side, 1}, sample);
    for (std::size_t b = 0; b < 4; ++b) {
      INFO(name << " in bin " << b << ": " << found.value[b] << " +- " << found.noise[b]);
      CHECK(std::abs(found.value[b]) < 4 * found.noise[b]);
      double const pairs = found.pairs[b] * (std::string(name) == "ed" ? 1.0 : 0.5);
      CHECK_THAT(found.noise[b], WithinRel(std::sqrt(4.0 / 45 / pairs), 1e-12));
    }
  }
  for (auto const* name : {"ed_projected", "ee_projected"}) {
    PairConfig const config{PairGeometry::projected, {1, 2.5, 5, 10}, 10, side, 1};
    auto const found = measure(name, config, on_sky(sample));
    for (std::size_t b = 0; b < 3; ++b) {
      INFO(name << " in bin " << b << ": " << found.value[b] << " +- " << found.noise[b]);
      CHECK(std::abs(found.value[b]) < 4 * found.noise[b]);
    }
  }
}

// The scatter of 400 pairs of samples about the noise: the mean of squares has a relative error of
// sqrt(2 / 400), 4.3 of them, false alarm 3.4e-5 for two. Ordered pairs of one sample would make
// the noise of "ee" sqrt(2) too large, and the mean square half.
TEST_CASE("the noise of two samples is that of pairs counted once", "[galaxies][unit]") {
  for (auto const* name : {"ee", "ed"}) {
    PairConfig const config{PairGeometry::spherical, {1, 10}, 0, side, 1};
    double squares = 0;
    constexpr int kTrials = 400;
    for (std::uint64_t trial = 0; trial < kTrials; ++trial) {
      auto const one = uniform(1000 + 2 * trial, 60), two = uniform(1001 + 2 * trial, 60);
      auto const found = measure(name, config, one, &two);
      if (found.pairs[0] > 0) squares += std::pow(found.value[0] / found.noise[0], 2);
    }
    INFO(name);
    CHECK(std::abs(squares / kTrials - 1) < 4.3 * std::sqrt(2.0 / kTrials));
  }
}

TEST_CASE("axes scattered about a common axis, and about the separation", "[galaxies][unit]") {
  // W(mu) = <cos^2> - 1/3 of the Dimroth-Watson distribution, by numerical integration; two axes
  // scattered about a common one have EE = 3/2 W1 W2. 4 standard deviations: 1.3e-4 for two
  // numbers.
  constexpr double mu_1 = 0.5451, w_1 = 0.111416, mu_2 = 0.7797, w_2 = 0.272572;
  constexpr std::int64_t count = 30000;
  PairSample first, second;
  for (std::int64_t i = 0; i < count; ++i) {
    core::Stream random(12, core::Purpose::observation, static_cast<std::uint64_t>(i));
    auto const towards = test::random_axis(random);
    for (int a = 0; a < 3; ++a) {
      first.position.push_back(a == 0 ? 10.0 * static_cast<double>(i) : 0.0);
      second.position.push_back(first.position.back() + towards[static_cast<std::size_t>(a)]);
    }
    auto const one = scattered(random, towards, mu_1), two = scattered(random, towards, mu_2);
    first.mark.insert(first.mark.end(), one.begin(), one.end());
    second.mark.insert(second.mark.end(), two.begin(), two.end());
    first.id.push_back(i), second.id.push_back(i);
  }
  PairConfig const config{PairGeometry::spherical, {0.9, 1.1}, 0, 0, 1};
  auto const ed = measure("ed", config, first, &second), ee = measure("ee", config, first, &second);
  REQUIRE(ed.pairs[0] == count);
  double const bound =
      4 * std::sqrt(4.0 / 45 / count) * 1.5;  // scattered axes vary by up to so much
  CHECK_THAT(ed.value[0], WithinAbs(w_1, bound));
  CHECK_THAT(ee.value[0], WithinAbs(1.5 * w_1 * w_2, bound));
  CHECK(bound < 0.4 * w_1 * w_2);  // the test can tell 3/2 from 1
}

TEST_CASE("a turned box has the same alignments", "[galaxies][unit]") {
  auto const sample = test::clustered_galaxies(13, 1500, side, 1, false);
  PairConfig const config{PairGeometry::spherical, galaxies::logarithmic_edges(0.3, 20, 6), 0, side,
                          1};
  auto const ed = measure("ed", config, sample), ee = measure("ee", config, sample);
  for (int turn = 1; turn < 48; turn += 5) {  // some of the cube's 48 symmetries
    int const order[6][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {0, 2, 1}, {2, 1, 0}, {1, 0, 2}};
    auto turned = sample;
    for (std::size_t i = 0; i < turned.position.size(); ++i) {
      std::size_t const a = i % 3, from = i - a + static_cast<std::size_t>(order[turn / 8][a]);
      bool const mirror = (turn >> a & 1) != 0;
      turned.position[i] = mirror ? side - sample.position[from] : sample.position[from];
      turned.mark[i] = mirror ? -sample.mark[from] : sample.mark[from];
    }
    auto const again_ed = measure("ed", config, turned), again_ee = measure("ee", config, turned);
    CHECK(again_ed.pairs == ed.pairs);
    for (std::size_t b = 0; b < 6; ++b) {
      CHECK_THAT(again_ed.value[b], WithinAbs(ed.value[b], 1e-13));
      CHECK_THAT(again_ee.value[b], WithinAbs(ee.value[b], 1e-13));
    }
  }
}

TEST_CASE("galaxies without a box may be turned by any angle", "[galaxies][unit]") {
  auto const sample = test::clustered_galaxies(14, 1000, side, 1, false);
  PairConfig const config{PairGeometry::spherical, galaxies::logarithmic_edges(0.3, 30, 6), 0, 0,
                          1};
  auto turned = sample;
  double const c = std::cos(0.7), s = std::sin(0.7), d = std::cos(2.1), t = std::sin(2.1);
  for (auto* column : {&turned.position, &turned.mark})
    for (std::size_t i = 0; i < column->size(); i += 3) {
      double const x = (*column)[i], y = (*column)[i + 1], z = (*column)[i + 2];
      double const u = c * x - s * y, v = s * x + c * y;
      (*column)[i] = u, (*column)[i + 1] = d * v - t * z, (*column)[i + 2] = t * v + d * z;
    }
  for (auto const* name : {"ed", "ee"}) {
    auto const one = measure(name, config, sample), two = measure(name, config, turned);
    CHECK(one.pairs == two.pairs);
    for (std::size_t b = 0; b < 6; ++b) CHECK_THAT(two.value[b], WithinAbs(one.value[b], 1e-12));
  }
}

TEST_CASE("shapes that point at one place", "[galaxies][unit]") {
  auto shapes = uniform(15, 20000);
  PairSample place;
  place.position = {97, 3, 50};
  place.id = {-1};
  constexpr double e = 0.2, pi_max = 30;
  for (std::size_t i = 0; i < shapes.mark.size(); i += 3) {
    double d[2];
    for (std::size_t a = 0; a < 2; ++a) {
      d[a] = shapes.position[i + a] - place.position[a];
      d[a] -= side * std::round(d[a] / side);
    }
    double const phi = std::atan2(d[1], d[0]);
    shapes.mark[i] = e * std::cos(2 * phi), shapes.mark[i + 1] = e * std::sin(2 * phi);
    shapes.mark[i + 2] = 0;
  }
  PairConfig const config{PairGeometry::projected, {2, 5, 10, 20}, pi_max, side, 1};
  auto const wgg = measure("wgg", config, shapes, &place),
             plus = measure("wg_plus", config, shapes, &place),
             cross = measure("wg_cross", config, shapes, &place);
  for (std::size_t b = 0; b < 3; ++b) {
    double const all = 2 * pi_max + wgg.value[b];  // int DD / RR
    CHECK_THAT(plus.value[b], WithinRel(e * all, 1e-12));
    CHECK_THAT(cross.value[b], WithinAbs(0, 1e-12));
    // Poisson: pairs of one place. 3 numbers within 4 standard deviations: 1.9e-4.
    CHECK(std::abs(wgg.value[b]) < 4 * 2 * pi_max / std::sqrt(plus.pairs[b]));
  }
  auto const xi = measure("xi", {PairGeometry::spherical, {2, 5, 10}, 0, side, 1}, shapes);
  // 2 numbers within 4 standard deviations of the number of unordered pairs: 1.3e-4.
  for (std::size_t b = 0; b < 2; ++b)
    CHECK(std::abs(xi.value[b]) < 4 / std::sqrt(0.5 * xi.pairs[b]));
}

TEST_CASE("correlations over r_p and pi add up to those over r_p", "[galaxies][unit]") {
  galaxies::SubBoxes const boxes{side, 2};
  auto sample = test::clustered_galaxies(31, 1500, side, 1, true);
  sample.region.clear();
  for (std::size_t i = 0; i < sample.position.size(); i += 3)
    sample.region.push_back(boxes.of(&sample.position[i]));
  PairConfig config{PairGeometry::projected, galaxies::logarithmic_edges(0.5, 20, 6), 30, side, 8};
  auto const alone = parallel::Communicator::alone();
  auto const in_bins = [&](char const* name, std::int64_t pi_bins) {
    config.pi_bins = pi_bins;
    auto const sums = galaxies::sum_pairs(alone, config, sample);
    auto const randoms = galaxies::random_pairs(alone, config, sample, nullptr);
    return galaxies::correlation(galaxies::statistic(name), config, sums, randoms, boxes);
  };
  for (auto const* name : {"wgg", "wg_plus", "w_plus_plus", "w_cross_cross"}) {
    auto const plain = in_bins(name, 1), deep = in_bins(name, 10);
    INFO(name);
    REQUIRE(deep.xi.size() == 60);
    CHECK(deep.pi_edges.back() == 30);
    CHECK(plain.xi.empty());
    CHECK(plain.pairs == deep.pairs);
    // In equal bins the random pairs of one are a tenth of all.
    for (std::size_t b = 0; b < 6; ++b) {
      double sum = 0, pairs = 0;
      for (std::size_t d = 0; d < 10; ++d) {
        sum += 2 * 3.0 * deep.xi[10 * b + d], pairs += deep.xi_pairs[10 * b + d];
        CHECK(deep.xi_error[10 * b + d] > 0);
      }
      double const scale = std::abs(plain.value[b]) + 1e-3;
      CHECK_THAT(sum, WithinAbs(plain.value[b], 1e-12 * scale));
      CHECK_THAT(deep.value[b], WithinAbs(plain.value[b], 1e-12 * scale));
      CHECK_THAT(deep.error[b], WithinRel(plain.error[b], 1e-9));
      CHECK(pairs == plain.pairs[b]);
    }
  }
  CHECK(in_bins("ed_projected", 10).xi.empty());
  // The first bin is all that a shorter length holds.
  config.pi_max = 3;
  auto const nearest = in_bins("wg_plus", 1);
  config.pi_max = 30;
  auto const deep = in_bins("wg_plus", 10);
  for (std::size_t b = 0; b < 6; ++b) {
    CHECK_THAT(deep.xi[10 * b], WithinAbs(nearest.value[b] / 6, 1e-12));
    CHECK_THAT(deep.xi_error[10 * b], WithinRel(nearest.error[b] / 6, 1e-9));
  }
}

TEST_CASE("an unknown statistic is refused", "[galaxies][unit]") {
  CHECK_THROWS_WITH(galaxies::statistic("wg_pluss"), ContainsSubstring("did you mean 'wg_plus'"));
}
