// SPDX-License-Identifier: BSD-3-Clause
// Independent priors of named parameters, and the coordinates in which networks and mixtures work.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "shearwater/core/config.hpp"

namespace shearwater::statistics {

/// Prior of one parameter: the table [prior.NAME] of an input.
struct ParameterPrior {
  std::string name;
  std::string kind = "normal";  ///< normal, truncated_normal, uniform
  double mean = 0.0, sd = 1.0;  ///< of the normal, before truncation
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  void describe(core::Fields& field);
  bool operator==(ParameterPrior const&) const = default;
};

/// A product of one-dimensional priors.
///
/// Unbounded coordinates u are standardised: u_i = Phi^-1(F_i(theta_i)) with F_i the prior's
/// distribution function, which for a normal is (theta - mean) / sd. So the prior of u is N(0, 1)
/// in every dimension, bounds lie at infinity, and log p(theta) = ln N(u; 0, I) - log_jacobian(u).
/// A parameter that lies on its bound has |u| <= 37.1, never infinity.
/// Every function is const and thread-safe; spans have length size().
class Prior {
 public:
  Prior() = default;
  /// Throws InputError naming the parameter when a kind is unknown, a width is not positive, a
  /// uniform prior has an infinite bound, or low >= high.
  explicit Prior(std::vector<ParameterPrior> parameters);
  /// Reads every sub-table of `table`, in the order of the file. Throws InputError when there is
  /// none.
  static Prior from_config(core::Config& config, std::string const& table = "prior");
  /// The tables that from_config reads back to an equal prior.
  std::string toml(std::string const& table = "prior") const;

  std::int64_t size() const { return static_cast<std::int64_t>(parameters_.size()); }
  std::vector<std::string> names() const;
  ParameterPrior const& parameter(std::int64_t i) const {
    return parameters_[static_cast<std::size_t>(i)];
  }
  bool is_bounded(std::int64_t i) const;
  bool operator==(Prior const& other) const { return parameters_ == other.parameters_; }

  /// Draw number `index` of the seed: a function of (seed, index) alone.
  void draw(std::uint64_t seed, std::uint64_t index, std::span<double> theta) const;
  /// ln p(theta), normalised over the truncated range; -infinity outside.
  double log_density(std::span<double const> theta) const;
  /// ln p_i of one parameter.
  double log_density(std::int64_t i, double theta) const;

  void to_unbounded(std::span<double const> theta, std::span<double> u) const;
  void from_unbounded(std::span<double const> u, std::span<double> theta) const;
  double to_unbounded(std::int64_t i, double theta) const;
  double from_unbounded(std::int64_t i, double u) const;
  /// ln |d theta / d u| summed over the parameters.
  double log_jacobian(std::span<double const> u) const;

 private:
  /// One prior in standard units t = (theta - mean) / sd: bounds and the mass between them.
  /// Truncated ranges in the upper tail are mirrored, so that differences of Phi keep their digits.
  struct Range {
    bool bounded = false, uniform = false, mirrored = false;
    double a = 0, b = 0, cdf_a = 0, cdf_b = 0, mass = 1, log_mass = 0;
  };
  double standard_from_unbounded(Range const& range, double u) const;

  std::vector<ParameterPrior> parameters_;
  std::vector<Range> ranges_;
};

}  // namespace shearwater::statistics
