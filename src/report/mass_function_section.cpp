// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "html_parts.hpp"
#include "palette.hpp"

namespace shearwater::report {

namespace {

char const* colour_of(std::size_t series) { return series % 2 == 0 ? blue : orange; }

/// The middle of a bin in log10 of the mass; neighbouring series stand a little apart.
double middle_of(MassFunctionResult const& result, std::size_t bin, std::size_t series) {
  double const low = std::log10(result.edges[bin]), high = std::log10(result.edges[bin + 1]);
  return 0.5 * (low + high) + (high - low) * 0.12 * (series == 0 ? -0.5 : 0.5);
}

Style line_style(char const* colour, double width = 1.6) { return {colour, width, "none", 1, ""}; }

Range mass_range(MassFunctionResult const& result) {
  return {std::log10(result.edges.front()), std::log10(result.edges.back())};
}

/// log10 of all counted densities and, where halos are, of theory.
Range density_range(MassFunctionResult const& result) {
  double low = 1e300, high = 0;
  for (auto const& series : result.counts)
    for (std::size_t b = 0; b < series.density.size(); ++b) {
      if (!(series.density[b] > 0)) continue;
      low = std::min(low, series.density[b]);
      high = std::max(high, series.density[b]);
      if (series.theory.empty()) continue;
      low = std::min(low, series.theory[b]);
      high = std::max(high, series.theory[b]);
    }
  if (!(high > 0)) return {-1, 1};
  return {std::log10(low) - 0.5, std::log10(high) + 0.4};
}

Panel density_panel(MassFunctionResult const& result) {
  Range const y = density_range(result);
  Panel panel(70, 14, 700, 300, mass_range(result), y);
  std::vector<std::pair<std::string, Style>> entries;
  for (std::size_t s = 0; s < result.counts.size(); ++s) {
    auto const& series = result.counts[s];
    for (std::size_t b = 0; b < series.density.size(); ++b) {
      if (!(series.density[b] > 0)) continue;
      double const x = middle_of(result, b, s), low = series.density[b] - series.error[b];
      Point2 const bar[2] = {{x, low > 0 ? std::log10(low) : y.low},
                             {x, std::log10(series.density[b] + series.error[b])}};
      panel.line(bar, line_style(colour_of(s)));
      panel.marker(x, std::log10(series.density[b]), colour_of(s));
    }
    entries.push_back({escaped(series.name), line_style(colour_of(s), 5)});
    if (series.theory.empty()) continue;
    std::vector<Point2> curve;
    for (std::size_t b = 0; b < series.theory.size(); ++b)
      curve.push_back({0.5 * (std::log10(result.edges[b]) + std::log10(result.edges[b + 1])),
                       std::log10(series.theory[b])});
    panel.line(curve, line_style(colour_of(s)));
    entries.push_back({escaped(series.theory_name), line_style(colour_of(s))});
  }
  panel.x_axis("", 5, false);
  panel.y_axis("log₁₀ dn/dlnM [(h/Mpc)³]");
  panel.legend(entries);
  return panel;
}

Panel ratio_panel(MassFunctionResult const& result) {
  double highest = 0;
  for (auto const& series : result.counts)
    for (std::size_t b = 0; b < series.theory.size(); ++b)
      highest = std::max(highest, series.density[b] / series.theory[b]);
  // One halo where hardly any is expected would squeeze the rest: it may leave the panel.
  Panel panel(70, 326, 700, 150, mass_range(result), {0, std::clamp(1.1 * highest, 2.0, 4.0)});
  panel.horizontal(1, {grey, 1, "none", 1, "4 3"});
  for (std::size_t s = 0; s < result.counts.size(); ++s) {
    auto const& series = result.counts[s];
    for (std::size_t b = 0; b < series.theory.size(); ++b) {
      if (!(series.density[b] > 0)) continue;
      double const x = middle_of(result, b, s), ratio = series.density[b] / series.theory[b],
                   error = series.error[b] / series.theory[b];
      Point2 const bar[2] = {{x, ratio - error}, {x, ratio + error}};
      panel.line(bar, line_style(colour_of(s)));
      panel.marker(x, ratio, colour_of(s));
    }
  }
  panel.x_axis("log₁₀ M [M☉/h]");
  panel.y_axis("found / expected", 4);
  return panel;
}

std::string mass_function_figure(MassFunctionResult const& result) {
  bool const theory = std::any_of(result.counts.begin(), result.counts.end(),
                                  [](auto const& series) { return !series.theory.empty(); });
  std::vector<Panel> panels{density_panel(result)};
  if (theory)
    panels.push_back(ratio_panel(result));
  else
    panels.front().x_axis("log₁₀ M [M☉/h]");
  return figure(790, theory ? 522 : 360, "numbers of halos by mass", panels);
}

}  // namespace

std::string mass_function_section(std::optional<MassFunctionResult> const& result) {
  if (!result) return "";
  return fmt::format(
      "<section><h2>Halos by mass</h2>\n{}</section>\n",
      captioned(mass_function_figure(*result),
                fmt::format("Halos per comoving volume and ln mass at z = {:.3g} in a box of {:g} "
                            "Mpc/h; bars are Poisson errors. Theory is averaged over each bin. "
                            "A small box lacks the waves that are longer than itself.",
                            result->redshift, result->box_side)));
}

}  // namespace shearwater::report
