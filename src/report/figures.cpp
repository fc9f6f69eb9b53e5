// SPDX-License-Identifier: BSD-3-Clause
#include "figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "map_image.hpp"
#include "palette.hpp"
#include "shearwater/report/svg.hpp"
#include "shearwater/statistics/contours.hpp"
#include "shearwater/statistics/moments.hpp"

namespace shearwater::report {

std::vector<Point2> points_of(std::vector<double> const& x, std::vector<double> const& y) {
  std::vector<Point2> points;
  for (std::size_t i = 0; i < x.size(); ++i) points.push_back({x[i], y[i]});
  return points;
}

std::string bar_numbers(Range range, double left, double size, std::string const& label) {
  std::string text;
  double const step = tick_step(range, 7);
  for (double const tick : nice_ticks(range, 7)) {
    double const y = 30 + size * (range.high - tick) / (range.high - range.low);
    text += fmt::format(
        "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"11.5\" fill=\"#3d4450\">{}</text>\n",
        left + size + 25, y + 4, tick_text(tick, step));
  }
  if (!label.empty())
    text += fmt::format(
        "<text x=\"{0:.1f}\" y=\"{1:.1f}\" text-anchor=\"middle\" font-size=\"13\" "
        "fill=\"#1b1f27\" transform=\"rotate(-90 {0:.1f} {1:.1f})\">{2}</text>\n",
        left + size + 72, 30 + 0.5 * size, label);
  return text;
}

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// One map with its colour bar; returns the two panels.
void add_map(std::vector<Panel>& panels, ObservedMap const& map, std::span<float const> values,
             std::string const& title, double left, double size, bool first) {
  bool const degrees = map.width_deg > 0;
  Range const side{0, degrees ? map.width_deg : static_cast<double>(map.pixels)};
  auto const [low, high] = value_range(values, 0.005);
  Panel panel(left, 30, size, size, side, side);
  panel.image(map_png(values, map.pixels, low, high));
  panel.title(title);
  panel.x_axis(degrees ? "x [deg]" : "x [pixels]", size > 250 ? 5 : 3);
  if (first) panel.y_axis(degrees ? "y [deg]" : "y [pixels]", size > 250 ? 5 : 3);
  panels.push_back(panel);
  Panel bar(left + size + 8, 30, 12, size, {0, 1}, {low, high});
  bar.image(scale_png());
  panels.push_back(bar);
}

}  // namespace

std::string map_figure(ObservedMap const& map) {
  std::vector<std::pair<std::string, std::vector<float>>> pictures;
  auto const bin_values = [&](std::int64_t bin) {
    auto const first = map.values.begin() + bin * map.pixels * map.pixels;
    return std::vector<float>(first, first + map.pixels * map.pixels);
  };
  if (map.bins == 1) {
    auto const raw = bin_values(0);
    std::string title = fmt::format("smoothed over {:g} pixels", smoothing_pixels);
    if (map.width_deg > 0)
      title = fmt::format("smoothed, σ = {:.1f}′",
                          smoothing_pixels * 60 * map.width_deg / static_cast<double>(map.pixels));
    pictures = {{map.mock ? "simulated" : "observed", raw},
                {title, smoothed(raw, map.pixels, smoothing_pixels)}};
  } else {
    for (std::int64_t bin = 0; bin < map.bins; ++bin)
      pictures.emplace_back(fmt::format("bin {}", bin + 1), bin_values(bin));
  }
  double const count = static_cast<double>(pictures.size()), gap = count > 2 ? 76 : 110;
  double const size = std::clamp((1040 - 60 - count * gap) / count, 120.0, 370.0);
  std::vector<Panel> panels;
  std::string numbers;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    double const left = 58 + static_cast<double>(i) * (size + gap);
    auto const [low, high] = value_range(pictures[i].second, 0.005);
    add_map(panels, map, pictures[i].second, pictures[i].first, left, size, i == 0);
    numbers += bar_numbers({low, high}, left, size, size > 250 ? escaped(map.quantity) : "");
  }
  return figure(58 + count * (size + gap), size + 80, "the map that was inferred from", panels,
                numbers);
}

