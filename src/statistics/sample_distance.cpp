// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/statistics/sample_distance.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"

namespace shearwater::statistics {

namespace {

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowsView = Eigen::Map<Rows const>;

constexpr Eigen::Index block_rows = 256;

RowsView rows_of(std::span<double const> values, std::int64_t dimension, std::int64_t least) {
  auto const size = static_cast<std::int64_t>(values.size());
  core::require(dimension > 0 && size % dimension == 0, "sample distance: rows do not fit");
  if (size / dimension < least)
    throw core::InputError(
        fmt::format("a sample of {} rows: at least {} are needed", size / dimension, least));
  if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); }))
    throw core::InputError("a sample holds a value that is not finite");
  return {values.data(), size / dimension, dimension};
}

Eigen::MatrixXd covariance(RowsView const& rows, Eigen::RowVectorXd const& mean) {
  Eigen::MatrixXd const centred = rows.rowwise() - mean;
  return centred.transpose() * centred / static_cast<double>(rows.rows() - 1);
}

/// Square roots of the eigenvalues, those below zero by rounding as zero.
Eigen::VectorXd roots(Eigen::VectorXd const& eigenvalues) {
  return eigenvalues.cwiseMax(0.0).cwiseSqrt();
}

}  // namespace

double frechet_distance(std::span<double const> a, std::span<double const> b,
                        std::int64_t dimension) {
  auto const first = rows_of(a, dimension, 2), second = rows_of(b, dimension, 2);
  Eigen::RowVectorXd const mean_a = first.colwise().mean(), mean_b = second.colwise().mean();
  auto const cov_a = covariance(first, mean_a), cov_b = covariance(second, mean_b);
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> const of_a(cov_a);
  Eigen::MatrixXd const root = of_a.eigenvectors() * roots(of_a.eigenvalues()).asDiagonal() *
                               of_a.eigenvectors().transpose();
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> const both(root * cov_b * root,
                                                            Eigen::EigenvaluesOnly);
  return (mean_a - mean_b).squaredNorm() + cov_a.trace() + cov_b.trace() -
         2 * roots(both.eigenvalues()).sum();
}

double mean_nearest_distance(std::span<double const> from, std::span<double const> to,
                             std::int64_t dimension) {
  auto const rows = rows_of(from, dimension, 1), others = rows_of(to, dimension, 1);
  Eigen::RowVectorXd const squares = others.rowwise().squaredNorm().transpose();
  double sum = 0;
  for (Eigen::Index first = 0; first < rows.rows(); first += block_rows) {
    auto const block = rows.middleRows(first, std::min(block_rows, rows.rows() - first));
    Rows distance = -2 * block * others.transpose();
    distance.rowwise() += squares;
    distance.colwise() += block.rowwise().squaredNorm();
    sum += distance.rowwise().minCoeff().cwiseMax(0.0).cwiseSqrt().sum();
  }
  return sum / static_cast<double>(rows.rows());
}

}  // namespace shearwater::statistics
