// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/cone_correlations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "jackknife.hpp"
#include "random_pairs.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::galaxies {

namespace {

/// Sums of a bin over the weights of all pairs, of all regions or without one (>= 0), in which the
/// places that are random have `inside` times their number within it, and `across` times in pairs
/// across its border.
double share(CountedPairs const& pairs, PairSum what, std::int64_t bin, std::int32_t without,
             double inside, double across) {
  double sum = pairs.sums.sum(what, bin);
  if (without >= 0) {
    std::size_t const at = pairs.sums.place_of(without, what, bin);
    sum -= inside * pairs.sums.inside[at] + across * border_weight * pairs.sums.across[at];
  }
  return sum / pairs.weights.weights;
}

class Estimator {
 public:
  Estimator(Statistic const& what, ConePairs const& pairs) : name_(what.name), pairs_(pairs) {}

  double operator()(std::int64_t bin, std::int32_t without) const {
    // How many more galaxies a region holds than random places have it.
    double const excess = without < 0 ? 0 : excess_of(static_cast<std::size_t>(without));
    auto const of = [&](CountedPairs const& pairs, PairSum what, double randoms) {
      return share(pairs, what, bin, without, 1 + randoms * excess, 1 + 0.5 * randoms * excess);
    };
    double const rr = of(pairs_.randoms, PairSum::weight, 2);
    if (name_ == "xi" || name_ == "wgg")
      return (of(pairs_.shapes_places, PairSum::weight, 0) -
              of(pairs_.shapes_randoms, PairSum::weight, 1) -
              of(pairs_.randoms_places, PairSum::weight, 1)) /
                 rr +
             1;
    PairSum const what = name_ == "wg_plus"       ? PairSum::first
                         : name_ == "wg_cross"    ? PairSum::cross
                         : name_ == "w_plus_plus" ? PairSum::second
                                                  : PairSum::cross_cross;
    double const shapes = of(pairs_.shapes_places, what, 0);
    bool const mean = what == PairSum::first || what == PairSum::cross;
    return (shapes - (mean ? of(pairs_.shapes_randoms, what, 1) : 0.0)) / rr;
  }

 private:
  double excess_of(std::size_t region) const {
    auto const& galaxies = pairs_.shapes_places.weights;
    double const random = pairs_.randoms.weights.first_share[region];
    return 0.5 * (galaxies.first_share[region] + galaxies.second_share[region]) / random - 1;
  }

  std::string const& name_;
  ConePairs const& pairs_;
};

void check_randoms(PairConfig const& config, ConePairs const& pairs, std::int32_t regions) {
  auto const& randoms = pairs.randoms;
  for (std::int64_t b = 0; b < randoms.sums.bins; ++b)
    if (!(randoms.sums.sum(PairSum::weight, b) > 0)) {
      auto const ring = static_cast<std::size_t>(b / config.pi_bins);
      throw core::InputError(fmt::format(
          "randoms: no pair of them is {:g} to {:g} Mpc/h apart (in one of {} bins of pi): give "
          "more randoms, or wider bins",
          config.edges[ring], config.edges[ring + 1], config.pi_bins));
    }
  for (std::int32_t k = 0; regions > 1 && k < regions; ++k)
    if (!(randoms.weights.first_share[static_cast<std::size_t>(k)] > 0))
      throw core::InputError(
          fmt::format("randoms: none is in region {} of {} of the galaxies' sky: do they cover the "
                      "same field?",
                      k, regions));
}

/// w of each ring from xi in its bins of |pi|; or xi itself.
std::vector<double> along_sight(PairConfig const& config, std::vector<double> const& xi,
                                std::size_t begin) {
  auto const depths = static_cast<std::size_t>(config.pi_bins);
  bool const flat = config.geometry == PairGeometry::cone;
  std::vector<double> result;
  for (std::size_t r = 0; r < static_cast<std::size_t>(config.rings()); ++r) {
    double sum = 0;
    for (std::size_t d = 0; d < depths; ++d) sum += xi[begin + r * depths + d];
    result.push_back(flat ? 2 * config.pi_max / static_cast<double>(depths) * sum : sum);
  }
  return result;
}

}  // namespace

double uneven_randoms(ConePairs const& pairs, std::int32_t regions) {
  auto const& galaxies = pairs.shapes_places.weights;
  double worst = 1;
  for (std::size_t k = 0; regions > 1 && k < static_cast<std::size_t>(regions); ++k) {
    double const ratio = 0.5 * (galaxies.first_share[k] + galaxies.second_share[k]) /
                         pairs.randoms.weights.first_share[k];
    worst = std::max({worst, ratio, 1 / ratio});
  }
  return worst;
}

CountedPairs count_pairs(parallel::Communicator const& comm, PairConfig const& config,
                         PairSample const& first, PairSample const* second) {
  return {sum_pairs(comm, config, first, second), random_pairs(comm, config, first, second)};
}

Correlation cone_correlation(Statistic const& what, PairConfig const& config,
                             ConePairs const& pairs, std::int32_t regions) {
  check_randoms(config, pairs, regions);
  Estimator const estimate(what, pairs);
  auto const bins = static_cast<std::size_t>(config.bins());
  auto const rings = static_cast<std::size_t>(config.rings());
  Jackknife deep{{}, bins}, flat{{}, rings};
  Correlation result;
  result.name = what.name;
  result.edges = config.edges;
  for (std::size_t b = 0; b < bins; ++b)
    result.xi.push_back(estimate(static_cast<std::int64_t>(b), -1));
  result.value = along_sight(config, result.xi, 0);
  auto const summed = over_depth(pairs.shapes_places.sums, config.pi_bins);
  result.pairs = summed.numbers_of_pairs();
  for (std::int32_t k = 0; regions > 1 && k < regions; ++k) {
    for (std::size_t b = 0; b < bins; ++b)
      deep.samples.push_back(estimate(static_cast<std::int64_t>(b), k));
    auto const w = along_sight(config, deep.samples, deep.samples.size() - bins);
    flat.samples.insert(flat.samples.end(), w.begin(), w.end());
  }
  if (regions > 1) {
    result.covariance = flat.covariance(), result.error = flat.errors();
    result.samples = flat.samples;
  }
  if (config.pi_bins == 1) {
    result.xi.clear();
    return result;
  }
  result.pi_edges = config.depth_edges();
  result.xi_pairs = pairs.shapes_places.sums.numbers_of_pairs();
  if (regions > 1) result.xi_error = deep.errors();
  return result;
}

}  // namespace shearwater::galaxies