namespace {

Range column_range(TriangleInput const& input, std::int64_t column) {
  auto const d = static_cast<std::int64_t>(input.names.size());
  auto q = statistics::quantiles(input.values, d, column, {0.001, 0.999}, input.weights);
  if (input.reference != nullptr) {
    auto const r = statistics::quantiles(*input.reference, d, column, {0.001, 0.999});
    q = {std::min(q[0], r[0]), std::max(q[1], r[1])};
  }
  double const margin = 0.06 * (q[1] - q[0]);
  return {q[0] - margin, q[1] + margin};
}

void draw_regions(Panel& panel, TriangleInput const& input, std::int64_t i, std::int64_t j) {
  auto const d = static_cast<std::int64_t>(input.names.size());
  auto const regions =
      statistics::credible_regions(input.values, d, i, j, {0.95, 0.68}, input.weights);
  panel.polygons(regions[0].paths, {blue, 1.4, blue, 0.22, ""});
  panel.polygons(regions[1].paths, {blue, 1.4, blue, 0.45, ""});
  if (input.reference != nullptr)
    for (auto const& region : statistics::credible_regions(*input.reference, d, i, j, {0.95, 0.68}))
      panel.polygons(region.paths, {orange, 1.7, "none", 1, ""});
  if (!input.truths.empty()) panel.marker(input.truths[at(i)], input.truths[at(j)], green);
}

Panel marginal_panel(TriangleInput const& input, std::int64_t i, double left, double top,
                     double size) {
  auto const d = static_cast<std::int64_t>(input.names.size());
  auto const ours = statistics::marginal_density(input.values, d, i, 256, input.weights);
  double peak = *std::max_element(ours.density.begin(), ours.density.end());
  statistics::Density1 theirs;
  if (input.reference != nullptr) {
    theirs = statistics::marginal_density(*input.reference, d, i, 256);
    peak = std::max(peak, *std::max_element(theirs.density.begin(), theirs.density.end()));
  }
  Panel panel(left, top, size, size, column_range(input, i), {0, 1.08 * peak});
  auto area = points_of(ours.x, ours.density);
  area.insert(area.begin(), {ours.x.front(), 0});
  area.push_back({ours.x.back(), 0});
  panel.polygons({area}, {"none", 0, blue, 0.22, ""});
  panel.line(points_of(ours.x, ours.density), {blue, 1.8, "none", 1, ""});
  if (input.reference != nullptr)
    panel.line(points_of(theirs.x, theirs.density), {orange, 1.7, "none", 1, ""});
  if (!input.truths.empty()) panel.vertical(input.truths[at(i)], {green, 1.5, "none", 1, "4 3"});
  return panel;
}

std::vector<std::pair<std::string, Style>> triangle_legend(TriangleInput const& input) {
  std::vector<std::pair<std::string, Style>> entries{
      {"this network (68 %, 95 %)", {blue, 1.4, blue, 0.35, ""}}};
  if (input.reference != nullptr)
    entries.push_back({escaped(input.reference_name), {orange, 1.7, "none", 1, ""}});
  if (!input.truths.empty())
    entries.push_back({"true value of the mock", {green, 2, "none", 1, "4 3"}});
  return entries;
}

}  // namespace

