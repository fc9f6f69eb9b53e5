// SPDX-License-Identifier: BSD-3-Clause
// The shift lambda of lognormal convergence: the smallest convergence is -lambda.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace shearwater::lensing {

/// How a table of shifts is read. The tables of sbi_lens have 8 nodes per axis, the first and last
/// at the ends of the axis. `table` reads them so. `as_coded` repeats what that code does, for
/// comparisons with its results: a parameter at u in [0, 1] of its axis is looked up at node 8 u -
/// 1/2 rather than 7 u, and in the three-parameter table Omega_m is taken along the axis of sigma_8
/// and sigma_8 along that of Omega_m. Outside the table its edge is used, in both.
enum class ShiftConvention { as_coded, table };

/// Throws InputError for other names than "as_coded" and "table".
ShiftConvention shift_convention(std::string const& name);

/// lambda_i of each bin as a function of the cosmology. Const functions are thread-safe.
class LognormalShift {
 public:
  /// The same in every cosmology. Throws InputError unless all are positive.
  static LognormalShift constant(std::vector<double> shifts);

  /// One bin, the two-parameter case of sbi_lens (5 degrees, 128 pixels): a fit of its table,
  ///   ln lambda = sum_{i + j <= 4} c_ij x^i y^j,   x = ln(Omega_m / 0.3),  y = sigma_8 - 0.8,
  /// within 1.5e-4 of the nodes in 0.2 <= Omega_m <= 0.4, 0.6 <= sigma_8 <= 1.
  static LognormalShift polynomial(ShiftConvention convention);

  /// From a file. ".npy": float64 (n, n, n, bins, 5), whose last axis holds Omega_m, sigma_8, w_0,
  /// bin, lambda, with sigma_8 along the first axis, Omega_m along the second, w_0 along the third.
  /// ".csv": a header line, then rows Omega_m, sigma_8, lambda with sigma_8 running fastest; one
  /// bin. Throws IoError for a missing file, InputError for another shape or a value that is not
  /// positive.
  static LognormalShift from_file(std::string const& path, ShiftConvention convention);

  std::int64_t bins() const { return bins_; }
  /// shifts (bins) is overwritten.
  void evaluate(double omega_m, double sigma_8, double w_0, std::span<double> shifts) const;

 private:
  struct Axis {
    std::int64_t nodes = 1;
    double low = 0, high = 1;
  };
  /// Node coordinate of `value` along `axis`, inside the table.
  double position(Axis const& axis, double value) const;

  enum class Kind { constant, polynomial, table };
  Kind kind_ = Kind::constant;
  ShiftConvention convention_ = ShiftConvention::table;
  std::int64_t bins_ = 1;
  std::array<Axis, 3> axes_;  ///< Omega_m, sigma_8, w_0
  std::array<int, 3> order_{0, 1,
                            2};  ///< which parameter is looked up along each axis of the values
  std::vector<double> values_;
};

}  // namespace shearwater::lensing
