// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/report/alignment_judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "html_parts.hpp"

namespace shearwater::report {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double most_sigma = 3, most_part = 0.4;

/// A middle that misses the outermost published point by so much of it is that point's.
constexpr double end_room = 0.01;

/// Fills in what is published at the middle of the bin; false where nothing is.
bool look_up(AlignmentReference const& known, JudgedBin& bin) {
  if (known.r.empty()) return false;
  double const middle = bin.middle(), first = known.r.front(), last = known.r.back();
  if (middle < first * (1 - end_room) || middle > last * (1 + end_room)) return false;
  double const r = std::clamp(middle, first, last);
  std::size_t i = 0;
  while (i + 2 < known.r.size() && known.r[i + 1] < r) ++i;
  double const part = std::log(r / known.r[i]) / std::log(known.r[i + 1] / known.r[i]);
  auto const between = [&](std::vector<double> const& v) {
    return v[i] + part * (v[i + 1] - v[i]);
  };
  bin.expected = between(known.value);
  bin.expected_error = between(known.error);
  return true;
}

}  // namespace

double JudgedBin::sigma() const { return std::hypot(error, expected_error) / std::abs(expected); }

double JudgedBin::allowed() const { return std::max(most_sigma * sigma(), most_part); }

std::string JudgedBin::refusal() const {
  if (!std::isfinite(error)) return "its error is not known";
  return error > std::abs(value) ? "its error is above its value" : "";
}

double JudgedBin::deviation() const {
  if (!refusal().empty()) return infinite;
  double const off = std::abs(ratio() - 1) / allowed();
  return std::isfinite(off) ? off : infinite;
}

std::string EdJudgement::refusal() const {
  for (auto const& bin : bins)
    if (bin.counts() && !bin.refusal().empty())
      return fmt::format("{:.2f} to {:.2f} Mpc/h is not judged: {}", bin.low, bin.high,
                         bin.refusal());
  return "";
}

double EdJudgement::worst() const {
  double most = -infinite;
  for (auto const& bin : bins)
    if (bin.counts()) most = std::max(most, bin.deviation());
  return most == -infinite ? infinite : most;
}

EdJudgement judge_ed(CorrelationCurve const& ed, AlignmentReference const& known) {
  EdJudgement result;
  result.covers = !ed.edges.empty() && ed.edges.front() <= 2 && ed.edges.back() >= 20;
  for (std::size_t b = 0; b < ed.value.size(); ++b) {
    double const error = ed.error.empty() ? std::nan("") : ed.error[b];
    JudgedBin bin{ed.edges[b], ed.edges[b + 1], ed.value[b], error, 0, 0};
    if (look_up(known, bin))
      result.bins.push_back(bin);
    else if (bin.counts())
      result.covers = false;  // nothing to judge it by
  }
  return result;
}

std::vector<Metric> judgement_metrics(AlignmentResult const& result) {
  auto const known = alignment_reference(result.reference);
  auto const* const ed = curve_of(result, "ed");
  if (known.r.empty() || ed == nullptr) return {};
  auto const judgement = judge_ed(*ed, known);
  auto const refusal = judgement.refusal();
  std::vector<Metric> metrics;
  for (auto const& bin : judgement.bins) {
    if (!std::isfinite(bin.value) && !bin.counts()) continue;
    auto const place = fmt::format("{:.2f}_to_{:.2f}", bin.low, bin.high);
    metrics.push_back({known.name + "_ed_ratio_" + place, bin.ratio(), bin.sigma(), "1",
                       bin.counts() ? fmt::format("1 +- {:.2f}", bin.allowed()) : "",
                       fmt::format("ED of {} at {:.2f} Mpc/h, {:.4g}, over {:.4g} of {}{}",
                                   result.label, bin.middle(), bin.value, bin.expected,
                                   known.description, bin.counts() ? "" : "; does not count")});
    if (bin.counts())
      metrics.push_back({known.name + "_ed_allowed_" + place, bin.allowed(), std::nan(""), "1", "",
                         "most that |ratio - 1| may be: three standard deviations of both, or 0.4" +
                             (bin.refusal().empty() ? "" : "; not judged: " + bin.refusal())});
  }
  metrics.push_back({known.name + "_ed_worst", judgement.worst(), std::nan(""), "1", "<= 1",
                     "largest |ratio - 1| over what is allowed, 2 < r < 20 Mpc/h"});
  metrics.push_back({known.name + "_ed_passes", judgement.passes() ? 1.0 : 0.0, std::nan(""), "1",
                     "1",
                     "whether all bins of 2 < r < 20 Mpc/h are there and within" +
                         (refusal.empty() ? "" : "; " + refusal)});
  return metrics;
}

}  // namespace shearwater::report
