// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/report/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace shearwater::report {

namespace {

constexpr char const* ink = "#3d4450";         // axes and tick labels
constexpr char const* strong_ink = "#1b1f27";  // axis names and titles

struct LabelParts {
  std::string base, sub;
};

LabelParts label_parts(std::string const& parameter) {
  static std::map<std::string, std::string> const greek{
      {"omega", "Ω"}, {"Omega", "Ω"}, {"sigma", "σ"},  {"theta", "θ"}, {"alpha", "α"},
      {"beta", "β"},  {"kappa", "κ"}, {"lambda", "λ"}, {"tau", "τ"},   {"gamma", "γ"}};
  auto const split = parameter.find('_');
  std::string base = parameter.substr(0, split);
  if (split == std::string::npos) return {parameter, ""};
  auto const symbol = greek.find(base);
  std::string const sub = parameter.substr(split + 1);
  if (sub.empty() || sub.size() > 3 || (symbol == greek.end() && base.size() != 1))
    return {parameter, ""};
  return {symbol == greek.end() ? base : symbol->second, sub};
}

std::string style_text(Style const& style) {
  std::string text = fmt::format("fill=\"{}\" stroke=\"{}\"", style.fill, style.stroke);
  if (style.fill != "none" && style.opacity < 1)
    text += fmt::format(" fill-opacity=\"{:g}\"", style.opacity);
  if (style.stroke != "none")
    text += fmt::format(" stroke-width=\"{:g}\" stroke-linejoin=\"round\"", style.width);
  if (!style.dash.empty()) text += fmt::format(" stroke-dasharray=\"{}\"", style.dash);
  return text;
}

std::string text_at(double x, double y, std::string const& anchor, double size,
                    std::string const& colour, std::string const& content,
                    std::string const& more = "") {
  return fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-size=\"{:g}\" "
      "fill=\"{}\"{}>{}</text>\n",
      x, y, anchor, size, colour, more, content);
}

}  // namespace

std::string escaped(std::string const& text) {
  std::string result;
  for (char const c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

double tick_step(Range range, int count) {
  double const rough = (range.high - range.low) / std::max(count, 1);
  if (!(rough > 0) || !std::isfinite(rough)) return 0;
  double const power = std::pow(10.0, std::floor(std::log10(rough)));
  for (double const factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power * 1.0001) return factor * power;
  return 10 * power;
}

std::vector<double> nice_ticks(Range range, int count) {
  double const step = tick_step(range, count);
  std::vector<double> ticks;
  if (step <= 0) return ticks;
  for (double k = std::ceil(range.low / step - 1e-9); k * step <= range.high + 1e-9 * step; ++k)
    ticks.push_back(k == 0 ? 0 : k * step);
  return ticks;
}

std::string tick_text(double value, double step) {
  int const decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 6);
  if (step < 1e-6 || std::abs(value) >= 1e9) return fmt::format("{:.3g}", value);
  std::string digits = fmt::format("{:.{}f}", std::abs(value), decimals);
  auto const point = digits.find('.');
  std::size_t const whole = point == std::string::npos ? digits.size() : point;
  if (whole > 4)
    for (std::size_t k = whole; k > 3;) digits.insert(k -= 3, "\u2009");
  return (value < 0 ? "\u2212" : "") + digits;
}

std::string svg_label(std::string const& parameter) {
  auto const [base, sub] = label_parts(parameter);
  if (sub.empty()) return escaped(base);
  return fmt::format(
      "<tspan font-style=\"italic\">{}</tspan><tspan dy=\"0.28em\" "
      "font-size=\"75%\">{}</tspan><tspan dy=\"-0.21em\">&#8203;</tspan>",
      base, escaped(sub));
}

std::string html_label(std::string const& parameter) {
  auto const [base, sub] = label_parts(parameter);
  if (sub.empty()) return escaped(base);
  return fmt::format("<i>{}</i><sub>{}</sub>", base, escaped(sub));
}

std::string legend_at(double x, double y, std::vector<std::pair<std::string, Style>> const& entries,
                      bool right) {
  std::string svg;
  double const sample = right ? x - 22 : x;
  for (auto const& [text, style] : entries) {
    if (style.fill != "none")
      svg += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"22\" height=\"10\" {}/>\n",
                         sample, y - 9, style_text(style));
    else
      svg += fmt::format("<path d=\"M{:.1f} {:.1f}h22\" {}/>\n", sample, y - 4, style_text(style));
    // A white outline keeps the words readable over lines.
    svg += text_at(right ? sample - 7 : sample + 29, y, right ? "end" : "start", 12, strong_ink,
                   text, " paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"3\"");
    y += 18;
  }
  return svg;
}

Panel::Panel(double left, double top, double width, double height, Range x_values, Range y_values)
    : left_(left),
      top_(top),
      width_(width),
      height_(height),
      x_range_(x_values),
      y_range_(y_values) {}

double Panel::x(double value) const {
  return left_ + width_ * (value - x_range_.low) / (x_range_.high - x_range_.low);
}
double Panel::y(double value) const {
  return top_ + height_ * (y_range_.high - value) / (y_range_.high - y_range_.low);
}

