// SPDX-License-Identifier: BSD-3-Clause
// The report's figures as SVG.
#pragma once

#include <string>
#include <vector>

#include "shearwater/report/report.hpp"

namespace shearwater::report {

/// One bin: the map as observed, and smoothed for the eye. Several bins: one panel each.
std::string map_figure(ObservedMap const& map);
/// Width of that smoothing in pixels.
inline constexpr double smoothing_pixels = 2;

/// Columns of samples and what they are compared with, for a triangle of marginals.
struct TriangleInput {
  std::vector<std::string> names;
  std::vector<double> const& values;
  std::vector<double> const& weights;
  std::vector<double> const* reference = nullptr;  ///< rows of the same columns
  std::string reference_name;
  std::vector<double> truths;  ///< empty when not known
};
/// Marginals on the diagonal, 68 % and 95 % regions below it.
std::string triangle_figure(TriangleInput const& input);

std::string training_figure(TrainingCurve const& curve);
/// Rank histograms with the 95 % band of one bar.
std::string rank_figure(inference::CalibrationResult const& result);
/// F(z) - z with the simultaneous 95 % band, and the gate.
std::string ecdf_figure(inference::CalibrationResult const& result);

}  // namespace shearwater::report
