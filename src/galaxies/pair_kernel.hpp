// SPDX-License-Identifier: BSD-3-Clause
// One galaxy against many: those within the bins are picked out, their terms computed a vector at a
// time and added to sums by bin. Plain loops that the compiler makes vectors of; contraction is
// off, so that any width of vectors gives the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shearwater/galaxies/pair_sums.hpp"

namespace shearwater::galaxies {

/// Galaxies sorted by cell, column by column.
struct PairRows {
  std::vector<double> x[3], mark[3], weight;
  std::vector<std::int32_t> region;
};

/// Which pairs count, and in which bin.
struct PairLimits {
  explicit PairLimits(PairConfig const& config);

  PairGeometry geometry;
  std::vector<double> squares;  ///< (bins + 1) of the edges
  double pi_max;
  double side;  ///< of the box; 0 for none
  std::int64_t pi_bins;
  std::size_t rings() const { return squares.size() - 1; }
  std::size_t bins() const { return rings() * static_cast<std::size_t>(pi_bins); }
};

/// Terms of a pair that are kept side by side, in the order of PairSum.
constexpr std::size_t pair_terms = 8;

/// Sums over the pairs of one block of galaxies, by the region of the other galaxy.
class BlockSums {
 public:
  explicit BlockSums(std::size_t bins) : bins_(bins) {}
  void clear() { regions_.clear(); }
  /// First bin of a region's sums.
  std::int64_t slot(std::int32_t region);
  std::vector<std::int32_t> const& regions() const { return regions_; }
  /// Four sums of the pairs that fell to bin `bin` of the slots, as one.
  double value(std::size_t bin, std::size_t term) const;
  double* lanes() { return sums_.data(); }

  static constexpr std::size_t lane_count = 4;

 private:
  std::size_t bins_;
  std::vector<std::int32_t> regions_;
  std::vector<double> sums_;  // (slots * bins, lane, term)
};

/// Picks the partners of one galaxy and adds their terms.
class PairKernel {
 public:
  /// With `both`, a pair stands for (i, j) and (j, i).
  PairKernel(PairLimits const& limits, bool both, bool weighted);

  /// The galaxies [begin, end) of `others` beside galaxy i, x_i - x_j - shift apart; the nearest
  /// image of each where `shift` is null.
  void add(PairRows const& rows, std::size_t i, PairRows const& others, std::size_t begin,
           std::size_t end, double const* shift, BlockSums& sums);
  /// Adds what is left of galaxy i. Call it before the next one.
  void finish(PairRows const& rows, std::size_t i, PairRows const& others, BlockSums& sums);

 private:
  static constexpr std::size_t capacity = 512, piece = 128;
  void distances(PairRows const& rows, std::size_t i, PairRows const& others, std::size_t begin,
                 std::size_t end, double const* shift);
  void terms(PairRows const& rows, std::size_t i, PairRows const& others);
  void spherical_terms(double const* mine);
  void projected_terms(double const* mine);
  void sky_terms(double const* place, double const* mine);
  void cone_terms(double const* place, double const* mine);
  void turn(std::size_t h, double east, double north, double back_east, double back_north,
            double const* mine);
  void add_depths(double const* place);

  PairLimits const& limits_;
  bool both_, weighted_;
  std::size_t hits_ = 0;
  double piece_d_[3][piece], piece_square_[piece];
  double d_[3][capacity], square_[capacity], mark_[3][capacity], weight_[capacity];
  double term_[4][capacity];
  std::int64_t bin_[capacity];
  std::uint32_t row_[capacity];
};

}  // namespace shearwater::galaxies