std::string Panel::path(std::span<Point2 const> points, bool closed) const {
  std::string d;
  bool pen = false;
  for (auto const& point : points) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) {
      pen = false;  // a gap
      continue;
    }
    // Far outside points are drawn at ten panels' distance: viewers lose precision beyond.
    double const px = std::clamp(x(point.x), left_ - 10 * width_, left_ + 11 * width_);
    double const py = std::clamp(y(point.y), top_ - 10 * height_, top_ + 11 * height_);
    d += fmt::format("{}{:.2f} {:.2f}", pen ? "L" : "M", px, py);
    pen = true;
  }
  return closed && pen ? d + "Z" : d;
}

void Panel::line(std::span<Point2 const> points, Style const& style) {
  data_ += fmt::format("<path d=\"{}\" {}/>\n", path(points, false), style_text(style));
}

void Panel::polygons(std::vector<std::vector<Point2>> const& paths, Style const& style) {
  std::string d;
  for (auto const& points : paths) d += path(points, true);
  data_ += fmt::format("<path d=\"{}\" fill-rule=\"evenodd\" {}/>\n", d, style_text(style));
}

void Panel::rectangle(double x0, double y0, double x1, double y1, Style const& style) {
  data_ += fmt::format("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" {}/>\n",
                       std::min(x(x0), x(x1)), std::min(y(y0), y(y1)), std::abs(x(x1) - x(x0)),
                       std::abs(y(y1) - y(y0)), style_text(style));
}

void Panel::vertical(double value, Style const& style) {
  std::vector<Point2> const ends{{value, y_range_.low}, {value, y_range_.high}};
  line(ends, style);
}

void Panel::horizontal(double value, Style const& style) {
  std::vector<Point2> const ends{{x_range_.low, value}, {x_range_.high, value}};
  line(ends, style);
}

void Panel::marker(double px, double py, std::string const& colour) {
  data_ += fmt::format(
      "<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"4\" fill=\"{}\" stroke=\"#fff\" "
      "stroke-width=\"1.2\"/>\n",
      x(px), y(py), colour);
}

void Panel::image(std::string const& png_base64) {
  data_ += fmt::format(
      "<image x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" "
      "href=\"data:image/png;base64,{}\"/>\n",
      left_, top_, width_, height_, png_base64);
}

void Panel::title(std::string const& text) {
  frame_ += text_at(left_, top_ - 9, "start", 13, strong_ink, text, " font-weight=\"600\"");
}

void Panel::x_axis(std::string const& label, int count, bool numbers) {
  double const step = tick_step(x_range_, count), bottom = top_ + height_;
  for (double const tick : nice_ticks(x_range_, count)) {
    frame_ +=
        fmt::format("<path d=\"M{0:.2f} {1:.1f}v4\" stroke=\"{2}\"/>\n", x(tick), bottom, ink);
    if (numbers)
      frame_ += text_at(x(tick), bottom + 17, "middle", 11.5, ink, tick_text(tick, step));
  }
  if (!label.empty())
    frame_ += text_at(left_ + 0.5 * width_, bottom + (numbers ? 36 : 20), "middle", 13, strong_ink,
                      label);
}

void Panel::y_axis(std::string const& label, int count, bool numbers) {
  double const step = tick_step(y_range_, count);
  std::size_t longest = 0;
  for (double const tick : nice_ticks(y_range_, count)) {
    auto const text = tick_text(tick, step);
    longest = std::max(longest, text.size());
    frame_ +=
        fmt::format("<path d=\"M{0:.1f} {1:.2f}h-4\" stroke=\"{2}\"/>\n", left_, y(tick), ink);
    if (numbers) frame_ += text_at(left_ - 7, y(tick) + 4, "end", 11.5, ink, text);
  }
  if (label.empty()) return;
  double const px =
      left_ - (numbers ? 18 + 6.4 * static_cast<double>(std::min<std::size_t>(longest, 8)) : 14);
  double const py = top_ + 0.5 * height_;
  frame_ += text_at(px, py, "middle", 13, strong_ink, label,
                    fmt::format(" transform=\"rotate(-90 {:.1f} {:.1f})\"", px, py));
}

void Panel::legend(std::vector<std::pair<std::string, Style>> const& entries, bool right) {
  frame_ += legend_at(right ? left_ + width_ - 10 : left_ + 12, top_ + 18, entries, right);
}

std::string Panel::svg() const {
  // The inner svg element clips at its edges.
  return fmt::format(
      "<svg x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"{2:.1f}\" height=\"{3:.1f}\" "
      "viewBox=\"{0:.1f} {1:.1f} {2:.1f} {3:.1f}\">\n{4}</svg>\n"
      "<rect x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"{2:.1f}\" height=\"{3:.1f}\" "
      "fill=\"none\" stroke=\"{5}\"/>\n{6}",
      left_, top_, width_, height_, data_, ink, frame_);
}

std::string figure(double width, double height, std::string const& description,
                   std::vector<Panel> const& panels, std::string const& more) {
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {0:g} {1:g}\" "
      "style=\"width:100%;max-width:{0:g}px\">\n<title>{2}</title>\n",
      width, height, escaped(description));
  for (auto const& panel : panels) text += panel.svg();
  return text + more + "</svg>\n";
}

}  // namespace shearwater::report
