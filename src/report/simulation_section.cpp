// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "html_parts.hpp"
#include "map_image.hpp"
#include "palette.hpp"

namespace shearwater::report {

namespace {

constexpr char const* colours[] = {blue, orange, green};
constexpr double smoothing = 1;          // of slices, for the eye [pixels]
constexpr std::size_t most_outputs = 3;  // that a figure shows: the last ones

std::vector<SimulationOutput> last_of(std::vector<SimulationOutput> const& outputs) {
  auto const skipped = outputs.size() - std::min(outputs.size(), most_outputs);
  return {outputs.begin() + static_cast<std::ptrdiff_t>(skipped), outputs.end()};
}

std::vector<Point2> log_points(std::vector<double> const& x, std::vector<double> const& y) {
  std::vector<Point2> points;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i] > 0 && y[i] > 0) points.push_back({std::log10(x[i]), std::log10(y[i])});
  return points;
}

/// The ratio of the power to halofit, and the same of linear theory.
void add_ratios(Panel& panel, SimulationOutput const& output, char const* colour) {
  std::vector<Point2> ours, linear;
  for (std::size_t i = 0; i < output.k.size(); ++i) {
    double const k = std::log10(output.k[i]);
    ours.push_back({k, output.power[i] / output.halofit[i]});
    linear.push_back({k, output.linear[i] / output.halofit[i]});
  }
  panel.line(linear, {colour, 1.2, "none", 1, "5 4"});
  panel.line(ours, {colour, 1.8, "none", 1, ""});
}

/// Where 95 of 100 Gaussian fields would be about theory.
std::vector<Point2> sample_variance(SimulationOutput const& output) {
  std::vector<Point2> upper, lower;
  for (std::size_t i = 0; i < output.k.size(); ++i) {
    double const k = std::log10(output.k[i]), width = 1.96 * std::sqrt(2 / output.modes[i]);
    upper.push_back({k, 1 + width});
    lower.push_back({k, 1 - width});
  }
  upper.insert(upper.end(), lower.rbegin(), lower.rend());
  return upper;
}

std::string power_figure(std::vector<SimulationOutput> const& outputs) {
  auto const& any = outputs.back();
  Range const k{std::log10(any.k.front()) - 0.05, std::log10(any.k.back()) + 0.05};
  double low = 1e300, high = -1e300;
  for (auto const& output : outputs)
    for (auto const* values : {&output.power, &output.linear})
      for (double const p : *values)
        if (p > 0) low = std::min(low, std::log10(p)), high = std::max(high, std::log10(p));
  Panel power(66, 14, 420, 330, k, {low - 0.1, high + 0.15});
  Panel ratio(566, 14, 420, 330, k, {0.5, 1.6});
  ratio.polygons({sample_variance(any)}, {"none", 0, band_grey, 1, ""});
  std::vector<std::pair<std::string, Style>> entries;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto const& output = outputs[i];
    power.line(log_points(output.k, output.linear), {colours[i], 1.2, "none", 1, "5 4"});
    power.line(log_points(output.k, output.power), {colours[i], 1.8, "none", 1, ""});
    add_ratios(ratio, output, colours[i]);
    entries.emplace_back(fmt::format("z = {:g}", output.redshift),
                         Style{colours[i], 2, "none", 1, ""});
  }
  entries.emplace_back("linear theory", Style{grey, 1.2, "none", 1, "5 4"});
  for (auto* panel : {&power, &ratio}) {
    panel->vertical(std::log10(any.particle_nyquist), {grey, 1, "none", 1, "2 3"});
    panel->x_axis("log₁₀ k [h/Mpc]");
  }
  power.y_axis("log₁₀ P [(Mpc/h)³]");
  ratio.y_axis("P / halofit");
  ratio.horizontal(1, {grey, 1, "none", 1, ""});
  power.legend(entries);
  return figure(1010, 400, "power of the particles beside theory", {power, ratio});
}

/// Means over squares of pixels, so that at most 512 are left along a side; what is beyond the last
/// whole square is left out.
std::vector<float> shrunk(SimulationOutput const& output, std::int64_t& pixels) {
  std::int64_t const width = (output.pixels + 511) / 512;
  pixels = output.pixels / width;
  std::vector<float> result;
  for (std::int64_t i = 0; i < pixels; ++i)
    for (std::int64_t j = 0; j < pixels; ++j) {
      float sum = 0;
      for (std::int64_t a = 0; a < width; ++a)
        for (std::int64_t b = 0; b < width; ++b)
          sum +=
              output
                  .slice[static_cast<std::size_t>((i * width + a) * output.pixels + j * width + b)];
      result.push_back(sum / static_cast<float>(width * width));
    }
  return result;
}

std::string slice_figure(std::vector<SimulationOutput> const& outputs) {
  constexpr double size = 250, gap = 84;
  std::vector<Panel> panels;
  std::string numbers;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto const& output = outputs[i];
    std::int64_t pixels = 0;
    auto values = shrunk(output, pixels);
    values = smoothed(values, pixels, smoothing);
    for (float& value : values) value = std::log10(std::max(1 + value, 0.03F));
    auto const [low, high] = value_range(values, 0.002);
    double const left = 58 + static_cast<double>(i) * (size + gap);
    Range const side{0, output.box_side};
    Panel panel(left, 30, size, size, side, side);
    panel.image(map_png(values, pixels, low, high));
    panel.title(fmt::format("z = {:g}", output.redshift));
    panel.x_axis("y [Mpc/h]", 3);
    if (i == 0) panel.y_axis("x [Mpc/h]", 3);
    panels.push_back(panel);
    Panel bar(left + size + 8, 30, 12, size, {0, 1}, {low, high});
    bar.image(scale_png());
    panels.push_back(bar);
    numbers += bar_numbers({low, high}, left, size, "");
  }
  return figure(58 + static_cast<double>(outputs.size()) * (size + gap), size + 80,
                "projected density of a slice", panels, numbers);
}

}  // namespace

std::string simulation_section(std::vector<SimulationOutput> const& outputs,
                               std::vector<Metric> const& metrics) {
  if (outputs.empty()) return "";
  auto const shown = last_of(outputs);
  std::string text = "<section><h2>Power and density</h2>\n";
  text += captioned(
      power_figure(shown),
      "Left: power of the particles (full) and linear theory (dashed). Right: both over halofit "
      "(Takahashi et al. 2012). Shaded: where 95 % of Gaussian fields of this box would be. "
      "Dotted: "
      "the Nyquist wavenumber of the particles’ initial grid; shot noise is left in.");
  text += captioned(
      slice_figure(shown),
      fmt::format("log₁₀ (1 + δ) of a slice {:.3g} Mpc/h thick, projected along z and "
                  "smoothed over a pixel. The colour scales end at the 0.2 % and 99.8 % quantiles.",
                  shown.back().slice_depth));
  text += metric_table(
      metrics, [](Metric const& m) { return m.name.starts_with("z = "); }, false);
  return text + "</section>\n";
}

}  // namespace shearwater::report
