// SPDX-License-Identifier: BSD-3-Clause
// Sums of blocks added as whole numbers of 128 bits, which knows no order.
#pragma once

#include <cstdint>
#include <vector>

#include "pair_kernel.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::galaxies {

__extension__ using Whole = __int128;

/// How many parts of 2^-exponent the unit of a sum has, so that one pair is at most 2^60 of them:
/// 2^67 pairs fit.
struct Scale {
  int exponent = 60;
};
/// Collective over comm: for the largest weights and marks of the samples.
Scale scale_of(parallel::Communicator const& comm, PairSample const& first,
               PairSample const& second);

class WholeSums {
 public:
  WholeSums(PairConfig const& config, Scale scale, bool both);

  /// Adds the sums of galaxies of `region` with those of the regions in `block`.
  void add(std::int32_t region, BlockSums const& block);
  void add(WholeSums const& other);

  /// (inside or across, regions, PairSum::count, bins)
  std::vector<Whole> const& values() const { return values_; }
  std::vector<Whole>& values() { return values_; }
  /// The unit of a sum: 1 for numbers of pairs.
  int exponent(std::size_t sum) const;

 private:
  std::size_t bins_, regions_;
  Scale scale_;
  bool both_;
  std::vector<Whole> values_;
};

/// Collective over comm: the sums of all threads and ranks; `both`: of one sample with itself.
PairSums gather_sums(parallel::Communicator const& comm, PairConfig const& config, bool both,
                     std::vector<WholeSums>& workers);

/// Collective over comm: the sums of the values of all ranks, which are not negative, by their
/// group (empty: all are of group 0): the same bits in any order.
std::vector<double> sums_in_any_order(parallel::Communicator const& comm,
                                      std::vector<double> const& values,
                                      std::vector<std::int32_t> const& group, std::size_t groups);

}  // namespace shearwater::galaxies
