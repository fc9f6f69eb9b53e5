// SPDX-License-Identifier: BSD-3-Clause
#include "mlp_classifier.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "shearwater/core/random.hpp"

namespace shearwater::statistics {

namespace {

/// ln(1 + e^z) - y z, the cross-entropy of one logit, without overflow.
float cross_entropy(float z, float y) {
  return std::max(z, 0.0F) - y * z + std::log1p(std::exp(-std::abs(z)));
}

}  // namespace

MlpClassifier::MlpClassifier(std::int64_t dimension, std::uint64_t seed, std::uint64_t stream,
                             C2stConfig const& config)
    : config_(config), seed_(seed), stream_(stream) {
  std::int64_t const width = config.width_per_dimension * dimension;
  std::array<std::int64_t, layers + 1> const sizes{dimension, width, width, 1};
  core::Stream random(seed, core::Purpose::initial_weights, stream);
  for (std::size_t l = 0; l < layers; ++l) {
    auto& layer = layers_[l];
    double const bound = std::sqrt(6.0 / static_cast<double>(sizes[l] + sizes[l + 1]));
    layer.weight.resize(sizes[l + 1], sizes[l]);
    for (auto& w : layer.weight.reshaped())
      w = static_cast<float>(bound * (2 * random.uniform() - 1));
    layer.bias.setZero(sizes[l + 1]);
    layer.weight_first.setZero(sizes[l + 1], sizes[l]);
    layer.weight_second = layer.weight_first;
    layer.bias_first = layer.bias_second = layer.bias;
  }
}

double MlpClassifier::step(Eigen::MatrixXf const& x, Eigen::VectorXf const& y) {
  float const batch = static_cast<float>(x.cols());
  for (std::size_t l = 0; l < layers; ++l) {
    auto const& input = l == 0 ? x : hidden_[l - 1];
    hidden_[l].noalias() = layers_[l].weight * input;
    hidden_[l].colwise() += layers_[l].bias;
    if (l + 1 < layers) hidden_[l] = hidden_[l].cwiseMax(0.0F);
  }
  double loss = 0;
  Eigen::MatrixXf delta(1, x.cols());
  for (Eigen::Index n = 0; n < x.cols(); ++n) {
    float const z = hidden_[layers - 1](0, n);
    loss += static_cast<double>(cross_entropy(z, y(n)));
    delta(0, n) = (1 / (1 + std::exp(-z)) - y(n)) / batch;
  }
  for (std::size_t l = layers; l-- > 0;) {
    auto& layer = layers_[l];
    auto const& input = l == 0 ? x : hidden_[l - 1];
    layer.weight_gradient.noalias() = delta * input.transpose();
    layer.weight_gradient += static_cast<float>(config_.weight_decay) / batch * layer.weight;
    layer.bias_gradient = delta.rowwise().sum();
    if (l == 0) break;
    Eigen::MatrixXf const back = layer.weight.transpose() * delta;
    delta = (hidden_[l - 1].array() > 0).select(back, 0.0F);
  }
  return loss;
}

void MlpClassifier::adam_update(float rate) {
  float const b1 = 0.9F, b2 = 0.999F, epsilon = 1e-8F;
  ++updates_;
  float const c1 = 1 - static_cast<float>(std::pow(0.9, static_cast<double>(updates_)));
  float const c2 = 1 - static_cast<float>(std::pow(0.999, static_cast<double>(updates_)));
  auto const update = [&](auto& value, auto const& gradient, auto& first, auto& second) {
    first = b1 * first + (1 - b1) * gradient;
    second = b2 * second + (1 - b2) * gradient.cwiseAbs2();
    value.array() -= rate * (first.array() / c1) / ((second.array() / c2).sqrt() + epsilon);
  };
  for (auto& layer : layers_) {
    update(layer.weight, layer.weight_gradient, layer.weight_first, layer.weight_second);
    update(layer.bias, layer.bias_gradient, layer.bias_first, layer.bias_second);
  }
}

void MlpClassifier::train(Eigen::MatrixXf const& x, Eigen::VectorXf const& y) {
  Eigen::Index const rows = x.cols(), batch = std::min<Eigen::Index>(config_.batch, rows);
  std::vector<Eigen::Index> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  core::Stream shuffle(seed_, core::Purpose::shuffle, stream_);
  double best = std::numeric_limits<double>::infinity();
  std::int64_t idle = 0;
  Eigen::MatrixXf part;
  Eigen::VectorXf labels;
  for (std::int64_t epoch = 0; epoch < config_.epochs && idle < config_.patience; ++epoch) {
    for (std::size_t i = order.size(); i-- > 1;) std::swap(order[i], order[shuffle.below(i + 1)]);
    double loss = 0;
    for (Eigen::Index first = 0; first < rows; first += batch) {
      Eigen::Index const count = std::min(batch, rows - first);
      part.resize(x.rows(), count);
      labels.resize(count);
      for (Eigen::Index n = 0; n < count; ++n) {
        auto const row = order[static_cast<std::size_t>(first + n)];
        part.col(n) = x.col(row);
        labels(n) = y(row);
      }
      loss += step(part, labels);
      adam_update(static_cast<float>(config_.learning_rate));
    }
    loss /= static_cast<double>(rows);
    idle = loss > best - config_.tolerance ? idle + 1 : 0;
    best = std::min(best, loss);
  }
}

double MlpClassifier::accuracy(Eigen::MatrixXf const& x, Eigen::VectorXf const& y) const {
  Eigen::MatrixXf h = x;
  for (std::size_t l = 0; l < layers; ++l) {
    h = ((layers_[l].weight * h).colwise() + layers_[l].bias).eval();
    if (l + 1 < layers) h = h.cwiseMax(0.0F);
  }
  std::int64_t correct = 0;
  for (Eigen::Index n = 0; n < x.cols(); ++n) correct += (h(0, n) > 0) == (y(n) > 0.5F);
  return static_cast<double>(correct) / static_cast<double>(x.cols());
}

}  // namespace shearwater::statistics
