// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "html_parts.hpp"
#include "palette.hpp"

namespace shearwater::report {

namespace {

using inference::Estimate;
using inference::OrientationTest;

constexpr char const* true_colour = grey;
constexpr char const* colour = blue;

double middle(OrientationTest const& test, std::size_t bin) {
  return 0.5 * (std::log10(test.edges[bin]) + std::log10(test.edges[bin + 1]));
}

Range separations(OrientationTest const& test) {
  return {std::log10(test.edges.front()), std::log10(test.edges.back())};
}

void bar(Panel& panel, double x, double low, double high, char const* in) {
  Point2 const ends[2] = {{x, low}, {x, high}};
  panel.line(ends, {in, 1.6, "none", 1, ""});
}

/// Values with their errors, `shift` of a decade apart from the middles of the bins.
void add_points(Panel& panel, OrientationTest const& test, std::vector<Estimate> const& values,
                double shift, char const* in) {
  for (std::size_t bin = 0; bin < values.size(); ++bin) {
    if (!std::isfinite(values[bin].value)) continue;
    double const x = middle(test, bin) + shift;
    bar(panel, x, values[bin].value - values[bin].error, values[bin].value + values[bin].error, in);
    panel.marker(x, values[bin].value, in);
  }
}

Range omega_range(OrientationTest const& test) {
  double low = 0, high = 0;
  for (auto const* values : {&test.true_ed, &test.ed})
    for (auto const& point : *values) {
      if (!std::isfinite(point.value)) continue;
      low = std::min(low, point.value - point.error);
      high = std::max(high, point.value + point.error);
    }
  double const margin = 0.08 * std::max(high - low, 1e-6);
  return {low - margin, high + margin};
}

std::string ed_figure(OrientationTest const& test) {
  Panel omega(70, 14, 420, 250, separations(test), omega_range(test));
  omega.horizontal(0, {grey, 1, "none", 1, "2 3"});
  add_points(omega, test, test.true_ed, -0.015, true_colour);
  add_points(omega, test, test.ed, 0.015, colour);
  omega.x_axis("", 5, false);
  omega.y_axis("ω(r)");
  omega.legend(
      {{"true", {true_colour, 5, "none", 1, ""}}, {"generated", {colour, 5, "none", 1, ""}}});
  Panel ratio(70, 276, 420, 130, separations(test), {0.7, 1.3});
  ratio.rectangle(separations(test).low, 0.9, separations(test).high, 1.1,
                  {"none", 0, band_grey, 1, ""});
  ratio.horizontal(1, {grey, 1, "none", 1, "4 3"});
  add_points(ratio, test, test.ratio, 0, colour);
  ratio.x_axis("log₁₀ r [Mpc/h]");
  ratio.y_axis("generated / true", 4);
  return figure(510, 452, "alignment of axes with the directions to other galaxies",
                {omega, ratio});
}

/// Shares of |cos| as a density, as steps.
std::vector<Point2> steps(std::vector<double> const& shares) {
  std::vector<Point2> line;
  auto const n = static_cast<double>(shares.size());
  for (std::size_t bin = 0; bin < shares.size(); ++bin) {
    double const density = shares[bin] * n;
    line.push_back({static_cast<double>(bin) / n, density});
    line.push_back({static_cast<double>(bin + 1) / n, density});
  }
  return line;
}

Panel cosine_panel(double left, std::vector<double> const& truth, std::vector<double> const& shares,
                   std::string const& label) {
  double highest = 1;
  for (auto const* values : {&truth, &shares})
    for (double const share : *values)
      highest = std::max(highest, share * static_cast<double>(values->size()));
  Panel panel(left, 14, 380, 250, {0, 1}, {0, 1.15 * highest});
  panel.horizontal(1, {grey, 1, "none", 1, "2 3"});
  panel.line(steps(truth), {true_colour, 3.5, "none", 1, ""});
  panel.line(steps(shares), {colour, 1.6, "none", 1, ""});
  panel.x_axis(label);
  panel.y_axis("density");
  panel.legend(
      {{"true", {true_colour, 3.5, "none", 1, ""}}, {"generated", {colour, 1.6, "none", 1, ""}}},
      false);
  return panel;
}

std::string cosine_figure(OrientationTest const& test) {
  return figure(940, 312, "angles of central and satellite galaxies",
                {cosine_panel(60, test.true_central_shares, test.central_shares,
                              "|cos| of centrals and the host's major axis"),
                 cosine_panel(540, test.true_satellite_shares, test.satellite_shares,
                              "|cos| of satellites and the direction to the central")});
}

}  // namespace

std::vector<Metric> orientation_metrics(OrientationResult const& result) {
  auto const& test = result.test;
  auto const source = fmt::format("{} true and {} generated draws of {} galaxies", test.true_draws,
                                  test.draws, test.galaxies);
  std::vector<Metric> metrics;
  auto const add = [&](std::string const& name, double value, double error,
                       std::string const& reference) {
    metrics.push_back({name + (result.name.empty() ? "" : "_" + result.name), value, error, "1",
                       reference, source});
  };
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  auto const pair = [&](char const* name, Estimate const& value, Estimate const& truth) {
    add(name, value.value, value.error, fmt::format("{:.4f}", truth.value));
  };
  pair("mean_abs_cos_central", test.central, test.true_central);
  pair("mean_abs_cos_satellite", test.satellite, test.true_satellite);
  auto const measured = fmt::format("bins of error below {:g}", OrientationTest::measured);
  if (std::isfinite(test.ratio_min())) {
    add("ed_ratio_min", test.ratio_min(), none,
        fmt::format(">= {:g}, ", OrientationTest::ratio_low) + measured);
    add("ed_ratio_max", test.ratio_max(), none,
        fmt::format("<= {:g}, ", OrientationTest::ratio_high) + measured);
  }
  add("ed_worst_deviation", test.worst_deviation(), none,
      fmt::format("<= {:g} standard errors, other bins", OrientationTest::deviation_gate));
  add("c2st", test.c2st, 0.5 / std::sqrt(2.0 * static_cast<double>(test.rows)),
      fmt::format("0.5, {} galaxies each", test.rows));
  for (std::size_t bin = 0; bin < test.ratio.size(); ++bin)
    add(fmt::format("ed_ratio r = {:.3g} to {:.3g} Mpc/h", test.edges[bin], test.edges[bin + 1]),
        test.ratio[bin].value, test.ratio[bin].error,
        fmt::format("1; true omega {:.5f}", test.true_ed[bin].value));
  auto const shares = [&](char const* what, std::vector<double> const& found,
                          std::vector<double> const& truth) {
    auto const bins = static_cast<double>(found.size());
    for (std::size_t bin = 0; bin < found.size(); ++bin)
      add(fmt::format("share of {} galaxies, |cos| = {:g} to {:g}", what,
                      static_cast<double>(bin) / bins, static_cast<double>(bin + 1) / bins),
          found[bin], none, fmt::format("{:.5f}", truth[bin]));
  };
  shares("central", test.central_shares, test.true_central_shares);
  shares("satellite", test.satellite_shares, test.true_satellite_shares);
  return metrics;
}

std::string orientation_section(OrientationResult const& result,
                                std::vector<Metric> const& metrics) {
  auto const own = orientation_metrics(result);
  // The shares are in the figure.
  auto const wanted = [&](Metric const& metric) {
    return !metric.name.starts_with("share of ") &&
           std::any_of(own.begin(), own.end(),
                       [&](auto const& m) { return m.name == metric.name; });
  };
  return fmt::format(
      "<section><h2>Orientations{}</h2>\n<p>A generator of galaxy axes judged on halos that it "
      "never saw.</p>\n{}{}{}</section>\n",
      result.name.empty() ? "" : ": " + escaped(result.name),
      captioned(ed_figure(result.test),
                "Top: ω(r) = ⟨(n·r)²/r²⟩ − 1/3 over pairs of galaxies, n the major axis of one and "
                "r the separation. Bottom: the ratio; the band is ± 10 %. Bars are standard errors "
                "of the mean of the draws."),
      captioned(cosine_figure(result.test), "Angles of single galaxies; 1 for random axes."),
      metric_table(metrics, wanted, true));
}

}  // namespace shearwater::report
