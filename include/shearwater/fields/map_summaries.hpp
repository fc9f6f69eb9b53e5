// SPDX-License-Identifier: BSD-3-Clause
// Physics summaries of noisy maps, to be joined with a network's features before its head.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shearwater/core/config.hpp"
#include "shearwater/fields/flat_sky.hpp"

namespace shearwater::fields {

/// Table [summaries].
struct SummaryConfig {
  bool enabled = true;
  std::int64_t bands = 20;
  std::vector<double> smoothing = {0.5, 1, 2, 4, 8};
  bool triple_products = true;

  void describe(core::Fields& field);
};

/// For each channel: ln of the power in bands; then of every filtered map ln of the standard
/// deviation, the skewness, ln of the kurtosis, and ln of the mean magnitude in standard
/// deviations; then <x_i x_j x_k> / (s_i s_j s_k) of the differences of neighbouring scales and the
/// low pass of the largest, s their standard deviations: a bispectrum in broad bands. For each pair
/// of channels: the correlation coefficient in bands. Filtered maps are Gaussian low passes of each
/// scale but the smallest, and differences of neighbouring scales. With 20 bands and 5 scales: 82
/// per channel.
///
/// A mask multiplies the map; powers are then divided by the observed fraction, and moments and
/// products are means over observed pixels. All values are finite for finite maps, also for a map
/// of zeros and for a mask that observes nothing: logarithms are taken of at least 1e-30, skewness
/// and products are held within [-50, 50].
class MapSummaries {
 public:
  /// Throws InputError for no bands, or scales that are negative or do not increase.
  MapSummaries(SummaryConfig const& config, FlatSky sky, std::int64_t channels);
  ~MapSummaries();
  MapSummaries(MapSummaries&&) noexcept;

  std::int64_t count() const;
  /// "ln_power_0_l123", "ln_variance_0_s1.4", ...: one for each summary.
  std::vector<std::string> const& names() const;

  class Workspace;
  std::shared_ptr<Workspace> make_workspace() const;

  /// maps (channels, pixels, pixels), aligned to 16 bytes; mask (pixels, pixels) of 0 and 1, or
  /// empty for a full map: masked pixels of `maps` must be zero already; summaries (count),
  /// overwritten. Thread-safe with one workspace per thread.
  void compute(std::span<float const> maps, std::span<float const> mask, Workspace& workspace,
               std::span<float> summaries) const;

 private:
  struct Plan;
  std::unique_ptr<Plan const> plan_;
};

}  // namespace shearwater::fields
