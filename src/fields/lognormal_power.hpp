// SPDX-License-Identifier: BSD-3-Clause
// Powers on the modes of a map: from the table of a spectrum to the power of the Gaussian field
// that a lognormal one is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "even_transform.hpp"
#include "shearwater/fields/flat_sky.hpp"

namespace shearwater::fields {

/// Where each mode of the quadrant lies in a table over multipoles.
class ModeTable {
 public:
  /// Throws InputError unless ell increases and covers the modes of the map.
  ModeTable(FlatSky const& sky, EvenTransform const& even, std::vector<double> const& ell);

  /// Values that a table needs to have; those beyond `nodes()` are never used but must be finite.
  std::size_t table_size() const { return nodes_ + 32; }
  std::size_t nodes() const { return nodes_; }
  /// Sixteen neighbouring modes, from number `first` of the plane: the table, linear between nodes.
  void interpolate(float const* table, std::size_t first, float* power) const;

 private:
  std::size_t nodes_;
  /// For each sixteen modes the node that they count from, or -1 where they lie too far apart.
  std::vector<std::int32_t> base_;
  std::vector<std::int32_t> node_;
  std::vector<float> weight_;
};

/// plane = the powers of `table` at all modes, that of the mean zero.
void tabulated_power(EvenTransform const& even, ModeTable const& modes, float const* table,
                     float* plane);

/// plane = scale |T ln(max(1 + T P, smallest_correlation))| with T the even transform, and P and
/// the result zero for the mean. P is symmetric, as every function of |k| on a square map is: with
/// blocks of columns that stay in the first cache level from one transform to the next, only two
/// transpositions are left. Returns the lags that were raised. scratch: even.scratch_size().
std::int64_t lognormal_power(EvenTransform const& even, ModeTable const& modes, float const* table,
                             float scale, float* plane, float* scratch);

}  // namespace shearwater::fields
