// SPDX-License-Identifier: BSD-3-Clause
// How far a generated sample is from a true one, in the space of features.
#pragma once

#include <cstdint>
#include <span>

namespace shearwater::statistics {

/// Frechet distance of the normal distributions with the samples' means and covariances (Dowson &
/// Landau 1982; Heusel et al. 2017 for generated pictures):
///   |mu_a - mu_b|^2 + tr(C_a + C_b - 2 (C_a^1/2 C_b C_a^1/2)^1/2)
/// a (n, dimension), b (m, dimension). It is biased upward by about dimension / n: compare samples
/// of one size. Throws InputError for fewer than two rows or a value that is not finite.
double frechet_distance(std::span<double const> a, std::span<double const> b,
                        std::int64_t dimension);

/// Mean over the rows of `from` (n, dimension) of the Euclidean distance to the nearest row of `to`
/// (m, dimension). Much below the value of unseen true rows, generated rows are copies. Throws
/// InputError for a sample without rows or a value that is not finite.
double mean_nearest_distance(std::span<double const> from, std::span<double const> to,
                             std::int64_t dimension);

}  // namespace shearwater::statistics
