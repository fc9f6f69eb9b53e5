// SPDX-License-Identifier: BSD-3-Clause
// A small network for the classifier two-sample test: two hidden ReLU layers and one logit.
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

#include "shearwater/statistics/c2st.hpp"

namespace shearwater::statistics {

/// Examples are columns: x (dimension, n); labels y (n) are 0 or 1.
class MlpClassifier {
 public:
  /// Glorot-uniform weights that are a function of (seed, stream).
  MlpClassifier(std::int64_t dimension, std::uint64_t seed, std::uint64_t stream,
                C2stConfig const& config);
  /// Minimises the cross-entropy with Adam (Kingma & Ba 2015); rows are shuffled every epoch.
  void train(Eigen::MatrixXf const& x, Eigen::VectorXf const& y);
  /// Share of rows whose label is the more probable one.
  double accuracy(Eigen::MatrixXf const& x, Eigen::VectorXf const& y) const;

 private:
  struct Layer {
    Eigen::MatrixXf weight, weight_gradient, weight_first, weight_second;
    Eigen::VectorXf bias, bias_gradient, bias_first, bias_second;
  };
  static constexpr std::size_t layers = 3;

  double step(Eigen::MatrixXf const& x, Eigen::VectorXf const& y);
  void adam_update(float rate);

  C2stConfig config_;
  std::uint64_t seed_, stream_;
  std::array<Layer, layers> layers_;
  std::array<Eigen::MatrixXf, layers> hidden_;
  std::int64_t updates_ = 0;
};

}  // namespace shearwater::statistics
