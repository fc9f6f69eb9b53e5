// SPDX-License-Identifier: BSD-3-Clause
// Projected correlations beside the theory that was fitted to them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "html_parts.hpp"
#include "palette.hpp"

namespace shearwater::report {

namespace {

Style line_style(char const* colour, double width = 1.6) { return {colour, width, "none", 1, ""}; }

double middle_of(FittedCurve const& curve, std::size_t b) {
  return 0.5 * (std::log10(curve.low[b]) + std::log10(curve.high[b]));
}

Range separations(FittedCurve const& curve) {
  return {std::log10(curve.low.front()) - 0.05, std::log10(curve.high.back()) + 0.05};
}

std::string label_of(FittedCurve const& curve) {
  return curve.name == "wg_plus" ? "r_p w_g+ [(Mpc/h)²]" : "r_p w_gg [(Mpc/h)²]";
}

void add_point(Panel& panel, double x, double value, double error) {
  Point2 const bar[2] = {{x, value - error}, {x, value + error}};
  panel.line(bar, line_style(blue));
  panel.marker(x, value, blue);
}

/// Times r_p, in which all separations show.
Panel value_panel(FittedCurve const& curve) {
  std::vector<double> r_p;
  double low = 0, high = 0;
  for (std::size_t b = 0; b < curve.value.size(); ++b) {
    r_p.push_back(std::pow(10.0, middle_of(curve, b)));
    for (double const v :
         {curve.value[b] - curve.error[b], curve.value[b] + curve.error[b], curve.model[b]})
      low = std::min(low, v * r_p[b]), high = std::max(high, v * r_p[b]);
  }
  double const margin = 0.1 * (high - low);
  Panel panel(92, 14, 412, 250, separations(curve), {low - margin, high + 2 * margin});
  panel.horizontal(0, {grey, 1, "none", 1, "4 3"});
  std::vector<Point2> theory;
  for (std::size_t b = 0; b < curve.value.size(); ++b)
    theory.push_back({middle_of(curve, b), r_p[b] * curve.model[b]});
  panel.line(theory, line_style(orange));
  for (std::size_t b = 0; b < curve.value.size(); ++b)
    add_point(panel, middle_of(curve, b), r_p[b] * curve.value[b], r_p[b] * curve.error[b]);
  panel.y_axis(label_of(curve));
  panel.legend({{"measured", line_style(blue, 4)}, {"fitted", line_style(orange, 4)}});
  return panel;
}

Panel ratio_panel(FittedCurve const& curve) {
  Panel panel(92, 276, 412, 110, separations(curve), {0, 2});
  panel.horizontal(1, {orange, 1, "none", 1, ""});
  for (std::size_t b = 0; b < curve.value.size(); ++b)
    if (curve.model[b] != 0)
      add_point(panel, middle_of(curve, b), curve.value[b] / curve.model[b],
                std::abs(curve.error[b] / curve.model[b]));
  panel.y_axis("over the fit", 3);
  return panel;
}

std::string fitted_figure(FittedCurve const& curve) {
  std::vector<Panel> panels{value_panel(curve), ratio_panel(curve)};
  panels.front().x_axis("", 4, false);
  panels.back().x_axis("log₁₀ r_p [Mpc/h]", 4);
  return figure(520, 432, curve.name + " and its fit over separation", panels);
}

}  // namespace

std::string fitted_curves(std::vector<AlignmentResult> const& results) {
  std::string text;
  for (auto const& result : results)
    for (auto const& curve : result.fitted)
      text += captioned(fitted_figure(curve),
                        escaped(curve.name == "wg_plus"
                                    ? "Shapes about galaxies of " + result.label +
                                          ", and the nonlinear alignment model fitted to them."
                                    : "Clustering of " + result.label +
                                          ", and matter times the squared bias fitted to it."));
  return text.empty() ? "" : "<div class=\"pair\">" + text + "</div>\n";
}

void add_fitted(std::vector<Metric>& metrics, AlignmentResult const& result) {
  for (auto const& curve : result.fitted)
    for (std::size_t b = 0; b < curve.value.size(); ++b) {
      auto const bin = fmt::format("fitted {} of {}, r_p = {:.4g} to {:.4g} Mpc/h", curve.name,
                                   result.label, curve.low[b], curve.high[b]);
      metrics.push_back({bin, curve.value[b], curve.error[b], "Mpc/h",
                         fmt::format("{:.4g}", curve.model[b]),
                         "theory with the fitted amplitude"});
      if (curve.model[b] != 0)
        metrics.push_back({"ratio: " + bin, curve.value[b] / curve.model[b],
                           std::abs(curve.error[b] / curve.model[b]), "1", "1",
                           "over the theory with the fitted amplitude"});
    }
}

}  // namespace shearwater::report
