// SPDX-License-Identifier: BSD-3-Clause
// Moments of Watson's distribution, by quadrature elsewhere to six decimals, and of draws.
#pragma once

#include <cmath>
#include <cstdint>

#include "shearwater/galaxies/watson.hpp"

namespace shearwater::test {

/// W = <cos^2> - 1/3 and A = <|cos|> of a strength.
struct WatsonMoments {
  float mu;
  double w, a;
};
inline constexpr WatsonMoments kWatson[] = {
    {-0.9F, -0.254548, 0.224212},  {-0.5F, -0.079629, 0.423206},  {0.03F, 0.004211, 0.503942},
    {0.139F, 0.020126, 0.518749},  {0.3345F, 0.054125, 0.549910}, {0.5F, 0.095897, 0.587386},
    {0.5451F, 0.111416, 0.601095}, {0.6846F, 0.182823, 0.662772}, {0.7797F, 0.272572, 0.737091},
    {0.9F, 0.485327, 0.896226}};

/// Means of `draws` axes about `about`, and their standard errors.
struct MeasuredMoments {
  double w = 0, w_error = 0, a = 0, a_error = 0;
};
inline MeasuredMoments measure_watson(float mu, std::int64_t draws, galaxies::Vector about) {
  double sum = 0, square = 0, fourth = 0;
  for (std::int64_t i = 0; i < draws; ++i) {
    galaxies::Draws source(11, core::Purpose::orientation, static_cast<std::uint64_t>(i), 0);
    std::uint32_t roll = 0;
    auto const axis = galaxies::watson_axis(about, mu, source, roll);
    double const c = std::abs(static_cast<double>(galaxies::dot(axis, about)));
    sum += c;
    square += c * c;
    fourth += c * c * c * c;
  }
  auto const n = static_cast<double>(draws);
  double const c1 = sum / n, c2 = square / n, c4 = fourth / n;
  return {c2 - 1.0 / 3, std::sqrt((c4 - c2 * c2) / n), c1, std::sqrt((c2 - c1 * c1) / n)};
}

}  // namespace shearwater::test
