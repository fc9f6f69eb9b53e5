// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "html_parts.hpp"
#include "palette.hpp"

namespace shearwater::report {

namespace {

Style style(char const* colour, double width, char const* dashes = "") {
  return {colour, width, "none", 1, dashes};
}

/// A part of the spectra as it is drawn: GI is negative, and its modulus is shown.
struct Drawn {
  SpectrumPart const* part;
  char const* name;
  char const* colour;
  double sign, shift;  ///< shift of its points in lg l
};

std::vector<Drawn> parts_of(ContaminationResult const& result) {
  return {{&result.gg, "GG", grey, 1, -0.008},
          {&result.gi, "−GI", orange, -1, 0},
          {&result.ii, "II", blue, 1, 0.008}};
}

double band_factor(double ell) { return ell * (ell + 1) / (2 * 3.141592653589793); }

Range ell_range(ContaminationResult const& result) {
  return {std::log10(result.edges.front()), std::log10(result.edges.back())};
}

/// lg of what is above zero in any pair of bins, and of the theory.
Range power_range(ContaminationResult const& result) {
  double low = 1e300, high = 0;
  for (auto const& drawn : parts_of(result))
    for (std::size_t n = 0; n < drawn.part->value.size(); ++n) {
      double const factor = band_factor(result.ell[n % result.ell.size()]);
      double const value = drawn.sign * drawn.part->value[n] * factor;
      if (value > 0) low = std::min(low, value), high = std::max(high, value);
      double const theory = drawn.sign * drawn.part->theory[n] * factor;
      if (theory > 0) high = std::max(high, theory);
    }
  if (!(high > 0)) return {-8, -4};
  return {std::floor(std::log10(low) - 0.2), std::ceil(std::log10(high) + 0.2)};
}

/// Points with their bars, those below zero left out: they are in the panel of ratios.
void draw_points(Panel& panel, ContaminationResult const& result, Drawn const& drawn,
                 std::size_t first, Range y) {
  auto const& part = *drawn.part;
  for (std::size_t b = 0; b < result.ell.size(); ++b) {
    double const factor = band_factor(result.ell[b]);
    double const value = drawn.sign * part.value[first + b] * factor;
    double const error = part.error[first + b] * factor,
                 x = std::log10(result.ell[b]) + drawn.shift;
    if (value + error <= 0) continue;
    double const low = value - error;
    Point2 const bar[2] = {{x, low > 0 ? std::log10(low) : y.low}, {x, std::log10(value + error)}};
    panel.line(bar, style(drawn.colour, 1.6));
    if (value > 0) panel.marker(x, std::log10(value), drawn.colour);
  }
}

void draw_theory(Panel& panel, ContaminationResult const& result, Drawn const& drawn,
                 std::size_t pair) {
  auto const& fine = drawn.part->fine;
  std::size_t const points = result.fine_ell.size();
  std::vector<Point2> curve;
  for (std::size_t n = 0; n < points; ++n) {
    double const value = drawn.sign * fine[pair * points + n] * band_factor(result.fine_ell[n]);
    if (value > 0) curve.push_back({std::log10(result.fine_ell[n]), std::log10(value)});
  }
  panel.line(curve, style(drawn.colour, 1.6));
}

constexpr double panel_width = 330;

Panel power_panel(ContaminationResult const& result, std::size_t pair, double left, double top,
                  std::string const& title, bool first) {
  Range const y = power_range(result);
  Panel panel(left, top, panel_width, 240, ell_range(result), y);
  std::vector<std::pair<std::string, Style>> entries;
  for (auto const& drawn : parts_of(result)) {
    draw_theory(panel, result, drawn, pair);
    draw_points(panel, result, drawn, pair * result.ell.size(), y);
    entries.push_back({drawn.name, style(drawn.colour, 5)});
  }
  entries.push_back({"theory", style(grey, 1.6)});
  panel.title(title);
  panel.x_axis("", 4, false);
  panel.y_axis(first ? "log₁₀ l(l+1)C/2π" : "", 5, true);
  if (first) panel.legend(entries, false);
  return panel;
}

Panel ratio_panel(ContaminationResult const& result, std::size_t pair, double left, double top,
                  bool first) {
  Panel panel(left, top, panel_width, 110, ell_range(result), {-1, 4});
  panel.horizontal(1, style(grey, 1, "4 3"));
  panel.horizontal(0, style(band_grey, 1));
  for (auto const& drawn : parts_of(result))
    for (std::size_t b = 0; b < result.ell.size(); ++b) {
      std::size_t const n = pair * result.ell.size() + b;
      auto const& part = *drawn.part;
      if (part.theory[n] == 0) continue;
      double const ratio = part.value[n] / part.theory[n];
      double const error = std::abs(part.error[n] / part.theory[n]);
      double const x = std::log10(result.ell[b]) + drawn.shift;
      Point2 const bar[2] = {{x, ratio - error}, {x, ratio + error}};
      panel.line(bar, style(drawn.colour, 1.6));
      panel.marker(x, ratio, drawn.colour);
    }
  panel.x_axis("log₁₀ l", 4);
  panel.y_axis(first ? "found / theory" : "", 4);
  return panel;
}

std::vector<std::pair<std::int64_t, std::int64_t>> pairs_of(std::int64_t bins) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::int64_t i = 0; i < bins; ++i)
    for (std::int64_t j = i; j < bins; ++j) pairs.emplace_back(i + 1, j + 1);
  return pairs;
}

}  // namespace

