// SPDX-License-Identifier: BSD-3-Clause
// The numbers of a report.
#include <fmt/format.h>

#include <cmath>

#include "html_parts.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/inference/samples.hpp"
#include "shearwater/report/report.hpp"
#include "shearwater/statistics/moments.hpp"

namespace shearwater::report {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

void check(ReportContent const& content) {
  auto const& map = content.map;
  core::require(static_cast<std::int64_t>(map.values.size()) == map.bins * map.pixels * map.pixels,
                "report: the map's values are (bins, pixels, pixels)");
  if (content.mass_function)
    for (auto const& series : content.mass_function->counts) {
      auto const bins = content.mass_function->edges.size() - 1;
      core::require(series.density.size() == bins && series.error.size() == bins &&
                        (series.theory.empty() || series.theory.size() == bins),
                    "report: the mass function has one number for each bin");
    }
  if (content.cone_halos) {
    auto const bins = content.cone_halos->edges.size() - 1;
    core::require(
        content.cone_halos->count.size() == bins && content.cone_halos->expected.size() == bins,
        "report: halos of the light cone have one number for each bin");
  }
  for (auto const& result : content.contamination) {
    auto const pairs = static_cast<std::size_t>(result.bins * (result.bins + 1) / 2);
    auto const rows = pairs * result.ell.size(), points = pairs * result.fine_ell.size();
    for (auto const* part : {&result.gg, &result.gi, &result.ii})
      core::require(result.edges.size() == result.ell.size() + 1 && part->value.size() == rows &&
                        part->error.size() == rows && part->theory.size() == rows &&
                        part->fine.size() == points,
                    "report: spectra have one number for each band of each pair of bins");
  }
  for (auto const& result : content.digits) {
    auto const nodes = result.places.size() / 2;
    core::require(nodes > 0 && !result.test.counts.empty() &&
                      result.test.counts.size() == result.test.expected.size() &&
                      !result.real.empty() && result.real.size() % nodes == 0 &&
                      !result.generated.empty() && result.generated.size() % nodes == 0,
                  "report: pictures of digits have one value for each place, classes two numbers");
  }
  if (!content.posterior) return;
  auto const& p = *content.posterior;
  std::size_t const n = p.names.empty() ? 0 : p.values.size() / p.names.size();
  core::require(
      n > 1 && p.values.size() == n * p.names.size() &&
          (p.weights.empty() || p.weights.size() == n) &&
          p.derived.size() == n * p.derived_names.size(),
      "report: the posterior's samples, weights and derived parameters have equal lengths");
  core::require(!content.reference || content.reference->values.size() % p.names.size() == 0,
                "report: the reference chain has the posterior's parameters");
}

/// Error of a sample mean: sd over the root of the effective number of samples.
void add_summaries(std::vector<Metric>& metrics, std::string const& prefix,
                   std::vector<std::string> const& names, std::span<double const> values,
                   std::span<double const> weights, std::string const& source,
                   std::vector<inference::ParameterSummary> const& reference) {
  double const n = weights.empty() ? static_cast<double>(values.size() / names.size())
                                   : statistics::effective_samples(weights);
  auto const summaries = inference::summarise(names, values, weights);
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    auto const& s = summaries[i];
    auto const add = [&](char const* what, double value, double error, double other) {
      metrics.push_back({fmt::format("{} {} {}", prefix, what, s.name), value, error, "1",
                         reference.empty() ? "" : fmt::format("{:.4f}", other), source});
    };
    auto const r = reference.empty() ? inference::ParameterSummary{} : reference[i];
    add("mean", s.mean, s.sd / std::sqrt(n), r.mean);
    add("sd", s.sd, s.sd / std::sqrt(2 * n), r.sd);
    add("median", s.median, none, r.median);
    add("16 % quantile", s.low_68, none, r.low_68);
    add("84 % quantile", s.high_68, none, r.high_68);
    add("2.5 % quantile", s.low_95, none, r.low_95);
    add("97.5 % quantile", s.high_95, none, r.high_95);
  }
}