std::string triangle_figure(TriangleInput const& input) {
  auto const d = static_cast<std::int64_t>(input.names.size());
  double const size = d <= 2 ? 205 : std::max(80.0, 840.0 / static_cast<double>(d)), gap = 12;
  double const left = 72, top = d == 1 ? 60 : 14;
  std::vector<Panel> panels;
  for (std::int64_t row = 0; row < d; ++row)
    for (std::int64_t column = 0; column <= row; ++column) {
      double const x = left + static_cast<double>(column) * (size + gap);
      double const y = top + static_cast<double>(row) * (size + gap);
      Panel panel = row == column ? marginal_panel(input, row, x, y, size)
                                  : Panel(x, y, size, size, column_range(input, column),
                                          column_range(input, row));
      if (row != column) draw_regions(panel, input, column, row);
      bool const bottom = row == d - 1;
      panel.x_axis(bottom ? svg_label(input.names[at(column)]) : "", d <= 3 ? 4 : 3, bottom);
      if (row > 0 && column == 0) panel.y_axis(svg_label(input.names[at(row)]), d <= 3 ? 5 : 3);
      panels.push_back(panel);
    }
  double const side = left + static_cast<double>(d) * (size + gap);
  auto const legend = legend_at(d == 1 ? left : left + size + gap + 14, d == 1 ? 16 : top + 26,
                                triangle_legend(input));
  return figure(std::max(side + 8, 330.0), top + static_cast<double>(d) * (size + gap) + 38,
                "posterior of the parameters", panels, legend);
}

std::string training_figure(TrainingCurve const& curve) {
  std::vector<double> finite;
  for (auto const* values : {&curve.loss, &curve.held_out})
    for (double const v : *values)
      if (std::isfinite(v)) finite.push_back(v);
  std::sort(finite.begin(), finite.end());
  if (finite.empty()) return "";
  // The first steps' loss would squeeze the rest: the highest 3 % may leave the panel.
  double const
      low = finite.front(),
      high = finite[at(static_cast<std::int64_t>(0.97 * static_cast<double>(finite.size() - 1)))];
  double const margin = std::max(0.06 * (high - low), 1e-3);
  Panel panel(70, 14, 920, 250, {0, 1.01 * curve.step.back()}, {low - margin, high + margin});
  panel.line(points_of(curve.step, curve.loss), {"#9bc3dd", 1.3, "none", 1, ""});
  std::vector<Point2> held_out;
  for (std::size_t i = 0; i < curve.held_out.size(); ++i)
    if (std::isfinite(curve.held_out[i])) held_out.push_back({curve.step[i], curve.held_out[i]});
  std::vector<std::pair<std::string, Style>> entries{
      {"training maps", {"#9bc3dd", 2, "none", 1, ""}}};
  if (!held_out.empty()) {
    panel.line(held_out, {blue, 2, "none", 1, ""});
    entries.push_back({"held-out maps, averaged weights", {blue, 2, "none", 1, ""}});
  }
  panel.x_axis("training step");
  panel.y_axis("loss [nats]");
  panel.legend(entries);
  return figure(1010, 310, "loss against training step", {panel});
}

namespace {

constexpr double cell_width = 248, cell_height = 196, cell_left = 46, cell_top = 30;

/// The tests in a grid of four columns, each drawn by `draw` into its panel.
template <class Draw>
std::string test_grid(inference::CalibrationResult const& result, Range x, Range y,
                      std::string const& description, Draw const& draw) {
  std::vector<statistics::UniformityTest const*> tests;
  for (auto const& test : result.sbc) tests.push_back(&test);
  tests.push_back(&result.coverage);
  tests.push_back(&result.tarp);
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    double const left = cell_left + cell_width * static_cast<double>(i % 4);
    double const top = cell_top + (cell_height + 50) * static_cast<double>(i / 4);
    Panel panel(left, top, cell_width - 44, cell_height - 30, x, y);
    bool const parameter = i < result.sbc.size();
    panel.title(parameter ? svg_label(tests[i]->name) : escaped(tests[i]->name));
    draw(panel, *tests[i], i % 4 == 0);
    panels.push_back(panel);
  }
  double const rows = std::ceil(static_cast<double>(tests.size()) / 4);
  double const columns = std::min<double>(4, static_cast<double>(tests.size()));
  return figure(cell_left + cell_width * columns - 30, cell_top + rows * (cell_height + 50) - 30,
                description, panels);
}

}  // namespace

