// SPDX-License-Identifier: BSD-3-Clause
// Mixtures of full-covariance Gaussians from the raw output of a network.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace shearwater::learn {

/// K Gaussians in P dimensions for each of n rows. With the unit lower triangular C and the
/// positive diagonal D, z = D C (u - mean) is standard normal: (D C)^T (D C) is the precision and
/// its inverse factor (D C)^-1 the lower Cholesky factor of the covariance.
struct Mixture {
  torch::Tensor log_weights;  ///< (n, K), normalised
  torch::Tensor means;        ///< (n, K, P)
  torch::Tensor diagonal;     ///< (n, K, P), D > 0
  torch::Tensor below;        ///< (n, K, P, P), C - 1: strictly lower triangular
};

/// Length of the raw output: K (1 + P + P + P (P - 1) / 2).
std::int64_t mixture_width(std::int64_t components, std::int64_t parameters);

/// Raw output (n, mixture_width) to a mixture. D = softplus(raw + ln(e - 1)) + 1e-4, so that a raw
/// output of zero is the prior N(0, I) to 1e-4.
Mixture make_mixture(torch::Tensor const& raw, std::int64_t components, std::int64_t parameters);

/// ln q(u) of each row: u (n, P), result (n).
///   ln sum_k w_k exp(sum_i ln D_ki - |z_k|^2 / 2 - P/2 ln 2 pi)
torch::Tensor log_density(Mixture const& mixture, torch::Tensor const& u);

/// (D C)^-1, the lower Cholesky factor of each covariance (n, K, P, P).
torch::Tensor scale_tril(Mixture const& mixture);

}  // namespace shearwater::learn
