// SPDX-License-Identifier: BSD-3-Clause
#include "random_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "whole_sums.hpp"

namespace shearwater::galaxies {

namespace {

double stays(double distance, double side) { return std::max(0.0, 1 - std::abs(distance) / side); }

// Points of the midpoint rule: the share is known to 1e-4.
constexpr int radii = 8, angles = 64, heights = 64;

double middle(int i, int count) { return (i + 0.5) / count; }

}  // namespace

double bin_volume(PairConfig const& config, std::size_t bin) {
  auto const depths = static_cast<std::size_t>(config.pi_bins);
  double const low = config.edges[bin / depths], high = config.edges[bin / depths + 1];
  if (config.geometry == PairGeometry::projected)
    return std::numbers::pi * (high * high - low * low) * 2 * config.pi_max /
           static_cast<double>(depths);
  return 4.0 / 3 * std::numbers::pi * (high * high * high - low * low * low);
}

double share_inside(PairConfig const& config, double side, std::size_t bin) {
  auto const depths = static_cast<std::size_t>(config.pi_bins);
  double const low = config.edges[bin / depths], high = config.edges[bin / depths + 1];
  double const thickness = config.pi_max / static_cast<double>(depths);
  bool const flat = config.geometry == PairGeometry::projected;
  double sum = 0;
  for (int i = 0; i < radii; ++i) {
    // Equal parts of the bin's volume.
    double const u = middle(i, radii);
    double const r = flat ? std::sqrt(low * low + u * (high * high - low * low))
                          : std::cbrt(low * low * low + u * (high * high * high - low * low * low));
    for (int k = 0; k < heights; ++k) {
      double const v = middle(k, heights);
      double const z = flat ? (static_cast<double>(bin % depths) + v) * thickness : v * r;
      double const across = flat ? r : std::sqrt(r * r - z * z);
      double ring = 0;
      for (int j = 0; j < angles; ++j) {
        double const phi = 0.5 * std::numbers::pi * middle(j, angles);
        ring += stays(across * std::cos(phi), side) * stays(across * std::sin(phi), side);
      }
      sum += ring * stays(z, side);
    }
  }
  return sum / (radii * angles * heights);
}

double share_left(RandomPairs const& randoms, double inside, std::size_t region) {
  auto const regions = static_cast<double>(randoms.first_share.size());
  double const first = randoms.first_share[region], second = randoms.second_share[region];
  // To first order in how much the densities there and beside it differ from the mean: the squares
  // of these differences would be noise alone.
  double const within = (first + second - 1 / regions) * inside;
  double const across = (first + second) * (1 - inside);
  return 1 - within - border_weight * across;
}

RandomPairs random_pairs(parallel::Communicator const& comm, PairConfig const& config,
                         PairSample const& first, PairSample const* second) {
  auto const regions = static_cast<std::size_t>(config.regions);
  auto const shares_of = [&](PairSample const& sample, double& total) {
    auto weights = sample.weight;
    if (weights.empty()) weights.assign(static_cast<std::size_t>(sample.size()), 1.0);
    total = sums_in_any_order(comm, weights, {}, 1).front();
    auto shares = sums_in_any_order(comm, weights, sample.region, regions);
    for (double& share : shares) share /= total > 0 ? total : 1.0;
    return shares;
  };
  RandomPairs result;
  double mine = 0, theirs = 0;
  result.first_share = shares_of(first, mine);
  result.second_share = second == nullptr ? result.first_share : shares_of(*second, theirs);
  result.weights = mine * theirs;
  if (second == nullptr) {  // a galaxy makes no pair with itself
    std::vector<double> squares(static_cast<std::size_t>(first.size()), 1.0);
    for (std::size_t i = 0; i < first.weight.size(); ++i)
      squares[i] = first.weight[i] * first.weight[i];
    result.weights = mine * mine - sums_in_any_order(comm, squares, {}, 1).front();
  }
  result.volume = config.box_side * config.box_side * config.box_side;
  return result;
}

}  // namespace shearwater::galaxies
