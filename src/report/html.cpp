// SPDX-License-Identifier: BSD-3-Clause
// The page.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "figures.hpp"
#include "html_parts.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/report/report.hpp"
#include "shearwater/report/svg.hpp"

namespace shearwater::report {

namespace {

constexpr char const* style_sheet = R"(
:root{--ink:#1b1f27;--soft:#5b6475;--line:#dfe4ec;--good:#0b7a4b;--bad:#b3261e;--accent:#0072B2}
*{box-sizing:border-box}
body{margin:0;background:#f5f6f9;color:var(--ink);font:15.5px/1.55 system-ui,-apple-system,"Segoe UI",
"Liberation Sans","DejaVu Sans",sans-serif}
main{max-width:1120px;margin:0 auto;padding:36px 20px 60px}
h1{font-size:29px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}
h2{font-size:20px;margin:0 0 10px}
h3{font-size:15.5px;margin:18px 0 6px}
p{margin:6px 0 12px;max-width:82ch}
section{background:#fff;border:1px solid var(--line);border-radius:10px;padding:22px 26px;margin:18px 0}
.soft,figcaption{color:var(--soft);font-size:14px}
figure{margin:10px 0 6px;overflow-x:auto}
figcaption{max-width:92ch;margin-top:4px}
svg{display:block;font-family:inherit}
.chips{display:flex;flex-wrap:wrap;gap:8px;margin:14px 0 4px}
.chip{border:1px solid var(--line);background:#fff;border-radius:999px;padding:3px 13px;font-size:14px}
.good{color:var(--good);border-color:#a9d8c3}.bad{color:var(--bad);border-color:#ecb9b5}
.chip b,.verdict b{font-weight:600}
.pair{display:flex;flex-wrap:wrap;gap:12px 26px}
.pair>figure{flex:1 1 440px;max-width:520px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:14.5px;margin:8px 0 4px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:5px 18px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--soft);font-size:13.5px}
td.n,th.n{text-align:right}
tr:last-child td{border-bottom:0}
details>summary{cursor:pointer;color:var(--accent);padding:4px 0}
pre{background:#f5f6f9;border-radius:6px;padding:10px 12px;overflow-x:auto;font-size:12.5px;margin:0;
max-height:420px}
.facts td:first-child{color:var(--soft);white-space:nowrap}
.facts td{overflow-wrap:anywhere}
@media print{body{background:#fff}section{break-inside:avoid;border:0;padding:0}}
)";

Metric const* find(std::vector<Metric> const& metrics, std::string const& name) {
  for (auto const& m : metrics)
    if (m.name == name) return &m;
  return nullptr;
}

double value_of(std::vector<Metric> const& metrics, std::string const& name) {
  auto const* m = find(metrics, name);
  return m == nullptr ? std::nan("") : m->value;
}

std::string chip(std::string const& text, char const* kind = "") {
  return fmt::format("<span class=\"chip {}\">{}</span>\n", kind, text);
}

std::string header(ReportContent const& content, std::vector<Metric> const& metrics) {
  std::string text = "<h1>" + escaped(content.title) + "</h1>\n<div class=\"chips\">\n";
  if (content.map.bins > 0)
    text += content.map.mock ? chip("<b>Mock:</b> simulated by this program")
                             : chip("<b>Observed map:</b> not made by this program");
  if (content.posterior)
    for (auto const& name : content.posterior->names) {
      double const sd = value_of(metrics, "posterior sd " + name);
      text += chip(fmt::format("{} = {} ± {}", html_label(name),
                               fixed(value_of(metrics, "posterior mean " + name), decimals_for(sd)),
                               fixed(sd, decimals_for(sd))));
    }
  if (content.calibration)
    text += content.calibration->sbc_passes() ? chip("<b>Calibration:</b> passed", "good")
                                              : chip("<b>Calibration:</b> failed", "bad");
  if (auto const* ratio = find(metrics, "figure of merit over the reference's"))
    text += chip(fmt::format("figure of merit {:.2f} × reference", ratio->value));
  return text + "</div>\n";
}

std::string map_section(ObservedMap const& map) {
  if (map.bins == 0) return "";
  std::string size = fmt::format("{0} × {0} pixels", map.pixels);
  if (map.width_deg > 0) size += fmt::format(", {0:g}° × {0:g}°", map.width_deg);
  std::string const statement =
      map.mock
          ? "This map is a <b>mock</b>: it was simulated by this program, with parameters that the "
            "network did not see. No map of others was at hand."
          : "This map was <b>not made by this program</b>; it was read from a file.";
  return fmt::format(
      "<section><h2>The map</h2>\n<p>{}</p>\n{}</section>\n", statement,
      captioned(
          map_figure(map),
          fmt::format(
              "{}, {}. Source: {}. The colour scales end at the 0.5 % and 99.5 % quantiles{}.",
              escaped(map.quantity), size, escaped(map.origin),
              map.bins == 1 ? "; the smoothing is for the eye alone, the network read the "
                              "map as it is"
                            : "")));
}

/// One row of the table of parameters.
std::string parameter_row(std::string const& name, std::vector<Metric> const& metrics,
                          bool with_reference, bool with_truth) {
  auto const value = [&](std::string const& what) {
    return value_of(metrics, "posterior " + what + " " + name);
  };
  int const digits = decimals_for(value("sd"));
  auto const show = [&](double v) { return fixed(v, digits); };
  auto const interval = [&](char const* low, char const* high) {
    return show(value(low)) + " … " + show(value(high));
  };
  std::string row = "<tr>" + cell(html_label(name)) +
                    cell(show(value("mean")) + " ± " + show(value("sd")), true) +
                    cell(show(value("median")), true) +
                    cell(interval("16 % quantile", "84 % quantile"), true) +
                    cell(interval("2.5 % quantile", "97.5 % quantile"), true);
  if (with_reference) {
    auto const* mean = find(metrics, "posterior mean " + name);
    auto const* sd = find(metrics, "posterior sd " + name);
    row +=
        cell(mean->reference.empty() ? "" : escaped(mean->reference + " ± " + sd->reference), true);
  }
  if (with_truth) {
    auto const* truth = find(metrics, "true " + name);
    row += cell(truth == nullptr ? "" : show(truth->value), true);
  }
  return row + "</tr>\n";
}

std::string parameter_table(ReportContent const& content, std::vector<Metric> const& metrics) {
  auto const& p = *content.posterior;
  bool const reference = content.reference.has_value(), truth = !p.truths.empty();
  std::string text =
      "<div class=\"scroll\"><table><tr><th>parameter</th><th class=\"n\">mean ± sd</th><th "
      "class=\"n\">median</th><th class=\"n\">68 %</th><th class=\"n\">95 %</th>";
  if (reference) text += "<th class=\"n\">" + escaped(content.reference->name) + "</th>";
  if (truth) text += "<th class=\"n\">truth</th>";
  text += "</tr>\n";
  for (auto const& name : p.names) text += parameter_row(name, metrics, reference, truth);
  for (auto const& name : p.derived_names) text += parameter_row(name, metrics, reference, truth);
  return text + "</table></div>\n";
}

std::string posterior_section(ReportContent const& content, std::vector<Metric> const& metrics) {
  if (!content.posterior) return "";
  auto const& p = *content.posterior;
  std::string text = "<section><h2>The posterior</h2>\n" + parameter_table(content, metrics);
  if (auto const* effective = find(metrics, "effective samples after reweighting"))
    text += fmt::format(
        "<p>The samples are reweighted from the training prior to another one; they count "
        "as {:.0f} of {}.</p>\n",
        effective->value, p.weights.size());
  TriangleInput input{p.names, p.values, p.weights, nullptr, "", p.truths};
  if (content.reference) {
    input.reference = &content.reference->values;
    input.reference_name = content.reference->name;
  }
  std::string figures = captioned(
      triangle_figure(input), "Regions that hold 68 % and 95 % of the probability, and marginals.");
  if (p.derived_names.size() > 1 && p.names.size() <= 3) {
    TriangleInput derived{p.derived_names, p.derived, p.weights, nullptr, "", {}};
    if (content.reference && !content.reference->derived.empty()) {
      derived.reference = &content.reference->derived;
      derived.reference_name = content.reference->name;
    }
    figures += captioned(triangle_figure(derived), "The same for parameters derived from them.");
  }
  // Two triangles stand side by side; one of many parameters takes the whole width.
  text += p.names.size() <= 3 ? "<div class=\"pair\">" + figures + "</div>\n" : figures;
  if (content.reference) {
    text += "<h3>Against " + escaped(content.reference->name) + "</h3>\n";
    text += metric_table(
        metrics,
        [](Metric const& m) {
          return m.name.starts_with("figure of merit") || m.name == "distance of the means" ||
                 m.name.starts_with("C2ST");
        },
        false);
    text +=
        "<p class=\"soft\">Figure of merit: 1/√det C of the samples’ covariance. Distance: of the "
        "means, in standard deviations of the reference’s covariance. C2ST: how often a classifier "
        "tells samples of the two apart; 0.5 is guessing.</p>\n";
  }
  return text + "</section>\n";
}

std::string calibration_section(ReportContent const& content, std::vector<Metric> const& metrics) {
  if (!content.calibration) return "";
  auto const& c = *content.calibration;
  auto const verdict = [](bool good) {
    return good ? "<b class=\"good\">passed</b>" : "<b class=\"bad\">failed</b>";
  };
  std::string text = fmt::format(
      "<section><h2>Is the posterior calibrated?</h2>\n<p class=\"verdict\">Simulation-based "
      "calibration: {}. Expected coverage: {}. Random-point coverage (TARP): {}.</p>\n<p>{} maps "
      "were simulated with parameters drawn from the prior; the true value is ranked among {} "
      "samples of its own posterior. If the posteriors are right, every rank is equally frequent: "
      "a hollow in the middle means too narrow, a hill too wide, a slope a bias.</p>\n",
      verdict(c.sbc_passes()), verdict(c.coverage.passes()), verdict(c.tarp.passes()),
      c.config.simulations, c.config.samples);
  text += captioned(
      rank_figure(c),
      "Histograms of ranks. Shaded: the 95 % range of one bar; dashed: its expectation. Last two "
      "panels: rank of the true value’s posterior density, and of its distance to a random point.");
  text += captioned(
      ecdf_figure(c),
      fmt::format(
          "Empirical distribution function of the ranks minus the diagonal. Shaded: simultaneous "
          "95 % band (Säilynoja et al. 2022); dashed: the gate at {:g} %. Coloured in the last "
          "panel: 95 % bootstrap band of the random-point coverage over the simulations, "
          "simultaneous, from {} replicas; the zero line of an exact posterior {} it.",
          100 * c.config.gate, c.tarp_band.replicas,
          c.tarp_band.holds_uniform() ? "stays inside" : "leaves"));
  text += "<details><summary>Numbers and gates</summary>" +
          metric_table(
              metrics,
              [](Metric const& m) {
                return m.name.starts_with("SBC ") || m.name.starts_with("coverage ") ||
                       m.name.starts_with("TARP ") || m.name == "information gained";
              },
              false) +
          "</details>\n";
  return text + "</section>\n";
}

std::string training_section(ReportContent const& content, std::vector<Metric> const& metrics) {
  if (content.training.empty()) return "";
  std::string text = "<section><h2>Training</h2>\n";
  for (auto const& curve : content.training) {
    if (curve.step.empty()) continue;
    text += captioned(
        training_figure(curve),
        fmt::format("{}: mean of −ln q(θ | map) in standardised parameters, where the prior "
                    "alone has 1.419 nats per parameter.",
                    escaped(curve.name)));
    text += metric_table(
        metrics, [&](Metric const& m) { return m.name.starts_with(curve.name + " "); }, false);
  }
  return text + "</section>\n";
}

std::string facts_table(std::vector<std::pair<std::string, std::string>> const& facts) {
  std::string text = "<div class=\"scroll\"><table class=\"facts\">\n";
  for (auto const& [name, value] : facts) {
    bool const block = value.find('\n') != std::string::npos;
    text +=
        "<tr>" + cell(escaped(name)) +
        cell(block ? "<details><summary>show</summary><pre>" + escaped(value) + "</pre></details>"
                   : escaped(value)) +
        "</tr>\n";
  }
  return text + "</table></div>\n";
}

std::string origin_section(ReportContent const& content) {
  if (content.timings.empty() && content.versions.empty()) return "";
  std::string text = "<section><h2>How it was made</h2>\n";
  if (!content.timings.empty()) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (auto const& [what, seconds] : content.timings)
      rows.emplace_back(what, core::duration_text(seconds));
    text += "<h3>Time</h3>\n" + facts_table(rows);
  }
  if (!content.versions.empty()) text += "<h3>Provenance</h3>\n" + facts_table(content.versions);
  return text + "</section>\n";
}

}  // namespace

std::string html(ReportContent const& content, std::vector<Metric> const& metrics) {
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta {}><meta "
      "name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>{}</title>\n<style>{}</style></head>\n"
      "<body><main>\n",
      page_mark, escaped(content.title), style_sheet);
  text += header(content, metrics) + map_section(content.map) +
          posterior_section(content, metrics) + calibration_section(content, metrics) +
          training_section(content, metrics) + simulation_section(content.simulation, metrics) +
          mass_function_section(content.mass_function) + cone_section(content.cone_halos) +
          population_section(content.population);
  for (auto const& result : content.orientations) text += orientation_section(result, metrics);
  for (auto const& result : content.digits) text += digit_section(result, metrics);
  text += alignment_section(content.alignments) + contamination_section(content.contamination) +
          origin_section(content);
  text +=
      "<section><h2>All numbers</h2>\n<p class=\"soft\">The same rows are in "
      "<code>metrics.csv</code> beside this page.</p>\n<details><summary>Show the table</summary>" +
      metric_table(
          metrics, [](Metric const&) { return true; }, true) +
      "</details></section>\n";
  return text + "</main></body></html>\n";
}

}  // namespace shearwater::report
