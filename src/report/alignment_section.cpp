// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "html_parts.hpp"
#include "palette.hpp"
#include "shearwater/report/alignment_judgement.hpp"

namespace shearwater::report {

namespace {

char const* colour_of(std::size_t series) {
  char const* const colours[] = {blue, orange, green, "#CC79A7", "#56B4E9", "#E69F00"};
  return colours[series % 6];
}

Style line_style(char const* colour, double width = 1.6) { return {colour, width, "none", 1, ""}; }

/// What a curve's name stands for, as SVG text.
std::string axis_label(std::string const& name) {
  static std::map<std::string, std::string> const labels = {
      {"ed", "ω(r) = ⟨(e·r̂)²⟩ − 1/3"},
      {"ee", "η(r) = ⟨(e·e′)²⟩ − 1/3"},
      {"xi", "ξ(r)"},
      {"ed_projected", "⟨cos²⟩ − 1/2 of axis and separation"},
      {"ee_projected", "⟨cos²⟩ − 1/2 of axes"},
      {"xi_plus", "ξ₊"},
      {"xi_minus", "ξ₋"},
      {"wgg", "w_gg [Mpc/h]"},
      {"wg_plus", "w_g+ [Mpc/h]"},
      {"wg_cross", "w_g× [Mpc/h]"},
      {"w_plus_plus", "w_++ [Mpc/h]"},
      {"w_cross_cross", "w_×× [Mpc/h]"}};
  auto const cut = name.find("_one_halo") != std::string::npos   ? name.find("_one_halo")
                   : name.find("_two_halo") != std::string::npos ? name.find("_two_halo")
                                                                 : name.size();
  auto const found = labels.find(name.substr(0, cut));
  std::string const part = cut == name.size()              ? ""
                           : name.find("_one_halo") == cut ? ", one halo"
                                                           : ", two halos";
  return (found == labels.end() ? name : found->second) + part;
}

double middle_of(CorrelationCurve const& curve, std::size_t bin, std::size_t series,
                 std::size_t many) {
  double const low = std::log10(curve.edges[bin]), high = std::log10(curve.edges[bin + 1]);
  // Neighbouring series stand a little apart.
  double const aside = (static_cast<double>(series) - 0.5 * static_cast<double>(many - 1)) * 0.15;
  return 0.5 * (low + high) + aside * (high - low);
}

struct Series {
  CorrelationCurve const* curve;
  std::string label;
  char const* colour;
  std::size_t place;
};

/// Everything that one figure shows.
struct Comparison {
  std::string name;
  std::vector<Series> series;
  CorrelationCurve const* truth = nullptr;
  PublishedCurve other;

  /// Whether values span decades: then the axis is logarithmic, and those below zero are left out.
  bool logarithmic() const {
    std::size_t above = 0, all = 0;
    for (auto const& s : series)
      for (double const v : s.curve->value) {
        all += std::isfinite(v);
        above += v > 0;
      }
    return all > 0 && 4 * above >= 3 * all;
  }
};

Range separations(Comparison const& c) {
  double low = 1e300, high = 0;
  for (auto const& s : c.series)
    low = std::min(low, s.curve->edges.front()), high = std::max(high, s.curve->edges.back());
  return {std::log10(low), std::log10(high)};
}

/// Of values with what they may be more or less; logarithmic: of positive values, four decades at
/// most.
Range values_of(Comparison const& c, bool logarithmic) {
  double low = 1e300, high = -1e300;
  auto const add = [&](double v, double error) {
    if (!std::isfinite(v) || (logarithmic && !(v > 0))) return;
    low = std::min(low, logarithmic ? v : v - error);
    high = std::max(high, v + error);
  };
  for (auto const& s : c.series)
    for (std::size_t b = 0; b < s.curve->value.size(); ++b)
      add(s.curve->value[b], s.curve->error.empty() ? 0 : s.curve->error[b]);
  for (std::size_t i = 0; i < c.other.r.size(); ++i) add(c.other.value[i], c.other.error[i]);
  if (high <= low) return {-1, 1};
  if (!logarithmic) return {low - 0.08 * (high - low), high + 0.15 * (high - low)};
  return {std::log10(std::max(low, 1e-4 * high)) - 0.25, std::log10(high) + 0.3};
}

class Axis {
 public:
  Axis(bool logarithmic, Range range) : logarithmic_(logarithmic), range_(range) {}
  double of(double value) const {
    if (!logarithmic_) return value;
    return value > 0 ? std::log10(value) : range_.low - 1;
  }