std::string rank_figure(inference::CalibrationResult const& result) {
  double highest = static_cast<double>(result.bar_95.high);
  auto const raise = [&](statistics::UniformityTest const& test) {
    for (auto const count : test.histogram) highest = std::max(highest, static_cast<double>(count));
  };
  for (auto const& test : result.sbc) raise(test);
  raise(result.coverage);
  raise(result.tarp);
  double const values = static_cast<double>(result.config.samples + 1);
  double const expected =
      static_cast<double>(result.config.simulations) / static_cast<double>(result.config.bins);
  return test_grid(result, {0, values}, {0, 1.12 * highest}, "histograms of ranks",
                   [&](Panel& panel, statistics::UniformityTest const& test, bool first) {
                     double const width = values / static_cast<double>(test.histogram.size());
                     for (std::size_t b = 0; b < test.histogram.size(); ++b) {
                       double const x = static_cast<double>(b) * width;
                       panel.rectangle(x + 0.06 * width, 0, x + 0.94 * width,
                                       static_cast<double>(test.histogram[b]),
                                       {"none", 0, test.passes() ? blue : orange, 0.55, ""});
                     }
                     panel.rectangle(0, static_cast<double>(result.bar_95.low), values,
                                     static_cast<double>(result.bar_95.high),
                                     {"none", 0, "#5b6475", 0.18, ""});
                     panel.horizontal(expected, {"#3d4450", 1.1, "none", 1, "4 3"});
                     panel.x_axis("rank of the truth", 4);
                     panel.y_axis(first ? "maps" : "", 4, first);
                   });
}

std::string ecdf_figure(inference::CalibrationResult const& result) {
  auto const& band = result.band_95;
  auto const& gate = result.band_gate;
  double reach = 0;
  for (std::size_t k = 0; k < gate.z.size(); ++k)
    reach = std::max({reach, gate.upper[k] - gate.z[k], gate.z[k] - gate.lower[k]});
  for (auto const& test : result.sbc) reach = std::max(reach, test.largest_difference);
  auto const& bootstrap = result.tarp_band;
  for (std::size_t k = 0; k < bootstrap.z.size(); ++k)
    reach =
        std::max({reach, bootstrap.upper[k] - bootstrap.z[k], bootstrap.z[k] - bootstrap.lower[k]});
  reach =
      1.1 * std::max({reach, result.coverage.largest_difference, result.tarp.largest_difference});
  auto const difference = [](std::vector<double> const& z, std::vector<double> const& edge) {
    std::vector<Point2> points{{0, 0}};
    for (std::size_t k = 0; k < z.size(); ++k) points.push_back({z[k], edge[k] - z[k]});
    points.push_back({1, 0});
    return points;
  };
  auto const area = [&](auto const& b) {
    auto outline = difference(b.z, b.upper);
    auto const lower = difference(b.z, b.lower);
    outline.insert(outline.end(), lower.rbegin(), lower.rend());
    return std::vector<std::vector<Point2>>{outline};
  };
  return test_grid(result, {0, 1}, {-reach, reach},
                   "differences of empirical distribution functions",
                   [&](Panel& panel, statistics::UniformityTest const& test, bool first) {
                     char const* colour = test.passes() ? blue : orange;
                     panel.polygons(area(band), {"none", 0, band_grey, 1, ""});
                     for (auto const* edge : {&gate.lower, &gate.upper})
                       panel.line(difference(gate.z, *edge), {grey, 1, "none", 1, "4 3"});
                     if (&test == &result.tarp)
                       panel.polygons(area(bootstrap), {colour, 0.6, colour, 0.2, ""});
                     panel.horizontal(0, {grey, 1, "none", 1, ""});
                     auto curve = points_of(test.z, test.ecdf_difference);
                     curve.insert(curve.begin(), {0, 0});
                     curve.push_back({1, 0});
                     panel.line(curve, {colour, 1.8, "none", 1, ""});
                     panel.x_axis("fractional rank z", 4);
                     panel.y_axis(first ? "F(z) − z" : "", 4, first);
                   });
}

}  // namespace shearwater::report
