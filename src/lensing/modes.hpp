// SPDX-License-Identifier: BSD-3-Clause
// Modes of the bands of multipoles of a square field.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/fields/flat_sky.hpp"

namespace shearwater::lensing {

/// A mode of a half spectrum: its multipole, twice the angle of l, the window of a pixel.
struct Mode {
  std::size_t index;
  std::int64_t count;  ///< modes of the whole plane that it stands for
  double ell, cosine, sine, window;
  std::size_t band;
};

/// The modes of all bands, (edges[b], edges[b + 1]], without those at the Nyquist frequency, whose
/// angle is not known.
std::vector<Mode> modes_of(fields::FlatSky sky, std::vector<double> const& edges);

}  // namespace shearwater::lensing