void add_contamination(std::vector<Metric>& metrics, ContaminationResult const& result) {
  auto const pairs = pairs_of(result.bins);
  auto const source = fmt::format("nonlinear alignment model, A_IA = {:g}", result.amplitude);
  for (auto const& fit : result.fits) metrics.push_back(fit);
  std::size_t const bands = result.ell.size();
  for (auto const& [part, name] :
       {std::pair(&result.gg, "GG"), std::pair(&result.gi, "GI"), std::pair(&result.ii, "II")})
    for (std::size_t p = 0; p < pairs.size(); ++p)
      for (std::size_t b = 0; b < bands; ++b) {
        std::size_t const n = p * bands + b;
        auto const where =
            fmt::format("bins {} x {}, l = {:.4g} to {:.4g} of {}", pairs[p].first, pairs[p].second,
                        result.edges[b], result.edges[b + 1], result.label);
        metrics.push_back({fmt::format("C_{}, {}", name, where), part->value[n], part->error[n],
                           "1", fmt::format("{:.4g}", part->theory[n]), source});
        if (part->theory[n] != 0)
          metrics.push_back({fmt::format("found over theory, {}, {}", name, where),
                             part->value[n] / part->theory[n],
                             std::abs(part->error[n] / part->theory[n]), "1", "1", source});
      }
  for (std::size_t p = 0; p < pairs.size(); ++p)
    for (std::size_t b = 0; b < bands; ++b) {
      std::size_t const n = p * bands + b;
      auto const& [gg, gi, ii] = std::tie(result.gg, result.gi, result.ii);
      if (!(gg.value[n] > 0 && gg.theory[n] > 0)) continue;
      metrics.push_back(
          {fmt::format("(GI + II) / GG, bins {} x {}, l = {:.4g} to {:.4g} of {}", pairs[p].first,
                       pairs[p].second, result.edges[b], result.edges[b + 1], result.label),
           (gi.value[n] + ii.value[n]) / gg.value[n],
           std::hypot(gi.error[n], ii.error[n]) / gg.value[n], "1",
           fmt::format("{:.4g}", (gi.theory[n] + ii.theory[n]) / gg.theory[n]), source});
    }
}

namespace {

/// "GI over theory 1.1 ± 0.2, ..."
std::string fits_text(ContaminationResult const& result) {
  std::string text;
  for (auto const& fit : result.fits)
    if (std::isfinite(fit.error)) {
      auto const decimals = decimals_for(fit.error);
      text += fmt::format("{}{} {} ± {}", text.empty() ? " " : ", ", escaped(fit.name),
                          fixed(fit.value, decimals), fixed(fit.error, decimals));
    }
  return text.empty() ? text : text + ".";
}

}  // namespace

std::string contamination_section(std::vector<ContaminationResult> const& results) {
  std::string text;
  for (auto const& result : results) {
    // Three pairs fill two rows of panels; more are in the table.
    auto const pairs = pairs_of(result.bins);
    std::size_t const shown = std::min<std::size_t>(pairs.size(), 6);
    std::vector<Panel> panels;
    for (std::size_t p = 0; p < shown; ++p) {
      double const left = 70 + static_cast<double>(p % 2) * (panel_width + 60);
      double const top = 30 + static_cast<double>(p / 2) * 460;
      auto const title = fmt::format("bins {} × {}", pairs[p].first, pairs[p].second);
      panels.push_back(power_panel(result, p, left, top, title, p % 2 == 0));
      panels.push_back(ratio_panel(result, p, left, top + 255, p % 2 == 0));
    }
    double const rows = static_cast<double>((shown + 1) / 2);
    text += captioned(
        figure(810, 460 * rows, "spectra of shear and of alignments", panels),
        fmt::format("{}: shear with shear (GG), shear with intrinsic shapes (GI, both orders) and "
                    "intrinsic shapes with each other (II), E modes, without the noise of shapes; "
                    "bars are errors of Gaussian fields. Lines: Limber's integral of the nonlinear "
                    "alignment model with A_IA = {:g} and the same n(z), below the ratio to it. "
                    "Galaxies count as the pairs that they are in, which the theory of galaxies "
                    "anywhere lacks: where they cluster, II and GI are stronger. A small box lacks "
                    "the waves that are longer than itself.{}{}",
                    escaped(result.label), result.amplitude, fits_text(result),
                    result.remark.empty() ? "" : " Warning: " + escaped(result.remark) + "."));
  }
  return text.empty()
             ? ""
             : "<section><h2>Contamination of shear by alignments</h2>\n" + text + "</section>\n";
}

}  // namespace shearwater::report
