// SPDX-License-Identifier: BSD-3-Clause
// Jackknife covariances on the sky: beside statistics computed anew without each region, and beside
// the scatter of many fields.
#include <numbers>

#include "catch.hpp"
#include "pairs_support.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/galaxies/correlations.hpp"
#include "shearwater/galaxies/pair_samples.hpp"

using namespace shearwater;
using galaxies::PairGeometry;
using galaxies::PairSample;
using galaxies::SkyRegions;

namespace {

/// A field of 30 by 15 degrees across right ascension 0, the galaxies twice as dense in its east.
struct Field {
  std::vector<double> ra, dec;

  Field(std::uint64_t seed, int count) {
    core::Stream random(seed, core::Purpose::observation, 1);
    for (int i = 0; i < count; ++i) {
      double const east = random.uniform() < 2.0 / 3 ? 1 : 0;
      double const a = 15 * (east + random.uniform()) - 10;
      ra.push_back((a < 0 ? a + 360 : a) * units::degree);
      dec.push_back((30 + 15 * random.uniform()) * units::degree);
    }
  }
};

enum class Kind { shapes, axes };

/// On the unit sphere with ellipticities; or up to 180 Mpc/h away with axes, in space.
PairSample sample_of(Field const& field, std::uint64_t seed, SkyRegions const& regions, Kind kind) {
  core::Stream random(seed, core::Purpose::observation, 2);
  PairSample sample;
  for (std::size_t i = 0; i < field.ra.size(); ++i) {
    double const c = std::cos(field.dec[i]);
    double const r = kind == Kind::axes ? 120 + 60 * random.uniform() : 1.0;
    sample.position.insert(
        sample.position.end(),
        {r * c * std::cos(field.ra[i]), r * c * std::sin(field.ra[i]), r * std::sin(field.dec[i])});
    auto const axis = test::random_axis(random);
    double const e1 = 0.3 * random.normal(), e2 = 0.3 * random.normal();
    if (kind == Kind::axes)
      sample.mark.insert(sample.mark.end(), axis.begin(), axis.end());
    else
      sample.mark.insert(sample.mark.end(), {e1, e2, 0.0});
    sample.weight.push_back(0.5 + random.uniform());
    sample.id.push_back(static_cast<std::int64_t>(i));
    sample.region.push_back(regions.of(field.ra[i], field.dec[i]));
  }
  return sample;
}

galaxies::PairConfig config_of(Kind kind, std::int32_t regions) {
  galaxies::PairConfig config;
  config.geometry = kind == Kind::axes ? PairGeometry::spherical : PairGeometry::sky;
  config.edges =
      kind == Kind::axes ? std::vector<double>{2, 4, 6} : galaxies::chords_of({60, 180, 500});
  config.regions = regions;
  return config;
}

galaxies::Correlation measured(char const* name, PairSample const& sample,
                               galaxies::PairConfig const& config) {
  auto const sums = galaxies::sum_pairs(parallel::Communicator::alone(), config, sample);
  return galaxies::correlation(galaxies::statistic(name), config, sums, {}, {config.regions, 0});
}

/// The statistic in each bin from all pairs, those of `without` with the weight that a jackknife
/// leaves them: none within, 1 - 1/sqrt(2) across its border.
std::vector<double> anew(std::string const& name, PairSample const& sample,
                         galaxies::PairConfig const& config, std::int32_t without) {
  std::vector<double> sum(config.edges.size() - 1, 0.0), weights = sum;
  auto const n = static_cast<std::size_t>(sample.size());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      if (i == j) continue;
      double const *p = &sample.position[3 * i], *q = &sample.position[3 * j];
      double const d[3] = {p[0] - q[0], p[1] - q[1], p[2] - q[2]};
      double const square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
      auto const ends = int{sample.region[i] == without} + int{sample.region[j] == without};
      double const w = sample.weight[i] * sample.weight[j] *
                       (ends == 2   ? 0
                        : ends == 1 ? 1 - std::sqrt(0.5)
                                    : 1);
      double const *e = &sample.mark[3 * i], *f = &sample.mark[3 * j];
      double value = 0;
      if (name == "ed") {
        double const along = e[0] * d[0] + e[1] * d[1] + e[2] * d[2];
        value = along * along / square - 1.0 / 3;
      } else {
        auto const one =
            std::complex(e[0], e[1]) * std::polar(1.0, -2 * test::direction_on_sky(p, q));
        auto const two =
            std::complex(f[0], f[1]) * std::polar(1.0, -2 * test::direction_on_sky(q, p));
        value = one.real() * two.real() + (name == "xi_plus" ? 1 : -1) * one.imag() * two.imag();
      }
      for (std::size_t b = 0; b < sum.size(); ++b)
        if (square >= config.edges[b] * config.edges[b] &&
            square < config.edges[b + 1] * config.edges[b + 1])
          sum[b] += w * value, weights[b] += w;
    }
  for (std::size_t b = 0; b < sum.size(); ++b) sum[b] /= weights[b];
  return sum;
}

}  // namespace

