// SPDX-License-Identifier: BSD-3-Clause
#include "html_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/report/svg.hpp"

namespace shearwater::report {

int decimals_for(double scale) {
  if (!(scale > 0) || !std::isfinite(scale)) return 4;
  return std::clamp(static_cast<int>(1 - std::floor(std::log10(scale))), 0, 8);
}

std::string fixed(double value, int decimals) {
  auto text = fmt::format("{:.{}f}", std::abs(value), decimals);
  return (value < 0 && text.find_first_not_of("0.") != std::string::npos ? "−" : "") + text;
}

std::string cell(std::string const& content, bool number) {
  return number ? "<td class=\"n\">" + content + "</td>" : "<td>" + content + "</td>";
}

std::string captioned(std::string const& svg, std::string const& caption) {
  return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", svg, caption);
}

namespace {

std::string general(double value) {
  bool const whole = value == std::floor(value) && std::abs(value) < 1e9;
  auto text = whole ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
  if (!text.empty() && text[0] == '-') text = "−" + text.substr(1);
  return text;
}

std::string with_error(Metric const& m) {
  if (!std::isfinite(m.error) || !(m.error > 0)) return general(m.value);
  int const digits = decimals_for(m.error);
  return fixed(m.value, digits) + " ± " + fixed(m.error, digits);
}

}  // namespace

std::string metric_table(std::vector<Metric> const& metrics,
                         std::function<bool(Metric const&)> const& wanted, bool sources) {
  std::vector<Metric const*> rows;
  for (auto const& m : metrics)
    if (wanted(m)) rows.push_back(&m);
  if (rows.empty()) return "";
  bool const references =
      std::any_of(rows.begin(), rows.end(), [](auto const* m) { return !m->reference.empty(); });
  std::string text =
      "<div class=\"scroll\"><table><tr><th>quantity</th><th class=\"n\">value</th><th>unit</th>";
  if (references) text += "<th class=\"n\">reference or gate</th>";
  text += sources ? "<th>source</th></tr>\n" : "</tr>\n";
  for (auto const* m : rows) {
    text += "<tr>" + cell(escaped(m->name)) + cell(with_error(*m), true) +
            cell(m->unit == "1" ? "" : escaped(m->unit));
    if (references) text += cell(escaped(m->reference), true);
    if (sources) text += cell("<span class=\"soft\">" + escaped(m->source) + "</span>");
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

}  // namespace shearwater::report
