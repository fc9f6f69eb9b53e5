// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/correlations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "jackknife.hpp"
#include "random_pairs.hpp"
#include "shearwater/core/config.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::galaxies {

namespace {

constexpr auto sums_of_bin = static_cast<std::size_t>(PairSum::count);

/// The sums of one bin, of all pairs or of those that a jackknife leaves.
struct BinSums {
  double of[sums_of_bin];
  double operator[](PairSum what) const { return of[static_cast<std::size_t>(what)]; }
};

/// The statistic of a bin of pairs whose weights are `w` with those that `s` leaves out, with
/// `randoms` random pairs (weighted), within 2 pi_max along the line of sight.
double estimate(std::string const& name, BinSums const& s, double w, double randoms, double depth) {
  if (name == "ed") return (s[PairSum::first] - s[PairSum::weight] / 3) / w;
  if (name == "ee") return (s[PairSum::second] - s[PairSum::weight] / 3) / w;
  // Of directions as unit ellipticities: cos^2 of an angle is (1 + cos of twice it) / 2.
  if (name == "ed_projected") return 0.5 * s[PairSum::first] / w;
  if (name == "ee_projected") return 0.5 * (s[PairSum::second] + s[PairSum::cross_cross]) / w;
  if (name == "xi_plus") return (s[PairSum::second] + s[PairSum::cross_cross]) / w;
  if (name == "xi_minus") return (s[PairSum::second] - s[PairSum::cross_cross]) / w;
  if (name == "xi") return w / randoms - 1;
  if (name == "wgg") return depth * (w / randoms - 1);
  if (name == "wg_plus") return depth * s[PairSum::first] / randoms;
  if (name == "wg_cross") return depth * s[PairSum::cross] / randoms;
  if (name == "w_plus_plus") return depth * s[PairSum::second] / randoms;
  core::require(name == "w_cross_cross", "galaxies::correlation: a known statistic");
  return depth * s[PairSum::cross_cross] / randoms;
}

/// Of one pair, for axes that know nothing of each other.
double noise_of_pair(std::string const& name) {
  if (name == "ed" || name == "ee") return std::sqrt(4.0 / 45);
  if (name == "ed_projected" || name == "ee_projected") return std::sqrt(1.0 / 8);
  return 0;
}

BinSums without(PairSums const& sums, std::size_t region, std::size_t bin) {
  auto const bins = static_cast<std::size_t>(sums.bins);
  BinSums left{};
  for (std::size_t t = 0; t < sums_of_bin; ++t) {
    std::size_t const at = (region * sums_of_bin + t) * bins + bin;
    left.of[t] = sums.total[t * bins + bin] - sums.inside[at] - border_weight * sums.across[at];
  }
  return left;
}

}  // namespace

std::vector<Statistic> const& statistics() {
  constexpr auto round = PairGeometry::spherical, flat = PairGeometry::projected;
  static std::vector<Statistic> const all = {
      {"ed", round, false, false, "1", "<(e_i . r)^2> - 1/3 of axes and separations"},
      {"ee", round, false, false, "1", "<(e_i . e_j)^2> - 1/3 of axes"},
      {"xi", round, false, true, "1", "DD / RR - 1 of places"},
      {"ed_projected", flat, false, false, "1", "<cos^2> - 1/2 of axes and separations on the sky"},
      {"ee_projected", flat, false, false, "1", "<cos^2> - 1/2 of axes on the sky"},
      {"xi_plus", flat, true, false, "1", "<e_+ e_+> + <e_x e_x> of ellipticities"},
      {"xi_minus", flat, true, false, "1", "<e_+ e_+> - <e_x e_x> of ellipticities"},
      {"wgg", flat, true, true, "Mpc/h", "DD / RR - 1 along the line of sight"},
      {"wg_plus", flat, true, true, "Mpc/h", "S_+ D / RR along the line of sight, e_+ > 0 towards"},
      {"wg_cross", flat, true, true, "Mpc/h", "S_x D / RR along the line of sight"},
      {"w_plus_plus", flat, true, true, "Mpc/h", "S_+ S_+ / RR along the line of sight"},
      {"w_cross_cross", flat, true, true, "Mpc/h", "S_x S_x / RR along the line of sight"}};
  return all;
}

Statistic const& statistic(std::string const& name) {
  std::vector<std::string> names;
  for (auto const& known : statistics()) {
    if (known.name == name) return known;
    names.push_back(known.name);
  }
  auto const near = core::nearest(name, names);
  throw core::InputError(fmt::format("there is no statistic '{}'{}; there are: {}", name,
                                     near.empty() ? "" : fmt::format(", did you mean '{}'", near),
                                     fmt::join(names, ", ")));
}