 private:
  bool logarithmic_;
  Range range_;
};

void draw(Panel& panel, Axis const& axis, double x, double value, double error,
          char const* colour) {
  if (error > 0) {
    Point2 const bar[2] = {{x, axis.of(value - error)}, {x, axis.of(value + error)}};
    panel.line(bar, line_style(colour));
  }
  panel.marker(x, axis.of(value), colour);
}

void draw_published(Panel& panel, Axis const& axis, PublishedCurve const& other) {
  std::vector<Point2> points;
  for (std::size_t i = 0; i < other.r.size(); ++i) {
    double const x = std::log10(other.r[i]);
    points.push_back({x, axis.of(other.value[i])});
    Point2 const bar[2] = {{x, axis.of(other.value[i] - other.error[i])},
                           {x, axis.of(other.value[i] + other.error[i])}};
    panel.line(bar, line_style(grey));
  }
  panel.line(points, {grey, 1.6, "none", 1, "6 3"});
}

Panel value_panel(Comparison const& c) {
  bool const logarithmic = c.logarithmic();
  Range const y = values_of(c, logarithmic);
  Panel panel(92, 14, 412, 250, separations(c), y);
  Axis const axis(logarithmic, y);
  std::vector<std::pair<std::string, Style>> entries;
  if (!logarithmic) panel.horizontal(0, {grey, 1, "none", 1, "4 3"});
  if (!c.other.r.empty()) {
    draw_published(panel, axis, c.other);
    entries.push_back({escaped(c.other.name), {grey, 1.6, "none", 1, "6 3"}});
  }
  for (auto const& s : c.series) {
    std::vector<Point2> points;
    for (std::size_t b = 0; b < s.curve->value.size(); ++b) {
      double const value = s.curve->value[b];
      if (!std::isfinite(value) || (logarithmic && !(value > 0))) continue;
      double const x = middle_of(*s.curve, b, s.place, c.series.size());
      draw(panel, axis, x, value, s.curve->error.empty() ? 0 : s.curve->error[b], s.colour);
      points.push_back({x, axis.of(value)});
    }
    panel.line(points, {s.colour, 1, "none", 1, ""});
    entries.push_back({escaped(s.label), line_style(s.colour, 4)});
  }
  panel.y_axis((logarithmic ? "log₁₀ " : "") + axis_label(c.name));
  panel.legend(entries);
  return panel;
}

Panel ratio_panel(Comparison const& c) {
  Panel panel(92, 276, 412, 110, separations(c), {0, 2});
  panel.horizontal(1, {grey, 1, "none", 1, "4 3"});
  for (auto const& s : c.series) {
    if (s.curve == c.truth || s.curve->edges != c.truth->edges) continue;
    for (std::size_t b = 0; b < s.curve->value.size(); ++b) {
      double const below = c.truth->value[b], ratio = s.curve->value[b] / below;
      if (!std::isfinite(ratio)) continue;
      double const error = s.curve->error.empty() ? 0 : std::abs(s.curve->error[b] / below);
      draw(panel, Axis(false, {0, 2}), middle_of(*s.curve, b, s.place, c.series.size()), ratio,
           error, s.colour);
    }
  }
  panel.y_axis("over the truth", 3);
  return panel;
}

std::string comparison_figure(Comparison const& c) {
  std::vector<Panel> panels{value_panel(c)};
  bool const ratios = c.truth != nullptr && c.series.size() > 1;
  if (ratios) {
    panels.front().x_axis("", 4, false);
    panels.push_back(ratio_panel(c));
  }
  auto const separation = c.series.front().curve->separation;
  panels.back().x_axis(
      separation == "theta" ? "log₁₀ θ [arcmin]" : fmt::format("log₁₀ {} [Mpc/h]", separation), 4);
  return figure(520, ratios ? 432 : 312, "correlation " + c.name + " over separation", panels);
}

Panel histogram_panel(std::vector<AlignmentResult> const& results, double left,
                      std::vector<double> AlignmentResult::*ratios, char const* label) {
  double highest = 0;
  std::vector<std::vector<Point2>> steps;
  for (auto const& result : results) {
    auto const& counts = result.*ratios;
    double total = 0;
    for (double const n : counts) total += n;
    steps.emplace_back();
    auto const bins = static_cast<double>(counts.size());
    for (std::size_t b = 0; b < counts.size(); ++b) {
      double const density = counts[b] / total * bins;
      steps.back().push_back({static_cast<double>(b) / bins, density});
      steps.back().push_back({static_cast<double>(b + 1) / bins, density});
      highest = std::max(highest, density);
    }
  }
  Panel panel(left, 14, 400, 220, {0, 1}, {0, 1.15 * highest});
  std::vector<std::pair<std::string, Style>> entries;
  for (std::size_t s = 0; s < results.size(); ++s) {
    if (steps[s].empty()) continue;
    panel.line(steps[s], line_style(colour_of(s)));
    entries.push_back({escaped(results[s].label), line_style(colour_of(s), 4)});
  }
  panel.x_axis(label);
  panel.y_axis("share per unit", 4);
  panel.legend(entries, false);
  return panel;
}

std::string ratio_figure(std::vector<AlignmentResult> const& results) {
  if (std::ranges::all_of(results, [](auto const& r) { return r.b_to_a.empty(); })) return "";
  return captioned(figure(950, 282, "distribution of axis ratios",
                          {histogram_panel(results, 64, &AlignmentResult::b_to_a, "b/a"),
                           histogram_panel(results, 534, &AlignmentResult::c_to_a, "c/a")}),
                   "Axis ratios of the galaxies.");
}

}  // namespace

std::string alignment_section(std::vector<AlignmentResult> const& results) {
  if (results.empty()) return "";
  std::vector<std::string> names;
  for (auto const& result : results)
    for (auto const& curve : result.curves)
      if (std::ranges::find(names, curve.name) == names.end()) names.push_back(curve.name);
  auto const* const truth = truth_of(results);
  std::string figures;
  for (auto const& name : names) {
    Comparison c;
    c.name = name;
    for (std::size_t s = 0; s < results.size(); ++s) {
      auto const* const curve = curve_of(results[s], name);
      if (curve == nullptr) continue;
      c.series.push_back({curve, results[s].label, colour_of(s), c.series.size()});
      if (c.other.r.empty()) c.other = published(results[s], name);
      if (truth == &results[s]) c.truth = curve;
    }
    figures += "<figure>" + comparison_figure(c) + "</figure>\n";
  }
  std::string text =
      "<section><h2>Alignments of galaxies</h2>\n<p>Means over pairs of galaxies, at the middles "
      "of the bins. Bars are jackknife errors, or those of random orientations where there is no "
      "jackknife; on a logarithmic axis values below zero are left out.";
  for (auto const& result : results)
    if (auto const other = published(result, "ed"); !other.r.empty()) {
      text += " Dashed: " + escaped(other.name) + " (" + escaped(other.source) +
              "). Each bin of 2 &lt; r &lt; 20 Mpc/h may differ from it by three standard "
              "deviations of "
              "both, or by 40 %.";
      break;
    }
  std::vector<Metric> rows;
  for (auto const& result : results) {
    auto const judged = judgement_metrics(result);
    rows.insert(rows.end(), judged.begin(), judged.end());
    rows.insert(rows.end(), result.fits.begin(), result.fits.end());
  }
  std::string const table = rows.empty() ? ""
                                         : metric_table(
                                               rows, [](Metric const&) { return true; }, true);
  return text + "</p>\n<div class=\"pair\">" + figures + "</div>\n" + fitted_curves(results) +
         ratio_figure(results) + galaxy_pictures(results) + table + "</section>\n";
}

}  // namespace shearwater::report
