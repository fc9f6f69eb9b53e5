// SPDX-License-Identifier: BSD-3-Clause
// Classifier two-sample test (Lopez-Paz & Oquab 2017, in the form of sbibm, Lueckmann et al. 2021).
#pragma once

#include <cstdint>
#include <span>

namespace shearwater::statistics {

/// Choices of the classifier. The defaults are the ones that published accuracies were made with.
struct C2stConfig {
  std::int64_t folds = 5;
  std::int64_t width_per_dimension = 10;  ///< units of each of the two hidden layers, per dimension
  std::int64_t batch = 200;
  std::int64_t epochs = 1000;  ///< at most; training ends after `patience` epochs without gain
  std::int64_t patience = 10;
  double tolerance = 1e-4;  ///< gain in training loss that counts [nats]
  double learning_rate = 1e-3;
  double weight_decay = 1e-4;  ///< L2 penalty, divided by the batch
};

/// Held-out accuracy, averaged over the folds, of a network that tells rows of `a` from rows of
/// `b`: 1/2 when the two samples have the same distribution, 1 when they do not overlap. a (n,
/// dimension), b (n, dimension): the same number of rows each, a is the reference, whose mean and
/// standard deviation z-score both. The result is a function of (samples, seed, config) and does
/// not depend on the number of threads (folds run in parallel). Two halves of one sample of 2 x
/// 10,000 rows give 0.50 +- 0.01. Throws InputError when the numbers of rows differ, a value is not
/// finite or a column of `a` is constant.
double c2st(std::span<double const> a, std::span<double const> b, std::int64_t dimension,
            std::uint64_t seed, C2stConfig const& config = {});

}  // namespace shearwater::statistics
