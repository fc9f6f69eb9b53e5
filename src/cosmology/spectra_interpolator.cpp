// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/spectra_interpolator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "shearwater/core/error.hpp"

namespace shearwater::cosmology {

namespace {

constexpr std::size_t stencil = 6;
constexpr std::int64_t first_points = 8, most_points = 100000;

struct Stencil {
  std::int64_t first;
  std::array<double, stencil> weight;
};

/// Six-point Lagrange weights at a position counted in grid steps.
Stencil stencil_at(double position, std::int64_t points) {
  Stencil result;
  result.first = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(position)) - 2, 0,
                                          points - std::int64_t{stencil});
  double const x = position - static_cast<double>(result.first);
  for (std::size_t i = 0; i < stencil; ++i) {
    double value = 1;
    for (std::size_t j = 0; j < stencil; ++j)
      if (j != i)
        value *= (x - static_cast<double>(j)) / (static_cast<double>(i) - static_cast<double>(j));
    result.weight[i] = value;
  }
  return result;
}

/// Calls visit(index) for every cell of a box with `sizes` cells per axis, the last axis fastest.
template <class Visit>
void for_each_index(std::vector<std::int64_t> const& sizes, Visit const& visit) {
  std::vector<std::int64_t> index(sizes.size(), 0);
  for (;;) {
    visit(index);
    std::size_t axis = sizes.size();
    while (axis-- > 0) {
      if (++index[axis] < sizes[axis]) break;
      index[axis] = 0;
      if (axis == 0) return;
    }
  }
}

}  // namespace

SpectraInterpolator::SpectraInterpolator(ShearSpectra const& spectra, Cosmology const& base,
                                         std::vector<ParameterRange> ranges,
                                         std::vector<double> ell, double tolerance)
    : spectra_(spectra), base_(base), ranges_(std::move(ranges)), ell_(std::move(ell)) {
  if (ranges_.empty() || ranges_.size() > 3)
    throw core::InputError(fmt::format(
        "interpolated spectra: {} varied parameters; a table pays for 1 to 3, use the spectra "
        "themselves for more",
        ranges_.size()));
  for (auto const& range : ranges_) {
    base_.get(range.name);
    if (!(range.low < range.high))
      throw core::InputError(
          fmt::format("prior.{}: the range of {} over which spectra can be interpolated is empty "
                      "({} to {} is left): check its mean and bounds",
                      range.name, range.name, range.low, range.high));
  }
  std::vector<std::int64_t> points(ranges_.size(), first_points);
  for (;;) {
    build(points);
    largest_error_ = measure();
    if (largest_error_ <= tolerance) return;
    for (auto& count : points) count = count * 3 / 2;
    std::int64_t total = 1;
    for (auto const count : points) total *= count;
    if (total > most_points)
      throw core::InputError(
          fmt::format("interpolated spectra: {} grid points leave an error of {:.2g}, wanted "
                      "{:.2g}; narrow the ranges or use the spectra themselves",
                      grid_points(), largest_error_, tolerance));
  }
}

std::int64_t SpectraInterpolator::grid_points() const {
  std::int64_t total = 1;
  for (auto const count : points_) total *= count;
  return total;
}

Cosmology SpectraInterpolator::at(std::span<double const> parameters) const {
  Cosmology cosmology = base_;
  for (std::size_t p = 0; p < ranges_.size(); ++p) cosmology.set(ranges_[p].name, parameters[p]);
  return cosmology;
}

bool SpectraInterpolator::inside(std::span<double const> parameters) const {
  for (std::size_t p = 0; p < ranges_.size(); ++p)
    if (!(parameters[p] >= ranges_[p].low && parameters[p] <= ranges_[p].high)) return false;
  return true;
}

void SpectraInterpolator::build(std::vector<std::int64_t> const& points) {
  points_ = points;
  std::size_t const row = static_cast<std::size_t>(spectra_.pairs()) * ell_.size();
  table_.resize(static_cast<std::size_t>(grid_points()) * row);
  std::size_t offset = 0;
  std::vector<double> parameters(ranges_.size());
  for_each_index(points_, [&](std::vector<std::int64_t> const& index) {
    for (std::size_t p = 0; p < ranges_.size(); ++p) {
      double const t = static_cast<double>(index[p]) / static_cast<double>(points_[p] - 1);
      parameters[p] = ranges_[p].low + t * (ranges_[p].high - ranges_[p].low);
    }
    spectra_.evaluate(at(parameters), ell_, std::span(table_).subspan(offset, row));
    offset += row;
  });
  logarithmic_ = std::all_of(table_.begin(), table_.end(), [](double value) { return value > 0; });
  if (logarithmic_)
    for (auto& value : table_) value = std::log(value);
}

double SpectraInterpolator::measure() const {
  std::size_t const row = static_cast<std::size_t>(spectra_.pairs()) * ell_.size();
  std::vector<double> exact(row), found(row), parameters(ranges_.size());
  std::vector<std::int64_t> cells = points_;
  for (auto& count : cells) --count;
  double worst = 0;
  for_each_index(cells, [&](std::vector<std::int64_t> const& index) {
    for (std::size_t p = 0; p < ranges_.size(); ++p) {
      double const t = (static_cast<double>(index[p]) + 0.5) / static_cast<double>(cells[p]);
      parameters[p] = ranges_[p].low + t * (ranges_[p].high - ranges_[p].low);
    }
    spectra_.evaluate(at(parameters), ell_, exact);
    interpolate(parameters, found);
    for (std::size_t i = 0; i < row; ++i)
      worst = std::max(worst, std::abs(found[i] - exact[i]) / std::abs(exact[i]));
  });
  return worst;
}

void SpectraInterpolator::interpolate(std::span<double const> parameters,
                                      std::span<double> c_ell) const {
  std::array<Stencil, 3> stencils;
  std::vector<std::int64_t> sizes(ranges_.size(), std::int64_t{stencil});
  for (std::size_t p = 0; p < ranges_.size(); ++p) {
    double const t = (parameters[p] - ranges_[p].low) / (ranges_[p].high - ranges_[p].low);
    stencils[p] = stencil_at(t * static_cast<double>(points_[p] - 1), points_[p]);
  }
  std::size_t const row = c_ell.size();
  std::fill(c_ell.begin(), c_ell.end(), 0.0);
  for_each_index(sizes, [&](std::vector<std::int64_t> const& index) {
    double weight = 1;
    std::int64_t cell = 0;
    for (std::size_t p = 0; p < ranges_.size(); ++p) {
      weight *= stencils[p].weight[static_cast<std::size_t>(index[p])];
      cell = cell * points_[p] + stencils[p].first + index[p];
    }
    double const* const from = &table_[static_cast<std::size_t>(cell) * row];
    double* const out = c_ell.data();
    for (std::size_t i = 0; i < row; ++i) out[i] += weight * from[i];
  });
  if (logarithmic_)
    for (auto& value : c_ell) value = std::exp(value);
}

void SpectraInterpolator::evaluate(std::span<double const> parameters,
                                   std::span<double> c_ell) const {
  core::require(parameters.size() == ranges_.size(), "one value per varied parameter");
  core::require(c_ell.size() == static_cast<std::size_t>(spectra_.pairs()) * ell_.size(),
                "c_ell must hold pairs x multipoles");
  if (inside(parameters))
    interpolate(parameters, c_ell);
  else
    spectra_.evaluate(at(parameters), ell_, c_ell);
}

}  // namespace shearwater::cosmology