TEST_CASE("regions of the sky hold equal numbers, and fields across zero are one",
          "[galaxies][unit]") {
  Field const field(1, 20000);
  auto const alone = parallel::Communicator::alone();
  for (std::int32_t const wanted : {2, 8, 27, 64}) {
    SkyRegions const regions(alone, field.ra, field.dec, wanted);
    CHECK(regions.count() == wanted);
    std::vector<int> members(static_cast<std::size_t>(wanted), 0);
    std::vector<double> low(members.size(), 1e9), high(members.size(), -1e9), south = low,
                                                                              north = high;
    for (std::size_t i = 0; i < field.ra.size(); ++i) {
      auto const r = static_cast<std::size_t>(regions.of(field.ra[i], field.dec[i]));
      ++members.at(r);
      double const a = std::remainder(field.ra[i], 2 * std::numbers::pi);
      low[r] = std::min(low[r], a), high[r] = std::max(high[r], a);
      south[r] = std::min(south[r], field.dec[i]), north[r] = std::max(north[r], field.dec[i]);
    }
    for (std::size_t r = 0; r < members.size(); ++r) {
      INFO("region " << r << " of " << wanted);
      CHECK_THAT(members[r] * 1.0, WithinRel(20000.0 / wanted, 0.02));
      // Compact: no region holds both ends of the field, and none is a thin strip.
      double const shape =
          (high[r] - low[r]) * std::cos(37 * units::degree) / (north[r] - south[r]);
      CHECK(shape > 0.3);
      CHECK(shape < 4);
    }
  }
  // A field of a minute of arc, of which a turn in 32768 parts sees two.
  std::vector<double> ra, dec;
  for (std::size_t i = 0; i < field.ra.size(); ++i) {
    ra.push_back(std::remainder(field.ra[i], 2 * std::numbers::pi) / 1800);
    dec.push_back(0.7 + (field.dec[i] - 0.7) / 1800);
  }
  SkyRegions const small(alone, ra, dec, 25);
  std::vector<int> members(25, 0);
  for (std::size_t i = 0; i < ra.size(); ++i)
    ++members.at(static_cast<std::size_t>(small.of(ra[i], dec[i])));
  for (int const n : members) CHECK_THAT(n * 1.0, WithinRel(800.0, 0.02));
  CHECK(SkyRegions().of(1, 1) == 0);
  CHECK_THROWS_WITH(SkyRegions(alone, {0.1, 0.2, 0.3}, {0.1, 0.2, 0.3}, 8),
                    ContainsSubstring("take a smaller measure.jackknife"));
}

