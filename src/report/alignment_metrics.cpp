// SPDX-License-Identifier: BSD-3-Clause
// Numbers of the alignments of galaxies.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "html_parts.hpp"
#include "shearwater/report/alignment_judgement.hpp"

namespace shearwater::report {

namespace {

/// A published curve between its points, linear in ln r; NaN beyond them.
double between(PublishedCurve const& curve, double r) {
  for (std::size_t i = 0; i + 1 < curve.r.size(); ++i)
    if (r >= curve.r[i] && r <= curve.r[i + 1]) {
      double const part = std::log(r / curve.r[i]) / std::log(curve.r[i + 1] / curve.r[i]);
      return curve.value[i] + part * (curve.value[i + 1] - curve.value[i]);
    }
  return std::nan("");
}

void add_curve(std::vector<Metric>& metrics, AlignmentResult const& result,
               CorrelationCurve const& curve, CorrelationCurve const* truth,
               std::string const& truth_label) {
  auto const other = published(result, curve.name);
  for (std::size_t b = 0; b < curve.value.size(); ++b) {
    if (!std::isfinite(curve.value[b])) continue;
    auto const bin = fmt::format("{} of {}, {} = {:.4g} to {:.4g} {}", curve.name, result.label,
                                 curve.separation, curve.edges[b], curve.edges[b + 1],
                                 curve.separation == "theta" ? "arcmin" : "Mpc/h");
    double const error = curve.error.empty() ? std::nan("") : curve.error[b];
    double const expected = between(other, std::sqrt(curve.edges[b] * curve.edges[b + 1]));
    bool const known = std::isfinite(expected);
    metrics.push_back(
        {bin, curve.value[b], error, curve.unit, known ? fmt::format("{:.4g}", expected) : "",
         known ? other.name + ", " + other.source : "correlations of " + result.label});
    if (truth == nullptr || truth->edges != curve.edges || !std::isfinite(truth->value[b]) ||
        truth->value[b] == 0)
      continue;
    metrics.push_back({"ratio: " + bin, curve.value[b] / truth->value[b],
                       std::abs(error / truth->value[b]), "1", "1", "over " + truth_label});
  }
}

/// The bins of the histogram that the report draws.
void add_ratios(std::vector<Metric>& metrics, AlignmentResult const& result, char const* what,
                std::vector<double> const& counts) {
  auto const bins = static_cast<double>(counts.size());
  for (std::size_t b = 0; b < counts.size(); ++b)
    if (counts[b] > 0)
      metrics.push_back(
          {fmt::format("galaxies of {}, {} {:g} to {:g}", result.label, what,
                       static_cast<double>(b) / bins, static_cast<double>(b + 1) / bins),
           counts[b], std::sqrt(counts[b]), "1", "", "correlations of " + result.label});
}

}  // namespace

AlignmentResult const* truth_of(std::vector<AlignmentResult> const& results) {
  auto const found = std::ranges::find(results, true, &AlignmentResult::truth);
  return found == results.end() ? nullptr : &*found;
}

CorrelationCurve const* curve_of(AlignmentResult const& result, std::string const& name) {
  auto const found = std::ranges::find(result.curves, name, &CorrelationCurve::name);
  return found == result.curves.end() ? nullptr : &*found;
}

PublishedCurve published(AlignmentResult const& result, std::string const& statistic) {
  auto const known = alignment_reference(result.reference);
  if (statistic == "ed")
    return {known.description, known.source, known.r, known.value, known.error};
  if (statistic == "ee")
    return {known.description, known.source, known.ee_r, known.ee, known.ee_error};
  return {};
}

void add_alignments(std::vector<Metric>& metrics, std::vector<AlignmentResult> const& results) {
  auto const* const truth = truth_of(results);
  for (auto const& result : results)
    for (auto const& curve : result.curves) {
      bool const compared = truth != nullptr && truth != &result;
      add_curve(metrics, result, curve, compared ? curve_of(*truth, curve.name) : nullptr,
                truth == nullptr ? "" : truth->label);
    }
  for (auto const& result : results) {
    add_ratios(metrics, result, "b/a", result.b_to_a);
    add_ratios(metrics, result, "c/a", result.c_to_a);
  }
  for (auto const& result : results) {
    auto const judged = judgement_metrics(result);
    metrics.insert(metrics.end(), judged.begin(), judged.end());
    metrics.insert(metrics.end(), result.fits.begin(), result.fits.end());
  }
  for (auto const& result : results) add_fitted(metrics, result);
}

}  // namespace shearwater::report
