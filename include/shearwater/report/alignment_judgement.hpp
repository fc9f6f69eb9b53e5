// SPDX-License-Identifier: BSD-3-Clause
// Whether measured alignments are those that were published.
#pragma once

#include <string>
#include <vector>

#include "shearwater/report/alignment_reference.hpp"
#include "shearwater/report/report.hpp"

namespace shearwater::report {

/// omega(r) of one bin beside the published one at its middle, (low + high) / 2, where that is
/// linear in ln r between its points.
struct JudgedBin {
  double low = 0, high = 0;  ///< [Mpc/h]
  double value = 0, error = 0;
  double expected = 0, expected_error = 0;

  double middle() const { return (low + high) / 2; }
  double ratio() const { return value / expected; }
  /// Of the ratio where it is 1, by both errors.
  double sigma() const;
  /// Most that the ratio may differ from 1: three times sigma, or 0.4 where that is more.
  double allowed() const;
  /// Why it cannot be judged: its error is not known, or above the value, so that three of them
  /// would let no alignment pass as well; "" where it can.
  std::string refusal() const;
  /// |ratio - 1| / allowed; infinite where there is no value or a refusal.
  double deviation() const;
  /// Whether the bin counts: its middle lies above 2 and below 20 Mpc/h. At smaller separations
  /// galaxies of one halo decide, which halos alone do not place as a simulation of gas does.
  bool counts() const { return middle() > 2 && middle() < 20; }
};

struct EdJudgement {
  std::vector<JudgedBin> bins;  ///< those where a published value is known
  bool covers = false;          ///< they reach from 2 to 20 Mpc/h at least, without a gap

  /// The first refusal among the bins that count, with the bin; "" for none.
  std::string refusal() const;
  /// Largest deviation of the bins that count; infinite where there are none.
  double worst() const;
  bool passes() const { return covers && worst() <= 1; }
};

/// ED (a curve "ed" over r) beside a published one. Errors that are not known are NaN.
EdJudgement judge_ed(CorrelationCurve const& ed, AlignmentReference const& known);

/// Rows of metrics.csv: NAME_ed_ratio_LOW_to_HIGH of each bin with its sigma, NAME_ed_allowed_...
/// of those that count, NAME_ed_worst and NAME_ed_passes (1 or 0). None without a reference or ED.
std::vector<Metric> judgement_metrics(AlignmentResult const& result);

}  // namespace shearwater::report
