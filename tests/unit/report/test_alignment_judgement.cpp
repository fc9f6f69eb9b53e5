// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/report/alignment_judgement.hpp"

#include <algorithm>
#include <cmath>

#include "catch.hpp"

using namespace shearwater::report;

namespace {

AlignmentReference tng300() { return alignment_reference("tng300_10.5"); }

/// Edges of the published bins: 14 of equal width in log r from 0.1 to 10^1.5, without the last.
CorrelationCurve published_ed(double factor = 1, double relative_error = 0.05) {
  auto const tng = tng300();
  CorrelationCurve ed;
  ed.name = "ed";
  ed.separation = "r";
  for (int k = 0; k <= 13; ++k) ed.edges.push_back(std::pow(10, -1 + 2.5 * k / 14));
  for (std::size_t b = 0; b < 13; ++b) {
    double const r = (ed.edges[b] + ed.edges[b + 1]) / 2;
    std::size_t i = 0;
    while (i + 2 < tng.r.size() && tng.r[i + 1] < r) ++i;
    double const part = std::log(r / tng.r[i]) / std::log(tng.r[i + 1] / tng.r[i]);
    double const value = std::lerp(tng.value[i], tng.value[i + 1], part);
    ed.value.push_back(factor * value);
    ed.error.push_back(relative_error * value);
  }
  return ed;
}

double value_of(std::vector<Metric> const& metrics, std::string const& name) {
  auto const found = std::ranges::find(metrics, name, &Metric::name);
  REQUIRE(found != metrics.end());
  return found->value;
}

}  // namespace

TEST_CASE("an ED like the published one is accepted", "[report]") {
  auto const judgement = judge_ed(published_ed(), tng300());
  REQUIRE(judgement.bins.size() == 13);
  CHECK(judgement.passes());
  CHECK(judgement.worst() < 0.02);
  // The middles of the published bins are the published places, so their values stand as printed.
  auto const& third = judgement.bins[8];
  CHECK_THAT(third.middle(), WithinRel(3.36, 2e-3));
  CHECK_THAT(third.expected, WithinRel(0.0207, 1e-3));
  CHECK_THAT(third.expected_error, WithinRel(0.0017, 1e-2));
  // sqrt(0.0017^2 + (0.05 * 0.0207)^2) / 0.0207 = 0.0961: less than 0.4 / 3.
  CHECK_THAT(third.sigma(), WithinRel(0.0961, 1e-2));
  CHECK(third.allowed() == 0.4);
  // sqrt(0.0009^2 + (0.05 * 0.0065)^2) / 0.0065 = 0.1472.
  CHECK_THAT(judgement.bins[12].allowed(), WithinRel(3 * 0.1472, 1e-2));
  auto const counted = std::ranges::count_if(judgement.bins, &JudgedBin::counts);
  CHECK(counted == 6);
  CHECK(judge_ed(published_ed(1.35), tng300()).passes());
  CHECK(judge_ed(published_ed(0.65), tng300()).passes());
}

TEST_CASE("a wrong ED is rejected", "[report]") {
  CHECK(!judge_ed(published_ed(1.5), tng300()).passes());
  CHECK(!judge_ed(published_ed(0.5), tng300()).passes());
  CHECK(!judge_ed(published_ed(0), tng300()).passes());
  CHECK(!judge_ed(published_ed(-1), tng300()).passes());
  SECTION("in one bin of those that count") {
    for (std::size_t b = 7; b < 13; ++b) {
      auto ed = published_ed();
      ed.value[b] *= 0.5;
      CHECK(!judge_ed(ed, tng300()).passes());
    }
  }
  SECTION("not in one of the smaller separations") {
    auto ed = published_ed();
    for (std::size_t b = 0; b < 7; ++b) ed.value[b] *= 0.1;
    CHECK(judge_ed(ed, tng300()).passes());
  }
  SECTION("of the galaxies of other masses") {
    CorrelationCurve ed = published_ed();
    auto const other = alignment_reference("tng300_10.0");
    CHECK(!judge_ed(ed, other).passes());
  }
}

TEST_CASE("an ED that is not there is rejected", "[report]") {
  auto ed = published_ed();
  ed.value[9] = std::nan("");
  CHECK(!judge_ed(ed, tng300()).passes());
  ed = published_ed();
  for (auto* column : {&ed.edges, &ed.value, &ed.error}) column->resize(column->size() - 4);
  CHECK(!judge_ed(ed, tng300()).passes());
  CHECK(!judge_ed(CorrelationCurve(), tng300()).passes());
}

TEST_CASE("errors that are large let more pass, and are shown", "[report]") {
  auto ed = published_ed(0.5, 0.3);
  CHECK(judge_ed(ed, tng300()).passes());
  ed = published_ed(-0.2, 0.3);
  CHECK(!judge_ed(ed, tng300()).passes());
}

TEST_CASE("a bin of unknown error, or of one above its value, is not judged", "[report]") {
  auto const refuses = [](CorrelationCurve const& ed, char const* why) {
    auto const judgement = judge_ed(ed, tng300());
    CHECK(!judgement.passes());
    CHECK_THAT(judgement.refusal(), ContainsSubstring(why));
    AlignmentResult result;
    result.reference = "tng300_10.5";
    result.curves = {ed};
    auto const metrics = judgement_metrics(result);
    CHECK(value_of(metrics, "tng300_10.5_ed_passes") == 0);
    CHECK_THAT(metrics.back().source, ContainsSubstring(why));
  };
  auto ed = published_ed();
  CHECK(judge_ed(ed, tng300()).refusal().empty());
  ed.error[8] = std::nan("");
  refuses(ed, "2.68 to 4.05 Mpc/h is not judged: its error is not known");
  ed.error.clear();
  refuses(ed, "its error is not known");
  // Errors by which three standard deviations would hold no alignment at all.
  ed = published_ed(1, 1.1);
  refuses(ed, "its error is above its value");
  CHECK(judge_ed(published_ed(1, 0.9), tng300()).passes());
  // At smaller separations it is not judged anyway.
  ed = published_ed();
  ed.error[2] = std::nan("");
  CHECK(judge_ed(ed, tng300()).passes());
}

TEST_CASE("a judgement is rows of metrics.csv and of the page", "[report]") {
  AlignmentResult result;
  result.label = "box";
  result.reference = "tng300_10.5";
  result.curves = {published_ed(1.1)};
  ReportContent content;
  content.alignments = {result};
  auto const metrics = all_metrics(content);
  CHECK(value_of(metrics, "tng300_10.5_ed_passes") == 1);
  CHECK_THAT(value_of(metrics, "tng300_10.5_ed_worst"), WithinRel(0.25, 1e-6));
  CHECK_THAT(value_of(metrics, "tng300_10.5_ed_ratio_2.68_to_4.05"), WithinRel(1.1, 1e-6));
  CHECK(value_of(metrics, "tng300_10.5_ed_allowed_2.68_to_4.05") == 0.4);
  CHECK_THAT(value_of(metrics, "tng300_10.5_ed_ratio_0.10_to_0.15"), WithinRel(1.1, 1e-6));
  CHECK(std::ranges::find(metrics, "tng300_10.5_ed_allowed_0.10_to_0.15", &Metric::name) ==
        metrics.end());
  CHECK_THAT(html(content, metrics), ContainsSubstring("tng300_10.5_ed_passes"));
  content.alignments[0].curves = {published_ed(0.3)};
  CHECK(value_of(all_metrics(content), "tng300_10.5_ed_passes") == 0);
  content.alignments[0].reference.clear();
  CHECK(judgement_metrics(content.alignments[0]).empty());
}