void add_posterior(std::vector<Metric>& metrics, ReportContent const& content) {
  auto const& p = *content.posterior;
  std::vector<inference::ParameterSummary> theirs, theirs_derived;
  std::string source = "samples of the posterior";
  if (content.reference) {
    theirs = inference::summarise(p.names, content.reference->values);
    if (!p.derived_names.empty() && !content.reference->derived.empty())
      theirs_derived = inference::summarise(p.derived_names, content.reference->derived);
    source += "; reference: " + content.reference->name;
  }
  add_summaries(metrics, "posterior", p.names, p.values, p.weights, source, theirs);
  if (!p.derived_names.empty())
    add_summaries(metrics, "posterior", p.derived_names, p.derived, p.weights,
                  theirs_derived.empty() ? "samples of the posterior" : source, theirs_derived);
  if (!p.weights.empty())
    metrics.push_back(
        {"effective samples after reweighting", statistics::effective_samples(p.weights), none,
         "samples", fmt::format("<= {}", p.values.size() / p.names.size()), "importance weights"});
  for (std::size_t i = 0; i < p.truths.size(); ++i)
    metrics.push_back({"true " + p.names[i], p.truths[i], none, "1", "",
                       "parameters that the mock was made with"});
}

void add_comparison(std::vector<Metric>& metrics, ReportContent const& content) {
  auto const& p = *content.posterior;
  auto const d = static_cast<std::int64_t>(p.names.size());
  auto const& source = content.reference->name;
  auto const c = content.comparison
                     ? *content.comparison
                     : inference::compare_with_chain(p.values, content.reference->values, d,
                                                     content.seed, 10000, p.weights);
  double const n = p.weights.empty() ? static_cast<double>(p.values.size() / p.names.size())
                                     : statistics::effective_samples(p.weights);
  metrics.push_back({"figure of merit", c.figure_of_merit,
                     c.figure_of_merit * std::sqrt(static_cast<double>(d) / (2 * n)), "1",
                     fmt::format("{:.1f}", c.reference_figure_of_merit), source});
  metrics.push_back({"figure of merit over the reference's", c.ratio, none, "1", "1", source});
  metrics.push_back(
      {"distance of the means", c.distance, none, "sd of the reference", "0", source});
  if (c.c2st_rows > 0)
    metrics.push_back({"C2ST against the reference", c.c2st,
                       0.5 / std::sqrt(2.0 * static_cast<double>(c.c2st_rows)), "1", "0.5",
                       fmt::format("{}, {} samples each", source, c.c2st_rows)});
}

void add_calibration(std::vector<Metric>& metrics, inference::CalibrationResult const& result) {
  std::string const source =
      fmt::format("{} simulations, {} samples each; gates at {:g} %", result.config.simulations,
                  result.config.samples, 100 * result.config.gate);
  auto const add = [&](std::string const& what, statistics::UniformityTest const& test) {
    metrics.push_back({what + " chi-square", test.chi_square, none, "1",
                       fmt::format("<= {:.2f}", test.chi_square_gate), source});
    metrics.push_back({what + " ECDF gamma", test.ecdf_gamma, none, "1",
                       fmt::format(">= {:.2g}", test.ecdf_gate), source});
    metrics.push_back(
        {what + " largest ECDF difference", test.largest_difference, none, "1", "0", source});
  };
  for (auto const& test : result.sbc) add("SBC " + test.name, test);
  add("coverage", result.coverage);
  add("TARP", result.tarp);
  metrics.push_back({"TARP area", result.tarp_area, none, "1", "0", source});
  metrics.push_back({"TARP distance from the diagonal", result.tarp_band.uniform_distance, none,
                     "half-widths of the 95 % bootstrap band", "<= 1", source});
  metrics.push_back({"information gained", result.information, none, "nats", "",
                     source + "; mean of ln posterior - ln prior at the truth"});
}

void add_training(std::vector<Metric>& metrics, TrainingCurve const& curve) {
  if (curve.step.empty()) return;
  metrics.push_back({curve.name + " steps", curve.step.back(), none, "steps", "", "training log"});
  metrics.push_back(
      {curve.name + " last loss", curve.loss.back(), none, "nats", "", "training log"});
  for (std::size_t i = curve.held_out.size(); i-- > 0;)
    if (std::isfinite(curve.held_out[i])) {
      metrics.push_back({curve.name + " last held-out loss", curve.held_out[i], none, "nats", "",
                         "training log"});
      break;
    }
  if (curve.steps_per_second > 0)
    metrics.push_back(
        {curve.name + " speed", curve.steps_per_second, none, "steps/s", "", "training log"});
}

/// Mean ratio of the power to a theory between two wavenumbers, weighted by modes; its error is
/// that of a Gaussian field.
void add_power_ratio(std::vector<Metric>& metrics, SimulationOutput const& output,
                     std::string const& name, std::vector<double> const& theory, double low,
                     double high) {
  double sum = 0, modes = 0;
  for (std::size_t i = 0; i < output.k.size(); ++i) {
    if (output.k[i] < low || output.k[i] > high) continue;
    sum += output.modes[i] * output.power[i] / theory[i];
    modes += output.modes[i];
  }
  if (modes == 0) return;
  metrics.push_back({fmt::format("z = {:g}: power over {}, {:.2g} < k < {:.2g} h/Mpc",
                                 output.redshift, name, low, high),
                     sum / modes, sum / modes * std::sqrt(2 / modes), "1", "1",
                     fmt::format("{:.0f} modes of one box", modes)});
}

