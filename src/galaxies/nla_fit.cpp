// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/nla_fit.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"

namespace shearwater::galaxies {

namespace {

/// The points that `wanted` names, with their part of the covariance.
ProjectedData chosen(ProjectedData const& data, std::vector<std::size_t> const& wanted) {
  ProjectedData result;
  result.name = data.name;
  result.samples = data.samples;
  for (std::size_t const a : wanted) {
    result.low.push_back(data.low[a]), result.high.push_back(data.high[a]);
    result.value.push_back(data.value[a]);
    for (std::size_t const b : wanted)
      result.covariance.push_back(data.covariance[a * data.size() + b]);
  }
  for (std::size_t row = 0; row < data.jackknife.size(); row += data.size())
    for (std::size_t const a : wanted) result.jackknife.push_back(data.jackknife[row + a]);
  return result;
}

std::vector<double> scaled(ProjectedData const& data, RingModel const& model, double by) {
  std::vector<double> values;
  for (std::size_t b = 0; b < data.size(); ++b)
    values.push_back(by * model(data.low[b], data.high[b]));
  return values;
}

/// The fitted scale without each region, less their mean.
Eigen::VectorXd left_of(ProjectedData const& data, ScaleFit const& fit) {
  auto const n = static_cast<Eigen::Index>(data.size());
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Map<Rows const> const samples(data.jackknife.data(), std::ssize(data.jackknife) / n, n);
  Eigen::VectorXd const scales = samples * Eigen::Map<Eigen::VectorXd const>(fit.weights.data(), n);
  return scales.array() - scales.mean();
}

/// Correlation coefficient of two fitted scales, by the jackknife of the same regions.
double shared_noise(ProjectedData const& one, ScaleFit const& one_fit, ProjectedData const& other,
                    ScaleFit const& other_fit) {
  if (one.jackknife.empty() || other.jackknife.empty()) return 0;
  auto const first = left_of(one, one_fit), second = left_of(other, other_fit);
  core::require(first.size() == second.size(), "galaxies::fit_nla: a jackknife of equal regions");
  double const norm = first.norm() * second.norm();
  return norm > 0 ? first.dot(second) / norm : 0;
}

}  // namespace

std::vector<double> ProjectedData::errors() const {
  std::vector<double> result;
  for (std::size_t b = 0; b < size(); ++b) result.push_back(std::sqrt(covariance[b * size() + b]));
  return result;
}

ProjectedData projected_data(Correlation const& measured, double r_min, double r_max,
                             std::int64_t regions) {
  if (measured.covariance.empty())
    throw core::InputError(
        fmt::format("nla: {} has no covariance to fit with: set measure.jackknife to 2 or more",
                    measured.name));
  ProjectedData data;
  data.name = measured.name;
  data.low.assign(measured.edges.begin(), measured.edges.end() - 1);
  data.high.assign(measured.edges.begin() + 1, measured.edges.end());
  data.value = measured.value;
  data.covariance = measured.covariance;
  data.samples = regions;
  data.jackknife = measured.samples;
  return within(data, r_min, r_max);
}

ProjectedData within(ProjectedData const& data, double r_min, double r_max) {
  std::vector<std::size_t> inside;
  for (std::size_t b = 0; b < data.size(); ++b) {
    // An edge that is the limit may be rounded.
    bool const there = data.low[b] >= r_min * (1 - 1e-12) && data.high[b] <= r_max * (1 + 1e-12);
    double const variance = data.covariance[b * data.size() + b];
    if (!there) continue;
    if (std::isfinite(data.value[b]) && variance > 0)
      inside.push_back(b);
    else
      core::log_warning(fmt::format(
          "{}: the bin of r_p from {:g} to {:g} Mpc/h has no value or no error and is left out",
          data.name, data.low[b], data.high[b]));
  }
  if (inside.size() < 2)
    throw core::InputError(
        fmt::format("nla: {} of {} bins of {} lie within nla.r_min = {:g} and r_max = {:g} Mpc/h "
                    "and have an error; at least 2 are needed: widen the range, or that of the "
                    "bins",
                    inside.size(), data.size(), data.name, r_min, r_max));
  return chosen(data, inside);
}

ScaleFit fit_scale(ProjectedData const& data, std::vector<double> const& shape, bool diagonal) {
  auto const n = static_cast<Eigen::Index>(data.size());
  core::require(std::ssize(shape) == n && std::ssize(data.covariance) == n * n,
                "galaxies::fit_scale: a shape and a covariance of the data");
  Eigen::MatrixXd covariance = Eigen::Map<Eigen::MatrixXd const>(data.covariance.data(), n, n);
  if (diagonal) covariance = covariance.diagonal().asDiagonal().toDenseMatrix();
  double inverse_scale = 1;
  if (data.samples > 0 && !diagonal) {
    auto const samples = static_cast<double>(data.samples);
    inverse_scale = (samples - static_cast<double>(n) - 2) / (samples - 1);
    if (!(inverse_scale > 0))
      throw core::InputError(fmt::format(
          "nla: the covariance of {} values of {} from {} regions has no useful inverse: take "
          "fewer "
          "bins (measure.bins, nla.r_min, r_max), a larger measure.jackknife, or nla.covariance = "
          "\"diagonal\"",
          n, data.name, data.samples));
  }
  // Of values relative to their errors, which may be decades apart.
  Eigen::VectorXd const errors = covariance.diagonal().cwiseSqrt();
  Eigen::VectorXd const one =
      Eigen::Map<Eigen::VectorXd const>(data.value.data(), n).cwiseQuotient(errors);
  Eigen::VectorXd const other =
      Eigen::Map<Eigen::VectorXd const>(shape.data(), n).cwiseQuotient(errors);
  Eigen::MatrixXd const correlation =
      errors.cwiseInverse().asDiagonal() * covariance * errors.cwiseInverse().asDiagonal();
  Eigen::LLT<Eigen::MatrixXd> const solver(correlation);
  if (solver.info() != Eigen::Success || !(solver.rcond() > 1e-12))
    throw core::InputError(
        fmt::format("nla: the covariance of {} is not that of independent errors: it has no "
                    "inverse; check it, or set nla.covariance = \"diagonal\"",
                    data.name));
  Eigen::VectorXd const weighted = solver.solve(other) * inverse_scale;
  double const norm = weighted.dot(other);
  if (!(norm > 0))
    throw core::InputError(fmt::format(
        "nla: theory is zero at all values of {}: there is nothing to scale", data.name));
  ScaleFit fit;
  fit.scale = weighted.dot(one) / norm;
  fit.error = 1 / std::sqrt(norm);
  Eigen::VectorXd const rest = one - fit.scale * other;
  fit.chi_square = rest.dot(solver.solve(rest)) * inverse_scale;
  fit.degrees = n - 1;
  Eigen::VectorXd const weights = weighted.cwiseQuotient(errors) / norm;
  fit.weights.assign(weights.begin(), weights.end());
  return fit;
}

NlaFit fit_nla(ProjectedData const& shapes, RingModel const& shapes_model,
               ProjectedData const* places, RingModel const& places_model, double bias,
               bool diagonal) {
  NlaFit result;
  result.bias = bias;
  auto const both = fit_scale(shapes, scaled(shapes, shapes_model, 1), diagonal);
  if (places != nullptr) {
    auto const squared = fit_scale(*places, scaled(*places, places_model, 1), diagonal);
    if (!(squared.scale > 0))
      throw core::InputError(fmt::format(
          "nla: {} gives a squared bias of {:g} +- {:g}, which must be positive: give nla.bias",
          places->name, squared.scale, squared.error));
    result.bias = std::sqrt(squared.scale);
    result.bias_error = 0.5 * squared.error / result.bias;
    result.shared = shared_noise(shapes, both, *places, squared);
    result.bias_chi_square = squared.chi_square, result.bias_degrees = squared.degrees;
    result.places = *places;
    result.places_model = scaled(*places, places_model, squared.scale);
  }
  core::require(result.bias > 0, "galaxies::fit_nla: a positive bias");
  result.amplitude = both.scale / result.bias;
  double const of_bias = result.amplitude * result.bias_error;
  result.amplitude_error =
      std::sqrt(both.error * both.error + of_bias * (of_bias - 2 * result.shared * both.error)) /
      result.bias;
  result.chi_square = both.chi_square, result.degrees = both.degrees;
  result.shapes = shapes;
  result.shapes_model = scaled(shapes, shapes_model, both.scale);
  return result;
}

}  // namespace shearwater::galaxies
