// SPDX-License-Identifier: BSD-3-Clause
// Which pixels of a map were observed.
#pragma once

#include <cstdint>
#include <span>

#include "shearwater/core/config.hpp"

namespace shearwater::survey {

/// Table [mask].
struct MaskConfig {
  double masked_fraction = 0;  ///< 0: every pixel is observed and no mask is made
  std::int64_t border = 0;
  double smallest_hole = 1, largest_hole = 6;

  void describe(core::Fields& field);
  bool enabled() const { return masked_fraction > 0; }
  /// Throws InputError where keys contradict each other: a border without a masked fraction, holes
  /// of which the smallest is larger than the largest, or a border that hides more of `pixels` x
  /// `pixels` than the fraction.
  void check(std::int64_t pixels) const;
};

/// A random mask (pixels, pixels), 1 where observed and 0 elsewhere: a border, then round holes
/// (bright stars) with centres uniform on the map and radii uniform between the two sizes, until
/// exactly round(masked_fraction pixels^2) pixels are masked; the last hole is cut short. A
/// function of (seed, index) alone. Throws InputError when the border alone masks more than that.
void random_mask(std::uint64_t seed, std::uint64_t index, MaskConfig const& config,
                 std::int64_t pixels, std::span<float> mask);

/// mask = 1 where weight > threshold, else 0, also where the weight is not a number.
void mask_from_weights(std::span<float const> weight, float threshold, std::span<float> mask);

/// Sets the pixels that the mask hides to zero. maps (channels, pixels of the mask).
void apply_mask(std::span<float const> mask, std::span<float> maps);

/// Mean of the mask; 1 for an empty one.
double observed_fraction(std::span<float const> mask);

}  // namespace shearwater::survey
