// SPDX-License-Identifier: BSD-3-Clause
#include "map_image.hpp"

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image_write.h>
#pragma GCC diagnostic pop

namespace shearwater::report {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

void append_bytes(void* context, void* data, int size) {
  auto& bytes = *static_cast<std::vector<unsigned char>*>(context);
  auto const* first = static_cast<unsigned char const*>(data);
  bytes.insert(bytes.end(), first, first + size);
}

}  // namespace

std::array<std::uint8_t, 3> colour_of(double t) {
  constexpr std::array<std::array<double, 3>, 11> points{{{68, 1, 84},
                                                          {72, 36, 117},
                                                          {65, 68, 135},
                                                          {53, 95, 141},
                                                          {42, 120, 142},
                                                          {33, 145, 140},
                                                          {34, 168, 132},
                                                          {68, 191, 112},
                                                          {122, 209, 81},
                                                          {189, 223, 38},
                                                          {253, 231, 37}}};
  double const position = 10 * std::clamp(t, 0.0, 1.0);
  auto const k = std::min<std::size_t>(static_cast<std::size_t>(position), 9);
  double const f = position - static_cast<double>(k);
  std::array<std::uint8_t, 3> colour{};
  for (std::size_t c = 0; c < 3; ++c)
    colour[c] =
        static_cast<std::uint8_t>(std::lround((1 - f) * points[k][c] + f * points[k + 1][c]));
  return colour;
}

std::string base64(std::span<unsigned char const> bytes) {
  constexpr char const* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::size_t const have = std::min<std::size_t>(3, bytes.size() - i);
    unsigned word = 0;
    for (std::size_t k = 0; k < 3; ++k) word = word << 8 | (k < have ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= have ? digits[(word >> (18 - 6 * k)) & 63U] : '=';
  }
  return text;
}

std::string png_base64(std::vector<std::uint8_t> const& rgb, std::int64_t width,
                       std::int64_t height) {
  std::vector<unsigned char> bytes;
  int const done =
      stbi_write_png_to_func(append_bytes, &bytes, static_cast<int>(width),
                             static_cast<int>(height), 3, rgb.data(), static_cast<int>(3 * width));
  core::require(done != 0, "report::png_base64: the picture could not be encoded");
  return base64(bytes);
}

std::string map_png(std::span<float const> values, std::int64_t pixels, double low, double high) {
  std::vector<std::uint8_t> rgb;
  for (std::int64_t row = pixels; row-- > 0;)
    for (std::int64_t column = 0; column < pixels; ++column) {
      double const value = static_cast<double>(values[at(row * pixels + column)]);
      auto const colour = colour_of((value - low) / (high - low));
      rgb.insert(rgb.end(), colour.begin(), colour.end());
    }
  return png_base64(rgb, pixels, pixels);
}

std::string scale_png() {
  std::vector<std::uint8_t> rgb;
  for (int row = 255; row >= 0; --row) {
    auto const colour = colour_of(row / 255.0);
    rgb.insert(rgb.end(), colour.begin(), colour.end());
  }
  return png_base64(rgb, 1, 256);
}

std::vector<float> smoothed(std::span<float const> values, std::int64_t pixels, double sigma) {
  auto const reach = static_cast<std::int64_t>(std::ceil(3 * sigma));
  std::vector<double> taps;
  for (std::int64_t k = -reach; k <= reach; ++k)
    taps.push_back(std::exp(-0.5 * static_cast<double>(k * k) / (sigma * sigma)));
  std::vector<float> from(values.begin(), values.end()), to(from.size());
  for (int pass = 0; pass < 2; ++pass) {
    for (std::int64_t row = 0; row < pixels; ++row)
      for (std::int64_t column = 0; column < pixels; ++column) {
        double sum = 0, weight = 0;
        for (std::int64_t k = -reach; k <= reach; ++k) {
          if (column + k < 0 || column + k >= pixels) continue;
          sum += taps[at(k + reach)] * static_cast<double>(from[at(row * pixels + column + k)]);
          weight += taps[at(k + reach)];
        }
        // Transposed: the second pass smooths the other axis and turns the map back.
        to[at(column * pixels + row)] = static_cast<float>(sum / weight);
      }
    std::swap(from, to);
  }
  return from;
}

std::array<double, 2> value_range(std::span<float const> values, double fraction) {
  std::vector<float> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  auto const last = static_cast<double>(sorted.size() - 1);
  double const low = static_cast<double>(sorted[static_cast<std::size_t>(fraction * last)]);
  double const high = static_cast<double>(sorted[static_cast<std::size_t>((1 - fraction) * last)]);
  return {low, high > low ? high : low + 1};
}

}  // namespace shearwater::report