TEST_CASE("places beyond a field across right ascension 0 are told", "[galaxies][unit]") {
  auto const alone = parallel::Communicator::alone();
  galaxies::SkyField const field(alone, {6.2, 0.1, 6.25}, {-0.1, 0.2, 0.0});
  CHECK((field.contains(6.2, -0.1) && field.contains(0.1, 0.2)));  // its own borders
  CHECK((field.contains(0.05 + 2 * std::numbers::pi, 0.1) && field.contains(6.28, 0.0)));
  CHECK_FALSE((field.contains(0.11, 0.0) || field.contains(6.19, 0.0)));
  CHECK_FALSE((field.contains(0.0, 0.21) || field.contains(0.0, -0.11)));
  CHECK(galaxies::share_beyond(alone, field, {0.0, 3.0, 0.05, 0.0}, {0.0, 0.0, 0.1, 1.0}) == 0.5);
  CHECK(galaxies::share_beyond(alone, field, {}, {}) == 0);
}

TEST_CASE("covariances on the sky are those of statistics without each region",
          "[galaxies][unit]") {
  Field const field(2, 500);
  auto const alone = parallel::Communicator::alone();
  SkyRegions const regions(alone, field.ra, field.dec, 8);
  for (auto const* name : {"xi_plus", "xi_minus", "ed"}) {
    INFO(name);
    auto const kind = std::string(name) == "ed" ? Kind::axes : Kind::shapes;
    auto const sample = sample_of(field, 3, regions, kind);
    auto const config = config_of(kind, 8);
    auto const found = measured(name, sample, config);
    auto const whole = anew(name, sample, config, -1);
    std::vector<std::vector<double>> left;
    std::vector<double> mean(2, 0.0);
    for (std::int32_t k = 0; k < 8; ++k) {
      left.push_back(anew(name, sample, config, k));
      for (std::size_t b = 0; b < 2; ++b) mean[b] += left.back()[b] / 8;
    }
    for (std::size_t a = 0; a < 2; ++a) {
      CHECK_THAT(found.value[a], WithinAbs(whole[a], 1e-12));
      CHECK(found.pairs[a] > 10);
      for (std::size_t b = 0; b < 2; ++b) {
        double expected = 0;
        for (auto const& x : left) expected += 7.0 / 8 * (x[a] - mean[a]) * (x[b] - mean[b]);
        CHECK_THAT(found.covariance[2 * a + b], WithinAbs(expected, 1e-10 * found.covariance[0]));
      }
      CHECK_THAT(found.error[a], WithinRel(std::sqrt(found.covariance[3 * a]), 1e-12));
    }
  }
}

// The variance over 200 fields is known to 10 %: with 4 standard deviations, and 20 % of bias, the
// ratio is within 1/1.6 and 1.6. Four numbers: a false alarm has a probability of 3e-4.
TEST_CASE("jackknife errors on the sky are the scatter of many fields", "[galaxies][unit]") {
  constexpr int fields = 200;
  auto const alone = parallel::Communicator::alone();
  for (auto const* name : {"xi_plus", "ed"}) {
    auto const kind = std::string(name) == "ed" ? Kind::axes : Kind::shapes;
    double sum[2] = {}, squares[2] = {}, variance[2] = {};
    for (int f = 0; f < fields; ++f) {
      auto const seed = static_cast<std::uint64_t>(100 + f);
      Field const field(seed, 600);
      SkyRegions const regions(alone, field.ra, field.dec, 27);
      auto const found = measured(name, sample_of(field, seed, regions, kind), config_of(kind, 27));
      for (std::size_t b = 0; b < 2; ++b) {
        sum[b] += found.value[b], squares[b] += found.value[b] * found.value[b];
        variance[b] += found.covariance[3 * b] / fields;
      }
    }
    for (std::size_t b = 0; b < 2; ++b) {
      double const scatter = (squares[b] - sum[b] * sum[b] / fields) / (fields - 1);
      CAPTURE(name, b, variance[b] / scatter);
      CHECK(variance[b] / scatter > 1 / 1.6);
      CHECK(variance[b] / scatter < 1.6);
    }
  }
}
