// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/survey/mask.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::survey {
namespace {

/// Masks the pixels within `radius` of (x, y) until `left` have been masked.
void punch_hole(double x, double y, double radius, std::int64_t pixels, std::int64_t& left,
                std::span<float> mask) {
  auto const clip = [&](double v) {
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(v)), 0, pixels - 1);
  };
  for (std::int64_t row = clip(y - radius); row <= clip(y + radius); ++row) {
    for (std::int64_t column = clip(x - radius); column <= clip(x + radius) && left > 0; ++column) {
      double const dx = static_cast<double>(column) + 0.5 - x;
      double const dy = static_cast<double>(row) + 0.5 - y;
      float& pixel = mask[static_cast<std::size_t>(row * pixels + column)];
      if (dx * dx + dy * dy > radius * radius || pixel == 0.0F) continue;
      pixel = 0.0F;
      --left;
    }
  }
}

}  // namespace

void MaskConfig::describe(core::Fields& key) {
  key("masked_fraction", masked_fraction, "", "share of the pixels of each map that is masked")
      .between(0, 0.95);
  key("border", border, "pixels", "width of a masked border").between(0, 4096);
  key("smallest_hole", smallest_hole, "pixels", "smallest radius of the round holes")
      .between(0.8, 1000);
  key("largest_hole", largest_hole, "pixels", "largest radius of the round holes")
      .between(0.8, 1000);
}

void MaskConfig::check(std::int64_t pixels) const {
  if (smallest_hole > largest_hole)
    throw core::InputError(
        fmt::format("mask.smallest_hole = {} is larger than mask.largest_hole = {}: raise the "
                    "latter or lower the former",
                    smallest_hole, largest_hole));
  auto const inner = std::max<std::int64_t>(0, pixels - 2 * border);
  auto const allowed = std::llround(masked_fraction * static_cast<double>(pixels * pixels));
  if (auto const left = allowed - (pixels * pixels - inner * inner); left < 0)
    throw core::InputError(
        fmt::format("mask.border = {} masks {} pixels more than mask.masked_fraction = {:g} of {} "
                    "x {}: lower the border or raise the fraction",
                    border, -left, masked_fraction, pixels, pixels));
}

void random_mask(std::uint64_t seed, std::uint64_t index, MaskConfig const& config,
                 std::int64_t pixels, std::span<float> mask) {
  core::require(std::ssize(mask) == pixels * pixels, "a mask is (pixels, pixels)");
  config.check(pixels);
  std::fill(mask.begin(), mask.end(), 1.0F);
  auto left = static_cast<std::int64_t>(
      std::llround(config.masked_fraction * static_cast<double>(pixels * pixels)));
  for (std::int64_t row = 0; row < pixels; ++row) {
    for (std::int64_t column = 0; column < pixels; ++column) {
      std::int64_t const edge = std::min({row, column, pixels - 1 - row, pixels - 1 - column});
      if (edge >= config.border) continue;
      mask[static_cast<std::size_t>(row * pixels + column)] = 0.0F;
      --left;
    }
  }
  core::Stream random(seed, core::Purpose::mask, index);
  double const side = static_cast<double>(pixels);
  double const spread = std::max(0.0, config.largest_hole - config.smallest_hole);
  while (left > 0) {
    double const x = side * random.uniform(), y = side * random.uniform();
    double const radius = config.smallest_hole + spread * random.uniform();
    punch_hole(x, y, radius, pixels, left, mask);
  }
}

void mask_from_weights(std::span<float const> weight, float threshold, std::span<float> mask) {
  core::require(weight.size() == mask.size(), "a mask has the pixels of its weights");
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = weight[i] > threshold ? 1.0F : 0.0F;
}

void apply_mask(std::span<float const> mask, std::span<float> maps) {
  if (mask.empty()) return;
  core::require(maps.size() % mask.size() == 0, "maps are (channels, pixels of the mask)");
  // A choice rather than a product: a hidden pixel may hold anything, also what is not a number.
  for (std::size_t first = 0; first < maps.size(); first += mask.size())
    for (std::size_t i = 0; i < mask.size(); ++i)
      maps[first + i] = mask[i] > 0.0F ? maps[first + i] : 0.0F;
}

double observed_fraction(std::span<float const> mask) {
  double sum = 0;
  for (float const value : mask) sum += static_cast<double>(value);
  return mask.empty() ? 1.0 : sum / static_cast<double>(mask.size());
}

}  // namespace shearwater::survey
