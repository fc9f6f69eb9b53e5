// SPDX-License-Identifier: BSD-3-Clause
// Filters in Fourier space and moments of what they leave.
#pragma once

#include <complex>
#include <span>
#include <string>
#include <vector>

#include "shearwater/fields/flat_sky.hpp"

namespace shearwater::fields {

/// A real, isotropic filter on a half spectrum (pixels, pixels / 2 + 1). It removes the mean and
/// divides by the number of pixels, so that forward, filter and inverse make a filtered map.
struct ModeFilter {
  std::string name;
  std::vector<float> factor;
  void apply(std::complex<float> const* modes, std::complex<float>* filtered) const;
};

/// Between each two neighbouring scales s < t [pixels] the band exp(-(k s)^2 / 2) - exp(-(k t)^2 /
/// 2), and the low pass of the last scale. The sum of the filters from one on is the low pass of
/// its scale.
std::vector<ModeFilter> make_filters(FlatSky sky, std::vector<double> const& scales);

/// Means of powers of (value - mean), and of |value|, over the observed pixels; zero when none is.
struct Moments {
  double second = 0, third = 0, fourth = 0, magnitude = 0;
};
/// mask: 0 and 1, or empty for all. Sums in a fixed order.
Moments central_moments(std::span<float const> values, std::span<float const> mask);

/// Three maps whose product is averaged: first <= second <= third, not all equal.
struct Triple {
  std::size_t first, second, third;
};
/// All of them among `maps` maps, in the order in which products are stored.
std::vector<Triple> all_triples(std::size_t maps);

/// Means over the observed pixels of the products of `triples`; zero when no pixel is observed.
/// maps (count, size), one behind the other. Sums in a fixed order.
void triple_products(std::span<float const> maps, std::size_t count,
                     std::span<Triple const> triples, std::span<float const> mask,
                     std::span<double> means);

}  // namespace shearwater::fields