std::vector<double> Correlation::middles() const {
  std::vector<double> r;
  for (std::size_t b = 0; b + 1 < edges.size(); ++b)
    r.push_back(std::sqrt(edges[b] * edges[b + 1]));
  return r;
}

std::int32_t SubBoxes::of(double const* position) const {
  std::int32_t index = 0;
  for (int a = 0; a < 3; ++a) {
    auto const along = static_cast<std::int32_t>(position[a] / box_side * per_side);
    index = index * per_side + std::clamp(along, 0, per_side - 1);
  }
  return index;
}

namespace {

/// The statistic in the bins of some sums, and what a jackknife leaves of it.
struct Estimates {
  std::vector<double> value;
  Jackknife jackknife;
};

/// `depth`: the length along the line of sight that the statistic is summed over.
Estimates estimate_bins(Statistic const& what, PairConfig const& config, PairSums const& sums,
                        RandomPairs const& randoms, Regions const& parts, PairSums const& every,
                        double depth) {
  auto const bins = static_cast<std::size_t>(sums.bins);
  bool const resampled = parts.count > 1;
  auto const regions = static_cast<std::size_t>(parts.count);
  core::require(!resampled || regions == static_cast<std::size_t>(sums.regions),
                "galaxies::correlation: sums of the regions");
  core::require(!resampled || !what.needs_randoms || parts.side > 0,
                "galaxies::correlation: random pairs of sub-boxes");
  Estimates result{{}, {std::vector<double>(resampled ? regions * bins : 0), bins}};
  for (std::size_t b = 0; b < bins; ++b) {
    BinSums all{};
    for (std::size_t t = 0; t < sums_of_bin; ++t) all.of[t] = sums.total[t * bins + b];
    double const rr =
        what.needs_randoms ? randoms.weights * bin_volume(config, b) / randoms.volume : 0.0;
    double const weight = every.sum(PairSum::weight, static_cast<std::int64_t>(b));
    bool const empty = !(weight > 0) && !what.needs_randoms;
    result.value.push_back(empty ? std::numeric_limits<double>::quiet_NaN()
                                 : estimate(what.name, all, weight, rr, depth));
    if (!resampled) continue;
    double const inside = what.needs_randoms ? share_inside(config, parts.side, b) : 0.0;
    for (std::size_t k = 0; k < regions; ++k) {
      double const left = what.needs_randoms ? share_left(randoms, inside, k) : 1.0;
      result.jackknife.samples[k * bins + b] = estimate(
          what.name, without(sums, k, b), without(every, k, b)[PairSum::weight], left * rr, depth);
    }
  }
  return result;
}

/// What is there before the sum along the line of sight.
void add_depths(Statistic const& what, PairConfig const& config, PairSums const& sums,
                RandomPairs const& randoms, Regions const& parts, Correlation& result) {
  result.pi_edges = config.depth_edges();
  auto const found = estimate_bins(what, config, sums, randoms, parts, sums, 1);
  result.xi = found.value;
  if (parts.count > 1) result.xi_error = found.jackknife.errors();
  result.xi_pairs = sums.numbers_of_pairs();
}

}  // namespace

Correlation correlation(Statistic const& what, PairConfig const& config, PairSums const& sums,
                        RandomPairs const& randoms, Regions const& parts, PairSums const* whole) {
  if (config.pi_bins > 1) {
    auto flat = config;
    flat.pi_bins = 1;
    auto const all = whole == nullptr ? PairSums() : over_depth(*whole, config.pi_bins);
    auto result = correlation(what, flat, over_depth(sums, config.pi_bins), randoms, parts,
                              whole == nullptr ? nullptr : &all);
    if (what.needs_randoms) add_depths(what, config, sums, randoms, parts, result);
    return result;
  }
  PairSums const& every = whole == nullptr ? sums : *whole;
  Correlation result;
  result.name = what.name;
  result.edges = config.edges;
  auto found = estimate_bins(what, config, sums, randoms, parts, every, 2 * config.pi_max);
  result.value = std::move(found.value);
  result.pairs = sums.numbers_of_pairs();
  // The two orders of a pair of one sample tell of two axes in "ed", and twice the same in "ee".
  double const alike = sums.one_sample && what.name.starts_with("ee") ? 2.0 : 1.0;
  if (double const noise = noise_of_pair(what.name); noise > 0)
    for (std::size_t b = 0; b < result.pairs.size(); ++b)
      result.noise.push_back(noise * std::sqrt(result.pairs[b] * alike) /
                             every.sum(PairSum::pairs, static_cast<std::int64_t>(b)));
  if (parts.count == 1) return result;
  result.covariance = found.jackknife.covariance();
  result.error = found.jackknife.errors();
  result.samples = std::move(found.jackknife.samples);
  return result;
}

}  // namespace shearwater::galaxies
