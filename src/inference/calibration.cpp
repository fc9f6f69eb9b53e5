// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/inference/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/distributions.hpp"

namespace shearwater::inference {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Indices of random streams beyond those of the simulated null, which count from zero.
constexpr std::uint64_t tie_streams = std::uint64_t{1} << 62,
                        reference_streams = std::uint64_t{1} << 63;

/// Number of `others` below `value`; ties count at random.
template <class Other>
std::int64_t rank_of(double value, std::int64_t count, Other const& other, core::Stream& random) {
  std::int64_t below = 0;
  for (std::int64_t l = 0; l < count; ++l) {
    double const x = other(l);
    below += x < value || (x == value && random.uniform() < 0.5);
  }
  return below;
}

/// Squared distance in the prior's cumulative probabilities, where the prior is uniform on [0,
/// 1]^P.
class ReferenceDistance {
 public:
  ReferenceDistance(statistics::Prior const& prior, std::uint64_t seed, std::int64_t n)
      : prior_(prior) {
    core::Stream random(seed, core::Purpose::calibration,
                        reference_streams | static_cast<std::uint64_t>(n));
    for (std::int64_t i = 0; i < prior.size(); ++i) point_.push_back(random.uniform());
  }
  double operator()(double const* theta) const {
    double sum = 0;
    for (std::size_t i = 0; i < point_.size(); ++i) {
      double const u = prior_.to_unbounded(static_cast<std::int64_t>(i), theta[i]);
      double const difference = statistics::normal_cdf(u) - point_[i];
      sum += difference * difference;
    }
    return sum;
  }

 private:
  statistics::Prior const& prior_;
  std::vector<double> point_;
};

/// All ranks of simulation n.
void rank_simulation(MixturePosterior const& posterior, std::int64_t n, CalibrationResult& result) {
  std::int64_t const p = posterior.parameters(), count = result.config.samples;
  auto const seed = static_cast<std::uint64_t>(result.config.seed);
  auto const samples = posterior.sample_map(n, count, seed);
  double const* truth = &result.truths[at(n * p)];
  auto const row = [&](std::int64_t l) { return &samples[at(l * p)]; };
  core::Stream ties(seed, core::Purpose::calibration, tie_streams | static_cast<std::uint64_t>(n));
  for (std::int64_t i = 0; i < p; ++i)
    result.ranks[at(n * p + i)] = rank_of(
        truth[i], count, [&](std::int64_t l) { return row(l)[i]; }, ties);
  auto const density = [&](double const* theta) {
    return posterior.log_density(n, {theta, at(p)});
  };
  result.log_density[at(n)] = density(truth);
  result.coverage_ranks[at(n)] = rank_of(
      result.log_density[at(n)], count, [&](std::int64_t l) { return density(row(l)); }, ties);
  ReferenceDistance const distance(posterior.prior(), seed, n);
  result.tarp_ranks[at(n)] = rank_of(
      distance(truth), count, [&](std::int64_t l) { return distance(row(l)); }, ties);
}

/// Fills tests and bands from the ranks.
void judge(CalibrationResult& result) {
  auto const& config = result.config;
  statistics::EcdfNull const null(config.simulations, config.samples + 1,
                                  static_cast<std::uint64_t>(config.seed));
  auto const test = [&](std::string const& name, std::vector<std::int64_t> const& ranks) {
    return statistics::test_uniformity(name, ranks, config.bins, null, config.gate);
  };
  auto const p = static_cast<std::int64_t>(result.names.size());
  for (std::int64_t i = 0; i < p; ++i) {
    std::vector<std::int64_t> column;
    for (std::int64_t n = 0; n < config.simulations; ++n)
      column.push_back(result.ranks[at(n * p + i)]);
    result.sbc.push_back(test(result.names[at(i)], column));
  }
  result.coverage = test("coverage (density rank)", result.coverage_ranks);
  result.tarp = test("TARP (random points)", result.tarp_ranks);
  for (std::size_t k = 0; k < result.tarp.z.size(); ++k)
    if (result.tarp.z[k] > 0.5)
      result.tarp_area += result.tarp.ecdf_difference[k] / static_cast<double>(config.samples + 1);
  result.tarp_band = statistics::bootstrap_band(result.tarp_ranks, config.samples + 1, 0.95,
                                                static_cast<std::uint64_t>(config.seed));
  result.band_95 = null.band(0.95);
  result.band_gate = null.band(config.gate);
  result.bar_95 = statistics::bar_band(config.simulations, config.bins, 0.95);
}

}  // namespace

