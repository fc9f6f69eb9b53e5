// SPDX-License-Identifier: BSD-3-Clause
// A small writer of SVG figures: panels with ticked axes, lines, polygons, bars, images, legends.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shearwater/statistics/contours.hpp"

namespace shearwater::report {

using statistics::Point2;

struct Range {
  double low = 0, high = 1;
};

struct Style {
  std::string stroke = "none";
  double width = 1.5;
  std::string fill = "none";
  double opacity = 1;  ///< of the fill
  std::string dash;    ///< "6 3"; empty for a full line
};

/// Text with &, <, > and " escaped.
std::string escaped(std::string const& text);

/// 1, 2 or 5 times a power of ten, so that about `count` steps fit the range; 0 for an empty range.
double tick_step(Range range, int count);
/// Multiples of that step inside the range.
std::vector<double> nice_ticks(Range range, int count);
/// A tick's label with the digits that `step` asks for and thin spaces between thousands.
std::string tick_text(double value, double step);

/// "omega_c" -> Omega with subscript c, as SVG tspans or as HTML; unknown names stay as they are.
std::string svg_label(std::string const& parameter);
std::string html_label(std::string const& parameter);

/// Entries in a column, the first one's baseline at (x, y); with `right`, texts end left of the
/// samples, which end at x.
std::string legend_at(double x, double y, std::vector<std::pair<std::string, Style>> const& entries,
                      bool right = false);

/// A rectangle of a figure with its own axes. Data coordinates in, SVG out; what lies outside of
/// the rectangle is clipped. Labels are SVG text content: escape what a user wrote.
class Panel {
 public:
  /// (left, top, width, height) of the plotting rectangle in pixels of the figure.
  Panel(double left, double top, double width, double height, Range x, Range y);

  void line(std::span<Point2 const> points, Style const& style);
  /// Closed polygons with holes (even-odd).
  void polygons(std::vector<std::vector<Point2>> const& paths, Style const& style);
  /// A filled rectangle between two corners.
  void rectangle(double x0, double y0, double x1, double y1, Style const& style);
  void vertical(double x, Style const& style);
  void horizontal(double y, Style const& style);
  void marker(double x, double y, std::string const& colour);
  /// A PNG (base64) over the whole panel, its pixels kept as squares.
  void image(std::string const& png_base64);

  void title(std::string const& text);
  void x_axis(std::string const& label, int ticks = 5, bool numbers = true);
  void y_axis(std::string const& label, int ticks = 5, bool numbers = true);
  /// Entries in a column; `right` puts it at the right edge, otherwise at the left.
  void legend(std::vector<std::pair<std::string, Style>> const& entries, bool right = true);

  std::string svg() const;
  double x(double value) const;  ///< data to pixels of the figure
  double y(double value) const;

 private:
  std::string path(std::span<Point2 const> points, bool closed) const;
  double left_, top_, width_, height_;
  Range x_range_, y_range_;
  std::string data_, frame_;  // inside the clipped rectangle, and around it
};

/// A figure of several panels, with a description for those who cannot see it.
std::string figure(double width, double height, std::string const& description,
                   std::vector<Panel> const& panels, std::string const& more = "");

}  // namespace shearwater::report
