// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/statistics/prior.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/distributions.hpp"

namespace shearwater::statistics {

namespace {

constexpr double smallest_probability = 1e-300;  // keeps u of a parameter on its bound finite

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

void check(ParameterPrior const& p) {
  auto const fail = [&](std::string const& what) {
    throw core::InputError(fmt::format("prior.{}: {}", p.name, what));
  };
  if (p.kind != "normal" && p.kind != "truncated_normal" && p.kind != "uniform")
    fail(fmt::format("kind = \"{}\" must be one of normal, truncated_normal, uniform", p.kind));
  if (p.kind != "uniform" && !(p.sd > 0 && std::isfinite(p.sd) && std::isfinite(p.mean)))
    fail(
        fmt::format("mean = {}, sd = {}: both must be finite and sd greater than 0", p.mean, p.sd));
  if (p.kind != "normal" && !(p.low < p.high))
    fail(fmt::format("low = {} must be less than high = {}", p.low, p.high));
  if (p.kind == "uniform" && !(std::isfinite(p.low) && std::isfinite(p.high)))
    fail(
        fmt::format("low = {}, high = {}: a uniform prior needs two finite bounds", p.low, p.high));
}

}  // namespace

void ParameterPrior::describe(core::Fields& field) {
  field("kind", kind, "", "shape of the prior").one_of({"normal", "truncated_normal", "uniform"});
  field("mean", mean, "of the parameter", "mean of the normal before truncation");
  field("sd", sd, "of the parameter", "standard deviation of the normal before truncation")
      .positive();
  field("low", low, "of the parameter", "lower bound of a truncated normal or uniform prior");
  field("high", high, "of the parameter", "upper bound of a truncated normal or uniform prior");
}

Prior::Prior(std::vector<ParameterPrior> parameters) : parameters_(std::move(parameters)) {
  for (auto const& p : parameters_) {
    check(p);
    Range range;
    range.uniform = p.kind == "uniform";
    range.bounded = p.kind != "normal";
    if (p.kind == "truncated_normal") {
      range.a = (p.low - p.mean) / p.sd;
      range.b = (p.high - p.mean) / p.sd;
      range.mirrored = range.a > 0;
      if (range.mirrored) {
        std::swap(range.a, range.b);
        range.a = -range.a;
        range.b = -range.b;
      }
      range.cdf_a = normal_cdf(range.a);
      range.cdf_b = normal_cdf(range.b);
      // With a below and b above the mean, the two tails are subtracted from one.
      range.mass = range.b > 0 ? 1 - range.cdf_a - normal_cdf(-range.b) : range.cdf_b - range.cdf_a;
      if (!(range.mass > smallest_probability))
        throw core::InputError(fmt::format(
            "prior.{}: [{}, {}] holds no mass of a normal with mean {} and sd {}: move the bounds",
            p.name, p.low, p.high, p.mean, p.sd));
      range.log_mass = std::log(range.mass);
    }
    ranges_.push_back(range);
  }
}

Prior Prior::from_config(core::Config& config, std::string const& table) {
  std::vector<ParameterPrior> parameters;
  for (auto const& name : config.tables_in(table)) {
    parameters.push_back(config.read<ParameterPrior>(table + "." + name));
    parameters.back().name = name;
  }
  if (parameters.empty())
    throw core::InputError(fmt::format(
        "{}: there is no table [{}.NAME]: each parameter that varies needs one, for example "
        "[{}.omega_c] with kind = \"normal\", mean = 0.3, sd = 0.05",
        config.name(), table, table));
  return Prior(std::move(parameters));
}

std::string Prior::toml(std::string const& table) const {
  std::string text;
  for (auto const& p : parameters_) {
    text += fmt::format("[{}.{}]\nkind = \"{}\"\n", table, p.name, p.kind);
    auto const add = [&](char const* key, double value) {
      auto number = fmt::format("{}", value);
      if (std::isfinite(value) && number.find_first_of(".e") == std::string::npos) number += ".0";
      text += fmt::format("{} = {}\n", key, number);
    };
    add("mean", p.mean);
    add("sd", p.sd);
    add("low", p.low);
    add("high", p.high);
    text += "\n";
  }
  return text;
}

std::vector<std::string> Prior::names() const {
  std::vector<std::string> result;
  for (auto const& p : parameters_) result.push_back(p.name);
  return result;
}

bool Prior::is_bounded(std::int64_t i) const { return ranges_[at(i)].bounded; }

void Prior::draw(std::uint64_t seed, std::uint64_t index, std::span<double> theta) const {
  core::Stream stream(seed, core::Purpose::parameters, index);
  for (std::int64_t i = 0; i < size(); ++i) theta[at(i)] = from_unbounded(i, stream.normal());
}

double Prior::log_density(std::int64_t i, double theta) const {
  auto const& p = parameters_[at(i)];
  auto const& range = ranges_[at(i)];
  if (range.bounded && !(theta >= p.low && theta <= p.high))
    return -std::numeric_limits<double>::infinity();
  if (range.uniform) return -std::log(p.high - p.low);
  return normal_log_density((theta - p.mean) / p.sd) - std::log(p.sd) - range.log_mass;
}

double Prior::log_density(std::span<double const> theta) const {
  double sum = 0;
  for (std::int64_t i = 0; i < size(); ++i) sum += log_density(i, theta[at(i)]);
  return sum;
}

double Prior::to_unbounded(std::int64_t i, double theta) const {
  auto const& p = parameters_[at(i)];
  auto const& range = ranges_[at(i)];
  if (!range.bounded) return (theta - p.mean) / p.sd;
  double below = 0, above = 0;  // prior probability on either side of theta
  if (range.uniform) {
    below = (theta - p.low) / (p.high - p.low);
    above = (p.high - theta) / (p.high - p.low);
  } else {
    double const t = (range.mirrored ? -1 : 1) * (theta - p.mean) / p.sd;
    below = (normal_cdf(t) - range.cdf_a) / range.mass;
    above = (range.b > 0 ? normal_cdf(-t) - normal_cdf(-range.b) : range.cdf_b - normal_cdf(t)) /
            range.mass;
    if (range.mirrored) std::swap(below, above);
  }
  return below < above ? normal_quantile(std::max(below, smallest_probability))
                       : -normal_quantile(std::max(above, smallest_probability));
}

double Prior::standard_from_unbounded(Range const& range, double u) const {
  // The smaller of the two tail masses is mapped, so that neither bound loses digits.
  double const v = range.mirrored ? -u : u;
  double const tail = normal_cdf(-std::abs(v)) * range.mass;
  if (v < 0) return normal_quantile(range.cdf_a + tail);
  if (range.b > 0) return -normal_quantile(normal_cdf(-range.b) + tail);
  return normal_quantile(range.cdf_b - tail);
}

double Prior::from_unbounded(std::int64_t i, double u) const {
  auto const& p = parameters_[at(i)];
  auto const& range = ranges_[at(i)];
  if (!range.bounded) return p.mean + p.sd * u;
  double theta = 0;
  if (range.uniform) {
    double const tail = (p.high - p.low) * normal_cdf(-std::abs(u));
    theta = u < 0 ? p.low + tail : p.high - tail;
  } else {
    theta = p.mean + (range.mirrored ? -p.sd : p.sd) * standard_from_unbounded(range, u);
  }
  return std::clamp(theta, p.low, p.high);
}

void Prior::to_unbounded(std::span<double const> theta, std::span<double> u) const {
  for (std::int64_t i = 0; i < size(); ++i) u[at(i)] = to_unbounded(i, theta[at(i)]);
}

void Prior::from_unbounded(std::span<double const> u, std::span<double> theta) const {
  for (std::int64_t i = 0; i < size(); ++i) theta[at(i)] = from_unbounded(i, u[at(i)]);
}

double Prior::log_jacobian(std::span<double const> u) const {
  // The prior of u is the standard normal, hence |d theta / d u| = phi(u) / p(theta(u)).
  double sum = 0;
  for (std::int64_t i = 0; i < size(); ++i) {
    if (!ranges_[at(i)].bounded)
      sum += std::log(parameters_[at(i)].sd);
    else
      sum += normal_log_density(u[at(i)]) - log_density(i, from_unbounded(i, u[at(i)]));
  }
  return sum;
}

}  // namespace shearwater::statistics
