// SPDX-License-Identifier: BSD-3-Clause
// Maps as pictures: smoothing for the eye, a colour scale, PNG in base64.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace shearwater::report {

/// Colour of t in [0, 1]: viridis (matplotlib, CC0), interpolated between its eleven even points;
/// lightness grows evenly, so it reads the same in grey and for the colour-blind.
std::array<std::uint8_t, 3> colour_of(double t);

/// An 8-bit RGB picture as base64 of a PNG file.
std::string png_base64(std::vector<std::uint8_t> const& rgb, std::int64_t width,
                       std::int64_t height);
std::string base64(std::span<unsigned char const> bytes);

/// Values (pixels, pixels), row 0 at the bottom, with `low` and `high` at the ends of the scale.
std::string map_png(std::span<float const> values, std::int64_t pixels, double low, double high);
/// The scale itself, from bottom to top.
std::string scale_png();

/// Gaussian smoothing of width `sigma` pixels; at the edges the kernel is renormalised.
std::vector<float> smoothed(std::span<float const> values, std::int64_t pixels, double sigma);

/// The `fraction` and 1 - fraction quantiles.
std::array<double, 2> value_range(std::span<float const> values, double fraction);

}  // namespace shearwater::report
