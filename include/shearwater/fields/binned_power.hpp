// SPDX-License-Identifier: BSD-3-Clause
// Power spectra of flat-sky maps, averaged over the modes of bands.
#pragma once

#include <complex>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "shearwater/fields/flat_sky.hpp"
#include "shearwater/parallel/host_fft2.hpp"

namespace shearwater::fields {

/// Averages over all modes with edges[b] < l <= edges[b + 1]. Const functions are thread-safe.
class BinnedPower {
 public:
  /// edges  multipoles, increasing; bands without a mode have zero power and a count of zero.
  /// Throws
  ///        InputError for fewer than two edges or edges that do not increase.
  BinnedPower(FlatSky sky, std::vector<double> edges);
  /// `bands` bands from the fundamental to the corner of the mode plane, each as wide as the
  /// fundamental at least, and beyond that of equal ratio. Throws InputError for more than the
  /// modes allow.
  static BinnedPower logarithmic(FlatSky sky, std::int64_t bands);

  std::int64_t bands() const { return static_cast<std::int64_t>(edges_.size()) - 1; }
  std::vector<double> const& edges() const { return edges_; }
  std::vector<std::int64_t> const& mode_counts() const { return counts_; }
  FlatSky const& sky() const { return sky_; }

  /// Half spectrum of a map (pixels, pixels) as HostFft2::forward makes it: modes (pixels, pixels/2
  /// + 1).
  void transform(float const* map, std::complex<float>* modes) const { fft_.forward(map, modes); }
  /// power (bands) = mean of Re a conj(b) area / pixels^4: an estimate of C_ab(l) where the map is
  /// fully observed; divide by the observed fraction where it is not.
  void measure(std::complex<float> const* a, std::complex<float> const* b,
               std::span<double> power) const;
  /// Mean of a function of l over the modes of each band.
  std::vector<double> average(std::function<double(double)> const& of_ell) const;

 private:
  FlatSky sky_;
  std::vector<double> edges_;
  parallel::HostFft2 fft_;
  std::vector<std::int32_t> band_;  ///< of each mode of the half spectrum; the last is for no band
  std::vector<std::int64_t> counts_;
};

}  // namespace shearwater::fields
