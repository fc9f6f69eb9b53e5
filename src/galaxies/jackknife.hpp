// SPDX-License-Identifier: BSD-3-Clause
// Covariances of what is left without each region.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace shearwater::galaxies {

struct Jackknife {
  std::vector<double> samples;  ///< (regions, bins)
  std::size_t bins;

  std::vector<double> mean() const {
    std::size_t const regions = samples.size() / bins;
    std::vector<double> result(bins, 0.0);
    for (std::size_t k = 0; k < regions; ++k)
      for (std::size_t b = 0; b < bins; ++b)
        result[b] += samples[k * bins + b] / static_cast<double>(regions);
    return result;
  }
  double covariance(std::vector<double> const& middle, std::size_t a, std::size_t b) const {
    std::size_t const regions = samples.size() / bins;
    double sum = 0;
    for (std::size_t k = 0; k < regions; ++k)
      sum += (samples[k * bins + a] - middle[a]) * (samples[k * bins + b] - middle[b]);
    return sum * (static_cast<double>(regions - 1) / static_cast<double>(regions));
  }
  std::vector<double> covariance() const {
    auto const middle = mean();
    std::vector<double> result;
    for (std::size_t a = 0; a < bins; ++a)
      for (std::size_t b = 0; b < bins; ++b) result.push_back(covariance(middle, a, b));
    return result;
  }
  /// Roots of the diagonal alone.
  std::vector<double> errors() const {
    auto const middle = mean();
    std::vector<double> result;
    for (std::size_t b = 0; b < bins; ++b) result.push_back(std::sqrt(covariance(middle, b, b)));
    return result;
  }
};

}  // namespace shearwater::galaxies
