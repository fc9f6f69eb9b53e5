// SPDX-License-Identifier: BSD-3-Clause
// Galaxies for tests of pairs, and their sums by looking at all pairs in the plainest way.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdint>

#include "shearwater/core/random.hpp"
#include "shearwater/galaxies/pair_sums.hpp"

namespace shearwater::test {

inline std::array<double, 3> random_axis(core::Stream& random) {
  double const z = 2 * random.uniform() - 1, phi = 2 * 3.14159265358979323846 * random.uniform();
  double const s = std::sqrt(1 - z * z);
  return {s * std::cos(phi), s * std::sin(phi), z};
}

/// Clumps of galaxies in [0, side), with axes, weights, hosts and regions of slabs along x.
inline galaxies::PairSample clustered_galaxies(std::uint64_t seed, std::int64_t count, double side,
                                               std::int32_t regions, bool ellipticities) {
  galaxies::PairSample sample;
  for (std::int64_t i = 0; i < count; ++i) {
    core::Stream random(seed, core::Purpose::observation, static_cast<std::uint64_t>(i));
    core::Stream clump(seed, core::Purpose::observation,
                       static_cast<std::uint64_t>(1 << 20 | i / 8));
    double const width = i % 2 == 0 ? 0.02 * side : side;
    double x[3];
    for (double& value : x) {
      value = side * clump.uniform() + width * random.normal();
      value -= side * std::floor(value / side);
    }
    sample.position.insert(sample.position.end(), x, x + 3);
    auto const axis = random_axis(random);
    double const e1 = 0.3 * random.normal(), e2 = 0.3 * random.normal();
    if (ellipticities)
      sample.mark.insert(sample.mark.end(), {e1, e2, 0.0});
    else
      sample.mark.insert(sample.mark.end(), axis.begin(), axis.end());
    sample.weight.push_back(0.5 + random.uniform());
    sample.id.push_back((i * 7919) % 104729 + 5);
    sample.host.push_back(1000 - i / 8);
    sample.region.push_back(std::min(
        regions - 1, static_cast<std::int32_t>(x[0] / side * static_cast<double>(regions))));
  }
  return sample;
}

/// Rows first, first + step, ...
inline galaxies::PairSample rows_of(galaxies::PairSample const& all, std::size_t first,
                                    std::size_t step) {
  galaxies::PairSample mine;
  auto const take = [&](auto const& from, auto& to, std::size_t width) {
    for (std::size_t i = first; i * width < from.size(); i += step)
      to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(i * width),
                from.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
  };
  take(all.position, mine.position, 3);
  take(all.mark, mine.mark, 3);
  take(all.weight, mine.weight, 1);
  take(all.id, mine.id, 1);
  take(all.host, mine.host, 1);
  take(all.region, mine.region, 1);
  return mine;
}

/// The angle, from east to north, of the great circle from one place on the sky to another: by
/// spherical trigonometry of right ascensions and declinations.
inline double direction_on_sky(double const* from, double const* to) {
  double const dec_1 = std::atan2(from[2], std::hypot(from[0], from[1])),
               dec_2 = std::atan2(to[2], std::hypot(to[0], to[1]));
  double const turn = std::atan2(to[1], to[0]) - std::atan2(from[1], from[0]);
  return std::atan2(
      std::cos(dec_1) * std::sin(dec_2) - std::sin(dec_1) * std::cos(dec_2) * std::cos(turn),
      std::cos(dec_2) * std::sin(turn));
}

/// From all pairs. With `in_hosts`, those within a halo.
inline galaxies::PairSums all_pairs(galaxies::PairConfig const& config,
                                    galaxies::PairSample const& first,
                                    galaxies::PairSample const* second, bool in_hosts) {
  auto const& other = second == nullptr ? first : *second;
  auto const bins = config.edges.size() - 1;
  constexpr auto count = static_cast<std::size_t>(galaxies::PairSum::count);
  auto const regions = static_cast<std::size_t>(config.regions);
  galaxies::PairSums sums;
  sums.bins = static_cast<std::int64_t>(bins);
  sums.regions = config.regions;
  sums.total.assign(count * bins, 0);
  sums.inside.assign(regions * count * bins, 0);
  sums.across = sums.inside;
  bool const flat = config.geometry == galaxies::PairGeometry::projected;
  auto const weight = [](galaxies::PairSample const& s, std::size_t i) {
    return s.weight.empty() ? 1.0 : s.weight[i];
  };
  for (std::size_t i = 0; i < static_cast<std::size_t>(first.size()); ++i)
    for (std::size_t j = 0; j < static_cast<std::size_t>(other.size()); ++j) {
      if (second == nullptr && i == j) continue;
      if (in_hosts && first.host[i] != other.host[j]) continue;
      double d[3];
      for (std::size_t a = 0; a < 3; ++a) {
        d[a] = first.position[3 * i + a] - other.position[3 * j + a];
        if (config.box_side > 0) d[a] -= config.box_side * std::round(d[a] / config.box_side);
      }
      double square = d[0] * d[0] + d[1] * d[1] + (flat ? 0.0 : d[2] * d[2]);
      if (flat && !(std::abs(d[2]) < config.pi_max)) continue;
      bool const cone = config.geometry == galaxies::PairGeometry::cone;
      if (cone) {
        double along = 0, sight = 0;
        for (std::size_t a = 0; a < 3; ++a) {
          double const s = first.position[3 * i + a] + other.position[3 * j + a];
          along += d[a] * s, sight += s * s;
        }
        double const depth = along / std::sqrt(sight);
        if (!(std::abs(depth) < config.pi_max)) continue;
        square -= depth * depth;
      }
      std::size_t bin = bins;
      for (std::size_t b = 0; b < bins; ++b)
        if (square >= config.edges[b] * config.edges[b] &&
            square < config.edges[b + 1] * config.edges[b + 1])
          bin = b;
      if (bin == bins) continue;
      double const w = weight(first, i) * weight(other, j);
      double terms[count] = {1, w, 0, 0, 0, 0};
      double const* const mine = &first.mark[3 * i];
      double const* const theirs = &other.mark[3 * j];
      bool const sky = config.geometry == galaxies::PairGeometry::sky || cone;
      if (flat || sky) {
        auto const at = [](std::vector<double> const& x, std::size_t g) {
          return x.data() + 3 * g;
        };
        double const *p = at(first.position, i), *q = at(other.position, j);
        auto const turned = [&](double const* e, double const* from, double const* to) {
          double const phi = sky ? direction_on_sky(from, to) : std::atan2(d[1], d[0]);
          return std::complex<double>(e[0], e[1]) * std::polar(1.0, -2 * phi);
        };
        auto const one = turned(mine, p, q), two = turned(theirs, q, p);
        terms[2] = w * one.real();
        terms[3] = w * one.real() * two.real();
        terms[4] = w * one.imag();
        terms[5] = w * one.imag() * two.imag();
      } else {
        double along = 0, cosine = 0;
        for (std::size_t a = 0; a < 3; ++a) {
          along += mine[a] * d[a] / std::sqrt(square);
          cosine += mine[a] * theirs[a];
        }
        terms[2] = w * along * along;
        terms[3] = w * cosine * cosine;
      }
      for (std::size_t t = 0; t < count; ++t) {
        sums.total[t * bins + bin] += terms[t];
        auto const at = [&](std::int32_t region) {
          return (static_cast<std::size_t>(region) * count + t) * bins + bin;
        };
        auto const p = first.region[i], q = other.region[j];
        if (p == q) {
          sums.inside[at(p)] += terms[t];
        } else {
          sums.across[at(p)] += terms[t];
          sums.across[at(q)] += terms[t];
        }
      }
    }
  return sums;
}

}  // namespace shearwater::test
