// SPDX-License-Identifier: BSD-3-Clause
// What all figures share: colours, points, the numbers of a colour bar.
#pragma once

#include <string>
#include <vector>

#include "shearwater/report/svg.hpp"

namespace shearwater::report {

// Okabe & Ito's colours, told apart with any colour vision.
inline constexpr char const* blue = "#0072B2";
inline constexpr char const* orange = "#D55E00";
inline constexpr char const* green = "#009E73";
inline constexpr char const* grey = "#8a93a3";
inline constexpr char const* band_grey = "#dfe4ec";

std::vector<Point2> points_of(std::vector<double> const& x, std::vector<double> const& y);

/// Numbers beside the colour bar of a square picture at `left`, 30 from the top, and what they are.
std::string bar_numbers(Range range, double left, double size, std::string const& label);

}  // namespace shearwater::report