void add_simulation(std::vector<Metric>& metrics, SimulationOutput const& output) {
  double const largest = output.k.empty() ? 0 : output.k.front();
  add_power_ratio(metrics, output, "linear theory", output.linear, 0.9 * largest, 0.1);
  add_power_ratio(metrics, output, "halofit", output.halofit, 0.1, output.particle_nyquist / 2);
}

/// Of each bin: the density that was found, and its ratio to theory.
void add_mass_function(std::vector<Metric>& metrics, MassFunctionResult const& result) {
  for (auto const& series : result.counts)
    for (std::size_t b = 0; b < series.density.size(); ++b) {
      auto const bin = fmt::format("of {}, M = {:.3g} to {:.3g} Msun/h", series.name,
                                   result.edges[b], result.edges[b + 1]);
      bool const theory = !series.theory.empty();
      metrics.push_back({"dn/dlnM " + bin, series.density[b], series.error[b], "(h/Mpc)^3",
                         theory ? fmt::format("{:.4g}", series.theory[b]) : "",
                         theory ? series.theory_name : "halos.hdf5"});
      if (theory)
        metrics.push_back({"found over expected " + bin, series.density[b] / series.theory[b],
                           series.error[b] / series.theory[b], "1", "1", series.theory_name});
    }
}

/// Of each bin of redshift: the halos in it, and the ratio to their expected number.
void add_cone_halos(std::vector<Metric>& metrics, ConeHalos const& halos) {
  for (std::size_t b = 0; b < halos.count.size(); ++b) {
    auto const bin = fmt::format("z = {:.4g} to {:.4g}", halos.edges[b], halos.edges[b + 1]);
    double const count = halos.count[b], expected = halos.expected[b];
    metrics.push_back({"halos on the light cone, " + bin, count, std::sqrt(count), "1",
                       fmt::format("{:.5g}", expected), "density times volume"});
    if (expected > 0)
      metrics.push_back({"found over expected on the light cone, " + bin, count / expected,
                         std::sqrt(count) / expected, "1", "1", "density times volume"});
  }
}

}  // namespace

std::vector<Metric> all_metrics(ReportContent const& content) {
  check(content);
  std::vector<Metric> metrics;
  if (content.posterior) {
    add_posterior(metrics, content);
    if (content.reference) add_comparison(metrics, content);
  }
  if (content.calibration) add_calibration(metrics, *content.calibration);
  for (auto const& curve : content.training) add_training(metrics, curve);
  for (auto const& output : content.simulation) add_simulation(metrics, output);
  if (content.population) add_population(metrics, *content.population);
  if (content.mass_function) add_mass_function(metrics, *content.mass_function);
  for (auto const& result : content.orientations) {
    auto const own = orientation_metrics(result);
    metrics.insert(metrics.end(), own.begin(), own.end());
  }
  for (auto const& result : content.digits) {
    auto const own = digit_metrics(result);
    metrics.insert(metrics.end(), own.begin(), own.end());
  }
  if (content.cone_halos) add_cone_halos(metrics, *content.cone_halos);
  add_alignments(metrics, content.alignments);
  for (auto const& result : content.contamination) add_contamination(metrics, result);
  for (auto const& [what, seconds] : content.timings)
    metrics.push_back({"time " + what, seconds, none, "s", "", "wall clock"});
  metrics.insert(metrics.end(), content.metrics.begin(), content.metrics.end());
  return metrics;
}

std::string metrics_csv(std::vector<Metric> const& metrics) {
  std::vector<std::vector<std::string>> rows;
  for (auto const& m : metrics)
    rows.push_back({m.name, io::number_text(m.value),
                    std::isfinite(m.error) ? io::number_text(m.error) : "", m.unit, m.reference,
                    m.source});
  return io::csv_text({"name", "value", "error", "unit", "reference", "source"}, rows);
}

void write_report(std::string const& folder, ReportContent const& content, io::Existing existing) {
  auto const metrics = all_metrics(content);
  io::require_writable(folder + "/report.html", existing);
  io::write_file(folder + "/metrics.csv", metrics_csv(metrics), existing);
  io::write_file(folder + "/report.html", html(content, metrics), existing);
}

}  // namespace shearwater::report
