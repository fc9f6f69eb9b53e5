// SPDX-License-Identifier: BSD-3-Clause
// Moments, quantiles and small dense algebra of weighted samples. Samples are rows: (n, dimension),
// row-major. An empty `weights` means equal weights; weights need not sum to one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace shearwater::statistics {

struct Moments {
  std::vector<double> mean;        ///< (d)
  std::vector<double> covariance;  ///< (d, d); with equal weights the unbiased estimate (n - 1)
  std::int64_t dimension() const { return static_cast<std::int64_t>(mean.size()); }
  double sd(std::int64_t i) const;
  double correlation(std::int64_t i, std::int64_t j) const;
};

/// Summed in the order of the rows, mean first. With weights, the covariance is divided by
/// W (1 - 1 / n_eff), n_eff the effective number of samples. Throws InputError for fewer than two
/// rows.
Moments moments(std::span<double const> samples, std::int64_t dimension,
                std::span<double const> weights = {});

/// Kish's effective number of samples, (sum w)^2 / sum w^2.
double effective_samples(std::span<double const> weights);

/// Quantiles of one column at each of `probabilities`: linear between the mid-points of the sorted
/// weights' cumulative sum.
std::vector<double> quantiles(std::span<double const> samples, std::int64_t dimension,
                              std::int64_t column, std::vector<double> const& probabilities,
                              std::span<double const> weights = {});

/// Lower Cholesky factor (d, d) of a symmetric matrix. Throws NumericsError when it is not positive
/// definite.
std::vector<double> cholesky(std::span<double const> matrix, std::int64_t dimension);
/// x = L^-1 b for a lower triangular L (d, d), in place.
void solve_lower(std::span<double const> lower, std::span<double> b);
/// ln det of the matrix whose lower Cholesky factor is L.
double log_determinant(std::span<double const> lower, std::int64_t dimension);

/// sqrt(delta^T C^-1 delta): the length of `delta` in standard deviations of the covariance C (d,
/// d).
double mahalanobis(std::span<double const> delta, std::span<double const> covariance);

/// 1 / sqrt(det C): the figure of merit of a covariance (d, d), without a factor of pi.
double figure_of_merit(std::span<double const> covariance, std::int64_t dimension);

}  // namespace shearwater::statistics