void CalibrationConfig::describe(core::Fields& field) {
  field("simulations", simulations, "maps", "pairs of parameters and map drawn from the prior")
      .between(100, 1e7);
  field("samples", samples, "per map", "posterior samples among which the truth is ranked")
      .between(7, 65535);
  field("bins", bins, "", "bars of a rank histogram; divides samples + 1").between(4, 1024);
  field("seed", seed, "", "seed of the samples, reference points and ties").at_least(0);
  field("gate", gate, "", "confidence of each gate: 0.999 rejects one good posterior in a thousand")
      .between(0.9, 0.9999);
}

void CalibrationConfig::check() const {
  if ((samples + 1) % bins != 0)
    throw core::InputError(fmt::format(
        "calibrate.bins = {} must divide calibrate.samples + 1 = {}: 127 samples go with 16 bins",
        bins, samples + 1));
  if (simulations < 20 * bins)
    throw core::InputError(fmt::format(
        "calibrate.simulations = {} leaves fewer than 20 ranks to each of {} bins: use at "
        "least {}",
        simulations, bins, 20 * bins));
}

bool CalibrationResult::sbc_passes() const {
  return std::all_of(sbc.begin(), sbc.end(), [](auto const& test) { return test.passes(); });
}

bool CalibrationResult::passes() const {
  return sbc_passes() && coverage.passes() && tarp.passes();
}

CalibrationResult calibrate(MixturePosterior const& posterior, std::span<double const> truths,
                            CalibrationConfig config) {
  std::int64_t const maps = posterior.maps(), p = posterior.parameters();
  core::require(truths.size() == at(maps * p), "inference::calibrate: one row of truths per map");
  config.simulations = maps;
  config.check();
  CalibrationResult result;
  result.config = config;
  result.names = posterior.prior().names();
  result.truths.assign(truths.begin(), truths.end());
  result.ranks.resize(at(maps * p));
  result.coverage_ranks.resize(at(maps));
  result.tarp_ranks.resize(at(maps));
  result.log_density.resize(at(maps));
#pragma omp parallel for schedule(static)
  for (std::int64_t n = 0; n < maps; ++n) rank_simulation(posterior, n, result);
  double log_prior = 0;
  for (std::int64_t n = 0; n < maps; ++n) {
    result.mean_log_density += result.log_density[at(n)] / static_cast<double>(maps);
    log_prior += posterior.prior().log_density(truths.subspan(at(n * p), at(p)));
  }
  result.information = result.mean_log_density - log_prior / static_cast<double>(maps);
  judge(result);
  return result;
}

CalibrationResult calibration_from_ranks(std::vector<std::string> names,
                                         std::vector<std::int64_t> ranks,
                                         std::vector<std::int64_t> coverage_ranks,
                                         std::vector<std::int64_t> tarp_ranks,
                                         CalibrationConfig config) {
  CalibrationResult result;
  config.simulations = static_cast<std::int64_t>(coverage_ranks.size());
  core::require(ranks.size() == names.size() * coverage_ranks.size() &&
                    tarp_ranks.size() == coverage_ranks.size(),
                "inference::calibration_from_ranks: the ranks do not belong together");
  config.check();
  result.config = config;
  result.names = std::move(names);
  result.ranks = std::move(ranks);
  result.coverage_ranks = std::move(coverage_ranks);
  result.tarp_ranks = std::move(tarp_ranks);
  judge(result);
  return result;
}

}  // namespace shearwater::inference
