// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "html_parts.hpp"
#include "palette.hpp"
#include "shearwater/report/svg.hpp"

namespace shearwater::report {

namespace {

Style curve(char const* colour) { return {colour, 1.6, "none", 1, ""}; }

/// log10 of the middle of a bin of mass.
double middle(PopulationResult const& p, std::size_t bin) {
  return 0.5 * (std::log10(p.edges[bin]) + std::log10(p.edges[bin + 1]));
}

/// Lowest and highest bins that hold halos.
Range mass_range(PopulationResult const& p) {
  auto const holds = [](double n) { return n > 0; };
  auto const first = std::ranges::find_if(p.halos, holds);
  if (first == p.halos.end()) return {9, 17};
  auto const last = std::find_if(p.halos.rbegin(), p.halos.rend(), holds);
  return {std::log10(p.edges[static_cast<std::size_t>(first - p.halos.begin())]),
          std::log10(p.edges[static_cast<std::size_t>(p.halos.rend() - last)])};
}

/// Numbers for each halo with their errors, as points, and the model's means, as a line.
void draw(Panel& panel, PopulationResult const& p, std::vector<double> const& found,
          std::vector<double> const& mean, char const* colour) {
  std::vector<Point2> line;
  for (std::size_t b = 0; b < mean.size(); ++b) {
    if (mean[b] > 1e-6) line.push_back({middle(p, b), std::log10(mean[b])});
    if (!(found[b] > 0)) continue;
    double const n = found[b] / p.halos[b], error = std::sqrt(found[b]) / p.halos[b];
    Point2 const bar[2] = {{middle(p, b), std::log10(std::max(n - error, 1e-6))},
                           {middle(p, b), std::log10(n + error)}};
    panel.line(bar, curve(colour));
    panel.marker(middle(p, b), std::log10(n), colour);
  }
  panel.line(line, curve(colour));
}

Panel occupation_panel(PopulationResult const& p) {
  Panel panel(70, 14, 700, 300, mass_range(p), {-3, 3});
  draw(panel, p, p.centrals, p.mean_centrals, blue);
  draw(panel, p, p.satellites, p.mean_satellites, orange);
  panel.x_axis("log₁₀ M [M☉/h]");
  panel.y_axis("log₁₀ galaxies per halo");
  panel.legend({{"central galaxies", curve(blue)}, {"satellites", curve(orange)}}, false);
  return panel;
}

/// The share of the galaxies in each bin over its width.
void draw_share(Panel& panel, PopulationResult const& p, std::vector<double> const& counts,
                char const* colour) {
  double const total = std::accumulate(counts.begin(), counts.end(), 0.0);
  std::vector<Point2> steps;
  for (std::size_t b = 0; b < counts.size() && total > 0; ++b) {
    double const density = counts[b] / total / (p.ratio_edges[b + 1] - p.ratio_edges[b]);
    steps.push_back({p.ratio_edges[b], density});
    steps.push_back({p.ratio_edges[b + 1], density});
  }
  panel.line(steps, curve(colour));
}

Panel shape_panel(PopulationResult const& p) {
  double highest = 0;
  for (auto const* counts : {&p.b_to_a, &p.c_to_a, &p.ellipticity}) {
    double const total = std::accumulate(counts->begin(), counts->end(), 0.0);
    if (total > 0)
      highest = std::max(highest, *std::ranges::max_element(*counts) / total *
                                      static_cast<double>(counts->size()));
  }
  // A ratio that all galaxies share would hide the rest: it may leave the panel.
  Panel panel(70, 374, 700, 180, {0, 1}, {0, std::clamp(1.1 * highest, 1.0, 12.0)});
  draw_share(panel, p, p.b_to_a, blue);
  draw_share(panel, p, p.c_to_a, orange);
  draw_share(panel, p, p.ellipticity, grey);
  panel.x_axis("b/a, c/a, |e|");
  panel.y_axis("galaxies per unit", 4);
  panel.legend({{"b/a", curve(blue)}, {"c/a", curve(orange)}, {"|e| as seen", curve(grey)}}, false);
  return panel;
}

double mean_of(PopulationResult const& p, std::vector<double> const& counts) {
  double sum = 0, total = 0;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    sum += counts[b] * 0.5 * (p.ratio_edges[b] + p.ratio_edges[b + 1]);
    total += counts[b];
  }
  return total > 0 ? sum / total : 0;
}

}  // namespace

std::string population_section(std::optional<PopulationResult> const& result) {
  if (!result) return "";
  return fmt::format(
      "<section><h2>Galaxies in halos</h2>\n{}</section>\n",
      captioned(figure(790, 600, "galaxies for each halo by mass, and their shapes",
                       {occupation_panel(*result), shape_panel(*result)}),
                "Above: galaxies for each halo, with Poisson errors, and the model's mean in the "
                "middle of each bin. Below: axis ratios of the ellipsoids, and the ellipticity of "
                "their projections."));
}

void add_population(std::vector<Metric>& metrics, PopulationResult const& p) {
  double const none = std::numeric_limits<double>::quiet_NaN();
  std::string const source = "galaxies.hdf5";
  for (std::size_t b = 0; b < p.halos.size(); ++b) {
    if (!(p.halos[b] > 0)) continue;
    auto const add = [&](char const* what, double found, double mean) {
      metrics.push_back({fmt::format("{} per halo, M = {:.3g} to {:.3g} Msun/h", what, p.edges[b],
                                     p.edges[b + 1]),
                         found / p.halos[b], std::sqrt(found) / p.halos[b], "1",
                         fmt::format("{:.4g}", mean), source});
    };
    add("central galaxies", p.centrals[b], p.mean_centrals[b]);
    add("satellites", p.satellites[b], p.mean_satellites[b]);
  }
  auto const total = [](std::vector<double> const& list) {
    return std::accumulate(list.begin(), list.end(), 0.0);
  };
  metrics.push_back({"galaxies", total(p.centrals) + total(p.satellites), none, "1", "", source});
  auto const add_bins = [&](char const* what, std::vector<double> const& counts) {
    metrics.push_back({fmt::format("mean {}", what), mean_of(p, counts), none, "1", "", source});
    for (std::size_t b = 0; b < counts.size(); ++b)
      if (counts[b] > 0)
        metrics.push_back({fmt::format("galaxies of {} {:g} to {:g}", what, p.ratio_edges[b],
                                       p.ratio_edges[b + 1]),
                           counts[b], std::sqrt(counts[b]), "1", "", source});
  };
  add_bins("b/a", p.b_to_a);
  add_bins("c/a", p.c_to_a);
  add_bins("|e|", p.ellipticity);
}

}  // namespace shearwater::report
