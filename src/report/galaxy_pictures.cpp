// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "html_parts.hpp"
#include "palette.hpp"

namespace shearwater::report {

namespace {

constexpr double side = 220, gap = 30, left = 62;
constexpr std::size_t most_halos = 4;

double extent_of(GalaxyPicture const& picture) {
  double extent = 0.05;
  for (auto const& g : picture.galaxies) extent = std::max({extent, std::abs(g.x), std::abs(g.y)});
  return 1.1 * extent;
}

/// The outline of a galaxy, its size for the eye alone.
std::vector<Point2> outline(GalaxyPicture::Galaxy const& g, double size) {
  double const e = std::min(0.98, std::hypot(g.e1, g.e2)), ratio = (1 - e) / (1 + e);
  double const angle = 0.5 * std::atan2(g.e2, g.e1), c = std::cos(angle), s = std::sin(angle);
  constexpr int corners = 32;
  std::vector<Point2> points;
  for (int i = 0; i < corners; ++i) {
    double const t = 2 * std::numbers::pi * i / corners;
    double const u = size * std::cos(t), v = size * ratio * std::sin(t);
    points.push_back({g.x + c * u - s * v, g.y + s * u + c * v});
  }
  return points;
}

Panel halo_panel(GalaxyPicture const& picture, double extent, std::size_t column, std::size_t row,
                 std::string const& label) {
  double const x = left + static_cast<double>(column) * (side + gap),
               y = 30 + static_cast<double>(row) * (side + gap);
  Panel panel(x, y, side, side, {-extent, extent}, {-extent, extent});
  for (bool const centrals : {false, true})
    for (auto const& g : picture.galaxies) {
      if (g.central != centrals) continue;
      char const* const colour = centrals ? orange : blue;
      panel.polygons({outline(g, extent * (centrals ? 0.1 : 0.06))}, {colour, 1, colour, 0.25, ""});
    }
  panel.title(fmt::format("halo {}", picture.halo));
  if (column == 0) panel.y_axis(escaped(label) + " [Mpc/h]", 3);
  return panel;
}

}  // namespace

std::string galaxy_pictures(std::vector<AlignmentResult> const& results) {
  std::vector<Panel> panels;
  std::size_t columns = 0, row = 0;
  // One scale for a halo in all catalogues.
  std::vector<double> extents(most_halos, 0.0);
  for (auto const& result : results)
    for (std::size_t h = 0; h < std::min(most_halos, result.pictures.size()); ++h)
      extents[h] = std::max(extents[h], extent_of(result.pictures[h]));
  for (auto const& result : results) {
    std::size_t const halos = std::min(most_halos, result.pictures.size());
    if (halos == 0) continue;
    for (std::size_t h = 0; h < halos; ++h)
      panels.push_back(halo_panel(result.pictures[h], extents[h], h, row, result.label));
    columns = std::max(columns, halos);
    ++row;
  }
  if (row == 0) return "";
  return captioned(
      figure(left + static_cast<double>(columns) * (side + gap),
             40 + static_cast<double>(row) * (side + gap),
             "outlines of the galaxies of the most massive halos", panels),
      "Galaxies of the most massive halos along the line of sight, a row for each catalogue; the "
      "central galaxy in orange. Outlines have the galaxies' shapes and directions, not their "
      "sizes.");
}

}  // namespace shearwater::report
