// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "html_parts.hpp"
#include "palette.hpp"

namespace shearwater::report {

namespace {

Style style(char const* colour, double width, char const* dashes = "") {
  return {colour, width, "none", 1, dashes};
}

Range redshifts(ConeHalos const& halos) { return {halos.edges.front(), halos.edges.back()}; }

double middle_of(ConeHalos const& halos, std::size_t bin) {
  return 0.5 * (halos.edges[bin] + halos.edges[bin + 1]);
}

Panel counts_panel(ConeHalos const& halos) {
  double highest = 1;
  for (std::size_t b = 0; b < halos.count.size(); ++b)
    highest = std::max({highest, halos.count[b] + std::sqrt(halos.count[b]), halos.expected[b]});
  Panel panel(80, 14, 690, 260, redshifts(halos), {0, 1.05 * highest});
  std::vector<Point2> steps;
  for (std::size_t b = 0; b < halos.count.size(); ++b) {
    steps.push_back({halos.edges[b], halos.expected[b]});
    steps.push_back({halos.edges[b + 1], halos.expected[b]});
    double const x = middle_of(halos, b), error = std::sqrt(halos.count[b]);
    Point2 const bar[2] = {{x, halos.count[b] - error}, {x, halos.count[b] + error}};
    panel.line(bar, style(blue, 1.6));
    panel.marker(x, halos.count[b], blue);
  }
  panel.line(steps, style(orange, 1.6));
  panel.x_axis("", 5, false);
  panel.y_axis("halos in a bin");
  panel.legend({{"on the light cone", style(blue, 5)}, {"density × volume", style(orange, 1.6)}},
               false);
  return panel;
}

Panel ratio_panel(ConeHalos const& halos) {
  Panel panel(80, 286, 690, 140, redshifts(halos), {0.5, 1.5});
  panel.horizontal(1, style(grey, 1, "4 3"));
  for (std::size_t b = 0; b < halos.count.size(); ++b) {
    if (!(halos.count[b] > 0 && halos.expected[b] > 0)) continue;
    double const x = middle_of(halos, b), ratio = halos.count[b] / halos.expected[b];
    double const error = std::sqrt(halos.count[b]) / halos.expected[b];
    Point2 const bar[2] = {{x, ratio - error}, {x, ratio + error}};
    panel.line(bar, style(blue, 1.6));
    panel.marker(x, ratio, blue);
  }
  panel.x_axis("redshift");
  panel.y_axis("found / expected", 4);
  return panel;
}

}  // namespace

std::string cone_section(std::optional<ConeHalos> const& halos) {
  if (!halos) return "";
  auto const svg = figure(790, 472, "halos on the light cone by redshift",
                          {counts_panel(*halos), ratio_panel(*halos)});
  return fmt::format(
      "<section><h2>Halos on the light cone</h2>\n{}</section>\n",
      captioned(svg, fmt::format("Halos by cosmological redshift over {:.4g} steradian, beside "
                                 "their density in the box at the nearest output times the volume "
                                 "of the bin; bars are Poisson errors, to which clustering and "
                                 "replicas of the same halos add.",
                                 halos->solid_angle)));
}

}  // namespace shearwater::report
