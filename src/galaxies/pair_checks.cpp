// SPDX-License-Identifier: BSD-3-Clause
#include "pair_checks.hpp"

#include <fmt/format.h>

#include <cmath>

#include "shearwater/core/error.hpp"

namespace shearwater::galaxies {

void check_config(PairConfig const& config) {
  auto const& edges = config.edges;
  if (edges.size() < 2)
    throw core::InputError(fmt::format("edges of bins: {} given; give at least two", edges.size()));
  for (std::size_t b = 0; b < edges.size(); ++b)
    if (!std::isfinite(edges[b]) || !(edges[b] > (b == 0 ? 0 : edges[b - 1])))
      throw core::InputError(
          fmt::format("edge {} of the bins is {:g}: edges must be positive and rise", b, edges[b]));
  bool const cone = config.geometry == PairGeometry::cone;
  bool const flat = config.geometry == PairGeometry::projected || cone;
  if (flat && !(config.pi_max > 0))
    throw core::InputError(fmt::format("pi_max = {:g}: must be positive, in Mpc/h", config.pi_max));
  double const furthest = std::max(edges.back(), flat ? config.pi_max : 0.0);
  if (config.box_side > 0 && furthest > 0.5 * config.box_side)
    throw core::InputError(
        fmt::format("pairs up to {:g} Mpc/h apart in a box of {:g}: a pair is that of the nearest "
                    "images, so take at most half of the box, {:g}",
                    furthest, config.box_side, 0.5 * config.box_side));
  if (config.geometry == PairGeometry::sky && (edges.back() >= 2 || config.box_side > 0))
    throw core::InputError(fmt::format(
        "chords on the sky end below 2, a half turn, and there is no box: the last edge is {:g}",
        edges.back()));
  core::require(!cone || config.box_side == 0, "galaxies::sum_pairs: a cone has no box");
  core::require(config.pi_bins == 1 || (flat && config.pi_bins > 1),
                "galaxies::sum_pairs: bins along the line of sight of projected pairs");
  core::require(config.regions >= 1, "galaxies::sum_pairs: at least one region");
}

void check_sample(PairConfig const& config, PairSample const& sample, char const* which) {
  auto const n = static_cast<std::size_t>(sample.size());
  auto const is = [&](auto const& column, std::size_t width, bool optional) {
    return (optional && column.empty()) || column.size() == width * n;
  };
  core::require(is(sample.position, 3, false) && is(sample.id, 1, false) &&
                    is(sample.mark, 3, true) && is(sample.weight, 1, true) &&
                    is(sample.host, 1, true) && is(sample.region, 1, true),
                "galaxies::sum_pairs: columns of one length");
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t a = 0; a < 3; ++a) {
      double const x = sample.position[3 * i + a];
      if (!std::isfinite(x) || (config.box_side > 0 && (x < 0 || x > config.box_side)))
        throw core::InputError(fmt::format(
            "{} sample, galaxy of id {}: coordinate {} is {:g}, but must be within the box of {:g} "
            "Mpc/h; check the unit of length and the side of the box",
            which, sample.id[i], a, x, config.box_side));
      if (!sample.mark.empty() && !std::isfinite(sample.mark[3 * i + a]))
        throw core::InputError(
            fmt::format("{} sample, galaxy of id {}: its shape or axis is {:g}; leave it out",
                        which, sample.id[i], sample.mark[3 * i + a]));
    }
  for (std::size_t i = 0; i < sample.weight.size(); ++i)
    if (!std::isfinite(sample.weight[i]) || sample.weight[i] < 0)
      throw core::InputError(
          fmt::format("{} sample, galaxy of id {}: weight {:g} must be finite and not negative",
                      which, sample.id[i], sample.weight[i]));
  for (auto const region : sample.region)
    core::require(region >= 0 && region < config.regions, "galaxies::sum_pairs: a known region");
}

void check_hosts(PairSample const& sample) {
  if (sample.host.size() != static_cast<std::size_t>(sample.size()))
    throw core::InputError(
        "the galaxies have no column of their host halos: pairs within halos cannot be told from "
        "those of two; leave the split out");
}

}  // namespace shearwater::galaxies
