// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/statistics/c2st.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "mlp_classifier.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/moments.hpp"

namespace shearwater::statistics {

namespace {

struct Examples {
  Eigen::MatrixXf x;  // (dimension, rows)
  Eigen::VectorXf y;
};

void check_samples(std::span<double const> a, std::span<double const> b, std::int64_t dimension) {
  auto const d = static_cast<std::size_t>(dimension);
  if (a.size() != b.size() || a.size() % d != 0)
    throw core::InputError(
        fmt::format("c2st: {} and {} rows: both samples need the same number, otherwise guessing "
                    "is better than 1/2",
                    a.size() / d, b.size() / d));
  for (auto const& sample : {a, b})
    for (double const value : sample)
      if (!std::isfinite(value))
        throw core::InputError("c2st: a sample holds a value that is not finite");
}

/// Both samples in random order, z-scored with the moments of the reference.
Examples shuffled_examples(std::span<double const> a, std::span<double const> b,
                           std::int64_t dimension, std::uint64_t seed) {
  auto const d = static_cast<std::size_t>(dimension);
  std::size_t const half = a.size() / d;
  auto const reference = moments(a, dimension);
  for (std::int64_t i = 0; i < dimension; ++i)
    if (!(reference.sd(i) > 0))
      throw core::InputError(fmt::format("c2st: column {} of the reference is constant", i));
  std::vector<std::size_t> order(2 * half);
  std::iota(order.begin(), order.end(), std::size_t{0});
  core::Stream random(seed, core::Purpose::shuffle, ~std::uint64_t{0});
  for (std::size_t i = order.size(); i-- > 1;) std::swap(order[i], order[random.below(i + 1)]);
  Examples result{Eigen::MatrixXf(dimension, 2 * half), Eigen::VectorXf(2 * half)};
  for (std::size_t n = 0; n < order.size(); ++n) {
    bool const second = order[n] >= half;
    double const* row = second ? &b[(order[n] - half) * d] : &a[order[n] * d];
    for (std::int64_t i = 0; i < dimension; ++i)
      result.x(i, static_cast<Eigen::Index>(n)) = static_cast<float>(
          (row[i] - reference.mean[static_cast<std::size_t>(i)]) / reference.sd(i));
    result.y(static_cast<Eigen::Index>(n)) = second ? 1.0F : 0.0F;
  }
  return result;
}

/// Accuracy on fold `fold` of a network trained on the other folds.
double fold_accuracy(Examples const& all, std::int64_t fold, std::uint64_t seed,
                     C2stConfig const& config) {
  Eigen::Index const rows = all.x.cols();
  Eigen::Index const begin = rows * fold / config.folds, end = rows * (fold + 1) / config.folds;
  Examples train{Eigen::MatrixXf(all.x.rows(), rows - (end - begin)),
                 Eigen::VectorXf(rows - (end - begin))};
  train.x << all.x.leftCols(begin), all.x.rightCols(rows - end);
  train.y << all.y.head(begin), all.y.tail(rows - end);
  MlpClassifier network(all.x.rows(), seed, static_cast<std::uint64_t>(fold), config);
  network.train(train.x, train.y);
  return network.accuracy(all.x.middleCols(begin, end - begin), all.y.segment(begin, end - begin));
}

}  // namespace

double c2st(std::span<double const> a, std::span<double const> b, std::int64_t dimension,
            std::uint64_t seed, C2stConfig const& config) {
  core::require(dimension > 0 && config.folds > 1, "statistics::c2st: dimension > 0 and folds > 1");
  check_samples(a, b, dimension);
  auto const all = shuffled_examples(a, b, dimension, seed);
  std::vector<double> accuracy(static_cast<std::size_t>(config.folds));
  // Each fold is computed by one thread from its own random stream, and summed in order.
#pragma omp parallel for schedule(dynamic, 1)
  for (std::int64_t fold = 0; fold < config.folds; ++fold)
    accuracy[static_cast<std::size_t>(fold)] = fold_accuracy(all, fold, seed, config);
  return std::accumulate(accuracy.begin(), accuracy.end(), 0.0) / static_cast<double>(config.folds);
}

}  // namespace shearwater::statistics
